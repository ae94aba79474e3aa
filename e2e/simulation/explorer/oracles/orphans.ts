import type { Run } from '../history.ts'
import type { Oracle } from './oracle.ts'

/** What was made for an object goes with it, unless it stays where nothing goes wrong too: bytes that are kept on purpose. */
export const noOrphans: Oracle = (run, reference) => {
  const kept = new Set(orphansOf(reference))
  return orphansOf(run).flatMap((each) => (kept.has(each) || isVolume(each) ? [] : [`${each} was made for an object that is gone`]))
}

/** The server's copy of the bytes outlives its Volume where the reclaim policy says so; `bytesKept` judges it. */
const isVolume = (name: string): boolean => name.startsWith('/persistentvolumes ')

const orphansOf = ({ final }: Pick<Run, 'final'>): string[] => {
  const living = new Set([...final.values()].flatMap((objects) => [...objects.values()].map(({ metadata }) => metadata.uid)))
  return [...final].flatMap(([bucket, objects]) => [...objects].flatMap(([key, { metadata }]) => {
    const owner = metadata.labels?.['kumulus.dev/owner-uid']
    return owner === undefined || living.has(owner) ? [] : [`${bucket} ${key}`]
  }))
}
