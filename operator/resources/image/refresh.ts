import { isDeepStrictEqual } from 'node:util'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { image, type Image } from '../../../crds/v1alpha1/image.ts'
import { isSameFile, type SourceMark } from '../../image-sources/probe.ts'
import type { Answer, Probes } from '../../image-sources/probes.ts'
import { timestamp } from '../../runtime/conditions.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, readyFor, waiting } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import { isAvailable, isFamily, latestOf, marksOf, type Version, versionName } from './family.ts'
import type { ImageFacts } from './observe.ts'

type Context = StepContext<Image, ImageFacts>

/** What is to be done about a time that has come. */
export type Refresh =
  | { kind: 'none' }
  | { kind: 'ask'; time: number }
  | { kind: 'same'; time: number }
  | { kind: 'import'; time: number; mark: SourceMark }
  | { kind: 'failed'; time: number; message: string; retryAt: number }

/**
 * A file that is the newest version's, or the one that the last good version was made of and has since been deleted by hand, is not imported again.
 * The first version is, whether its server says which file it has or not: CDI may reach what the operator can't.
 */
export const refreshOf = (family: Image, { versions, due, answer }: Pick<ImageFacts, 'versions' | 'due' | 'answer'>, now: number): Refresh => {
  if (due === undefined) return { kind: 'none' }
  if (answer === undefined) return { kind: 'ask', time: due }
  if ('failure' in answer) return versions.length === 0 ? { kind: 'import', time: due, mark: {} } : failed(due, answer, now)
  const known = [...versions.slice(0, 1).map(({ mark }) => mark), family.status?.refresh ?? {}]
  return versions.length > 0 && known.some(mark => isSameFile(mark, answer.mark)) ? { kind: 'same', time: due } : { kind: 'import', time: due, mark: answer.mark }
}

const failed = (time: number, answer: Extract<Answer, { failure: string }>, now: number): Refresh => {
  const retryAt = answer.askedAt + retryMs
  return { kind: 'failed', time, message: answer.failure, retryAt: Math.max(retryAt, now) }
}

const retryMs = 10 * 60_000

/** A family's versions: made when their time has come, kept as the family says, and let go when nobody needs them. */
export const ensureVersions = (probes: Probes) => async (context: Context): Promise<Outcome> => {
  const { object, facts, apply, remove, event, now } = context
  if (!isFamily(object)) return ready
  for (const version of facts.versions.filter(({ image: { metadata } }) => metadata.deletionTimestamp === undefined)) {
    const desired = buildVersion(object, version, supersededAt(version, facts.versions))
    if (!says(version.image.spec, desired.spec)) await apply(desired)
  }
  for (const version of expired(object, facts, now)) await remove(image, version.image)
  const refresh = refreshOf(object, facts, now)
  const key = object.metadata.uid
  const url = object.spec.source.http?.url ?? ''
  const asks = refresh.kind === 'ask' || (refresh.kind === 'failed' && refresh.retryAt <= now)
  if (asks) probes.ask({ key, time: refresh.time, url, now })
  if (refresh.kind === 'none') probes.forget(key)
  if (refresh.kind === 'import') {
    await apply(buildVersion(object, { time: refresh.time, mark: refresh.mark }))
    event('Normal', 'Refreshing', `${versionName(object.metadata.name, refresh.time)} is being imported`)
  }
  return readyFor(asks ? soonMs : refresh.kind === 'failed' ? refresh.retryAt - now : Math.min(Math.max((facts.nextDue ?? Infinity) - now, 1), longestTimerMs))
}

const soonMs = 500

/** Timers can't be set for longer than some 24 days; and what has left a version's way is seen once a day at the latest. */
const longestTimerMs = 86_400_000

/** A launch takes what there is; while there is nothing, the family is what its first version is. */
export const awaitVersion = ({ object, facts: { versions } }: Context): Outcome => {
  if (!isFamily(object) || latestOf(versions) !== undefined) return ready
  const status = versions[0]?.image.status
  const said = status?.conditions?.find(({ type }) => type === 'Ready')
  if (said?.status !== 'False' || said.message === undefined) return waiting('Importing', 'the first version is being imported')
  return status?.state === 'failed' && said.reason !== 'ImportFailed' ? blocked(said.reason, said.message) : waiting(said.reason, said.message)
}

/** What the family says, the version says; its address and its time are its own. One that a newer has replaced is deprecated since. */
export const buildVersion = ({ metadata, spec }: Image, { time, mark }: Pick<Version, 'time' | 'mark'>, superseded?: number) => {
  const { architecture, platform, rootDeviceName, minSize, launchPermissions, deprecationTime } = spec
  const deprecated = superseded === undefined ? deprecationTime : timestamp(superseded)
  return {
    apiVersion: apiVersionOf(image),
    kind: image.kind,
    metadata: { name: versionName(metadata.name, time), namespace: metadata.namespace ?? '', annotations: marksOf(mark) },
    spec: {
      source: { http: { url: spec.source.http?.url ?? '' } },
      architecture, platform, rootDeviceName, launchPermissions,
      ...minSize === undefined ? {} : { minSize },
      ...deprecated === undefined ? {} : { deprecationTime: deprecated },
    },
  }
}

/** Whether all of it is so already; what else there is, is its user's. */
const says = (spec: Image['spec'], desired: Partial<Image['spec']>): boolean =>
  Object.entries(desired).every(([name, value]) => isDeepStrictEqual(spec[name as keyof Image['spec']], value))

const newerThan = ({ time }: Version, versions: readonly Version[]): Version[] => versions.filter(each => each.time > time)

const supersededAt = (version: Version, versions: readonly Version[]): number | undefined =>
  newerThan(version, versions).filter(isAvailable).at(-1)?.time

const defaultCount = 3

/** What began with a version just before another came has an hour to be on record. */
const graceMs = 3_600_000

/**
 * Beyond the newest so many, replaced for a while, and named by nobody; and what never became available and has a newer one beside it. The newest
 * that can be launched always stays.
 */
export const expired = ({ spec: { retain } }: Image, { versions, isUsed }: Pick<ImageFacts, 'versions' | 'isUsed'>, now: number): Version[] => {
  const count = retain?.count ?? defaultCount
  return versions.filter(version => {
    if (version.image.metadata.deletionTimestamp !== undefined) return false
    if (!isAvailable(version)) return newerThan(version, versions).length > 0 && !isUsed(version)
    const newer = newerThan(version, versions).filter(isAvailable)
    return newer.length >= count && now - availableSince(newer.at(-1), now) > graceMs && !isUsed(version)
  })
}

const availableSince = (version: Version | undefined, now: number): number =>
  Date.parse(version?.image.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '') || now

/** With the family. What runs goes on, and what is being cloned holds them. */
export const dropVersions = (probes: Probes) => async ({ object, facts: { versions }, remove }: Context): Promise<Outcome> => {
  probes.forget(object.metadata.uid)
  for (const { image: version } of versions.filter(each => each.image.metadata.deletionTimestamp === undefined)) await remove(image, version)
  return ensureGone(remove, image, versions[0]?.image)
}
