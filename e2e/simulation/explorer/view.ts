import { definitions } from '../../../crds/v1alpha1/index.ts'
import type { LogEvent } from '../../../sandbox/apiserver/event-log.ts'
import type { StoredState } from '../../../sandbox/apiserver/storage.ts'
import type { Stored } from './scenario.ts'

/** What is stored at this moment, kept up with every write and read without a request. Keys are the storage's: `namespace/name` or `/name`. */
export type View = {
  get: (bucket: string, key: string) => Stored | undefined
  bucket: (bucket: string) => ReadonlyMap<string, Stored>
  all: () => ReadonlyMap<string, ReadonlyMap<string, Stored>>
}

export const createView = (state: StoredState): { view: View; update: (event: LogEvent) => void } => {
  const buckets = new Map<string, Map<string, Stored>>()
  const of = (bucket: string) => {
    const known = buckets.get(bucket) ?? new Map<string, Stored>()
    buckets.set(bucket, known)
    return known
  }
  for (const [bucket, key, object] of state.objects) of(bucket).set(key, object as unknown as Stored)
  const update = ({ bucket, key, type, object }: LogEvent) => {
    if (type === 'DELETED') of(bucket).delete(key)
    else of(bucket).set(key, object as unknown as Stored)
  }
  return { view: { get: (bucket, key) => buckets.get(bucket)?.get(key), bucket: of, all: () => buckets }, update }
}

/** The bucket of a kind of ours. */
export const bucketOf = (kind: string): string => {
  const found = definitions.find((each) => each.kind === kind)
  if (found === undefined) throw new Error(`${kind} is no kind of ours`)
  return `${found.group}/${found.plural}`
}
