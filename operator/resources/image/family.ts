import { parseCron } from '../../../crds/cron.ts'
import { fireAfter, fireUntil } from '../../../crds/fire-times.ts'
import type { Image } from '../../../crds/v1alpha1/image.ts'
import type { SourceMark } from '../../image-sources/probe.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import { timestamp } from '../../runtime/conditions.ts'
import type { Cache } from '../../runtime/store.ts'
import { imageInformer } from './store.ts'

/** An Image that a family made. `time`: when it was due, milliseconds since the epoch, of a whole minute. */
export type Version = { image: Image; time: number; mark: SourceMark }

/** It has no bytes of its own: each file that its source has had is an Image, its version. */
export const isFamily = ({ spec: { source } }: Image): boolean => source.http?.refresh !== undefined

/** Of the family's name and the time in UTC, so that a crash never makes two. */
export const versionName = (family: string, time: number): string => `${family}-${timestamp(time).slice(0, 16).replaceAll(/[-:]/g, '').toLowerCase()}z`

/** The newest first. By the name as well as by the owner: a family lets nothing go that it could not have made. */
export const versionsOf = (family: Image, cache: Cache): Version[] => cache.of(imageInformer).by('family', family.metadata.uid)
  .flatMap(image => versionOf(family, image))
  .sort((a, b) => b.time - a.time)

const versionOf = ({ metadata: { name, namespace, uid } }: Image, image: Image): Version[] => {
  const [, date = '', hours, minutes] = /-(\d{8})t(\d\d)(\d\d)z$/.exec(image.metadata.name) ?? []
  const time = Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${hours}:${minutes}:00Z`)
  const isOurs = !Number.isNaN(time) && image.metadata.name === versionName(name, time) && image.metadata.namespace === namespace
  return !isOurs || ownerUIDOf(image) !== uid || isFamily(image) ? [] : [{ image, time, mark: markOf(image) }]
}

/** What a launch takes. */
export const latestOf = (versions: readonly Version[]): Version | undefined => versions.find(isAvailable)

export const isAvailable = ({ image: { metadata, status } }: Version): boolean => status?.state === 'available' && metadata.deletionTimestamp === undefined

/** The image whose disks are cloned: of a family its newest version. One that has none is not available, whatever its status says yet. */
export const launchedFrom = (image: Image, cache: Cache): Image => !isFamily(image) ? image
  : latestOf(versionsOf(image, cache))?.image ?? { ...image, status: { observedGeneration: -1, ...image.status, state: 'pending' } }

/** Annotations of a version: which file it was made of. */
const etagOf = 'kumulus.dev/source-etag'
const modifiedOf = 'kumulus.dev/source-modified'

export const marksOf = ({ etag, modified }: SourceMark): Record<string, string> =>
  ({ ...etag === undefined ? {} : { [etagOf]: etag }, ...modified === undefined ? {} : { [modifiedOf]: modified } })

const markOf = ({ metadata: { annotations = {} } }: Image): SourceMark => {
  const { [etagOf]: etag, [modifiedOf]: modified } = annotations
  return { ...etag === undefined ? {} : { etag }, ...modified === undefined ? {} : { modified } }
}

/**
 * The time that has come and is not done with: at first that of its creation, or now where all versions were deleted. One alone of several that were
 * missed. A clock that was years ahead does not silence it until then.
 */
export const dueOf = (family: Image, versions: readonly Version[], now: number): number | undefined => {
  const last = Date.parse(family.status?.refresh?.lastScheduleTime ?? '')
  if (versions.length === 0) return Number.isNaN(last) ? minuteOf(Date.parse(family.metadata.creationTimestamp ?? '') || now) : minuteOf(now)
  const cron = cronOf(family)
  const time = cron === undefined ? undefined : fireUntil(cron, 'UTC', now)
  const done = Math.max(versions[0]?.time ?? 0, last > now + dayMs || Number.isNaN(last) ? 0 : last)
  return time === undefined || time <= done ? undefined : time
}

/** Milliseconds since the epoch. */
export const nextDue = (family: Image, now: number): number | undefined => {
  const cron = cronOf(family)
  return cron === undefined ? undefined : fireAfter(cron, 'UTC', now)
}

const cronOf = ({ spec: { source } }: Image) => {
  const cron = parseCron(source.http?.refresh ?? '')
  return typeof cron === 'string' ? undefined : cron
}

const minuteOf = (time: number): number => Math.floor(time / 60_000) * 60_000

const dayMs = 86_400_000
