import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Condition } from '../../../crds/kubernetes.ts'
import type { Image, ImageStatus } from '../../../crds/v1alpha1/image.ts'
import { condition, timestamp } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { isFamily, latestOf } from './family.ts'
import type { ImageFacts } from './observe.ts'
import { refreshOf } from './refresh.ts'

type Input = Pick<StatusInput<Image, ImageFacts>, 'object' | 'facts' | 'now'>

/** Which version a launch takes, and how far the family is with newer ones. Nothing of an image that is none. */
export const refreshStatusOf = ({ object, facts, now }: Input): Pick<ImageStatus, 'latest' | 'refresh'> => {
  if (!isFamily(object)) return {}
  const latest = latestOf(facts.versions)
  const before = object.status
  // A version that was deleted by hand is not fetched again for it.
  const isNewer = latest !== undefined && latest.time > (Date.parse(before?.latest?.time ?? '') || 0)
  const { etag, modified } = isNewer ? latest.mark : before?.refresh ?? {}
  const last = lastDone({ object, facts, now })
  return {
    ...latest === undefined ? {} : {
      latest: { name: latest.image.metadata.name, imageID: idOf(idPrefixes.image, latest.image.metadata.uid), time: timestamp(latest.time) },
    },
    refresh: {
      ...last === undefined ? {} : { lastScheduleTime: last },
      ...facts.nextDue === undefined ? {} : { nextScheduleTime: timestamp(facts.nextDue) },
      ...etag === undefined ? {} : { etag },
      ...modified === undefined ? {} : { modified },
    },
  }
}

/** Done with is a time for which there is a version, or was found to need none. */
const lastDone = ({ object, facts, now }: Input): string | undefined => {
  const refresh = refreshOf(object, facts, now)
  const times = [refresh.kind === 'same' ? refresh.time : 0, facts.versions[0]?.time ?? 0, Date.parse(object.status?.refresh?.lastScheduleTime ?? '') || 0]
  const last = Math.max(...times.filter(time => time <= now))
  return last <= 0 ? undefined : timestamp(last)
}

/** Whether what a launch takes is the newest there is. */
export const refreshedOf = ({ object, facts, now }: Input): Condition[] => {
  if (!isFamily(object)) return []
  const input = { previous: object.status?.conditions, generation: object.metadata.generation ?? 0, now }
  const [newest] = facts.versions
  const refresh = refreshOf(object, facts, now)
  if (newest === undefined || refresh.kind === 'ask') return object.status?.conditions?.filter(({ type }) => type === refreshed) ?? []
  if (refresh.kind === 'failed') return [condition(input, refreshed, 'False', 'RefreshFailed', refresh.message)]
  const { state, conditions } = newest.image.status ?? {}
  if (state === 'available') return [condition(input, refreshed, 'True', 'UpToDate', '')]
  const why = conditions?.find(({ type }) => type === 'Ready')?.message ?? ''
  return state === 'failed' ? [condition(input, refreshed, 'False', 'RefreshFailed', `${newest.image.metadata.name}: ${why}`.slice(0, 4000))]
    : [condition(input, refreshed, 'Unknown', 'Refreshing', `${newest.image.metadata.name} is being imported`)]
}

const refreshed = 'Refreshed'
