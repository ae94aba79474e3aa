import type { Run } from '../history.ts'
import type { Stored } from '../scenario.ts'
import type { Oracle } from './oracle.ts'

/** Within bounded time after the last fault everything is Ready that ever gets so, and says so of its newest spec. */
export const everythingReady: Oracle = (run, reference) => {
  const unready = new Set(unreadyOf(reference))
  return unreadyOf(run).flatMap((each) => (unready.has(each) ? [] : [`${each} is not Ready`]))
}

/** Our objects that are not Ready at the end. */
export const unreadyOf = ({ final }: Pick<Run, 'final'>): string[] =>
  [...final].flatMap(([bucket, objects]) => (bucket.startsWith('kumulus.dev/') ? [...objects].flatMap(([key, object]) => (isReady(object) ? [] : [`${bucket} ${key}`])) : []))

const isReady = ({ metadata, status }: Stored): boolean => {
  const conditions = (status?.['conditions'] ?? []) as { type: string; status: string }[]
  return conditions.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') && status?.['observedGeneration'] === metadata.generation
}
