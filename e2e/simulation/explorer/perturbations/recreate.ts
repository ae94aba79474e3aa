import type { Control, Interposer } from '../interposer.ts'
import { account, type Named } from '../scenario.ts'
import type { WatchedObject } from '../watched.ts'
import { blindFrom } from './blindness.ts'
import type { PerturbationOf } from './perturbation-of.ts'

/** Milliseconds for which a watch is blind to an object whose end is waited for: one that our own finalizer holds ends only when it is seen. */
export const PATIENCE = 5_000

/** Somebody deletes an object and makes it again, and no watch shows anything in between: another UID, and whatever it had of its own is gone. */
export const recreate = ({ resource, event }: PerturbationOf<'recreate'>): Interposer => (control) =>
  blindFrom({
    clock: control.clock, resource, event,
    begin: (object, path) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      control.lastsUntil(control.clock.now() + PATIENCE)
      const cancel = control.clock.after(PATIENCE, resolve)
      again(control, resource, pathOf(path, object), object).then(resolve, resolve)
      return { over: promise.then(cancel) }
    },
  })

/** The path of one object of a collection, whether the watch was of one namespace or of all. */
const pathOf = (collection: string, { metadata: { name, namespace } }: WatchedObject): string => {
  const parts = collection.split('/')
  const plural = parts.at(-1) ?? ''
  const base = (parts.at(-3) === 'namespaces' ? parts.slice(0, -3) : parts.slice(0, -1)).join('/')
  return `${base}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}/${name}`
}

const again = async (control: Control, resource: string, path: string, { metadata: { uid } }: WatchedObject): Promise<void> => {
  const { server, admin, clock, lastsUntil, removed } = control
  const live = await admin.request({ method: 'GET', path })
  const object = live.body as WatchedObject
  // What its user is deleting nobody makes again.
  if (live.status !== 200 || object.metadata.uid !== uid || object.metadata.deletionTimestamp !== undefined) return
  const { promise: gone, resolve } = Promise.withResolvers<WatchedObject>()
  const unsubscribe = server.subscribe(({ bucket, type, object: ended }) => {
    if (bucket === resource && type === 'DELETED' && ended.metadata['uid'] === uid) resolve(ended as unknown as WatchedObject)
  })
  const before = removed().length
  await admin.request({ method: 'DELETE', path, body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } } })
  // As it was at last: what its user wanted of it meanwhile is not forgotten.
  const last = await gone
  unsubscribe()
  lastsUntil(clock.now())
  if (removed().slice(before).some((each) => isOf(each, last))) return
  await admin.request({ method: 'POST', path: path.slice(0, path.lastIndexOf('/')), body: asNew(last) })
}

/** Whether its user wanted it gone as well, while it went. */
const isOf = ({ kind, name, namespace = account }: Named, object: WatchedObject & { kind?: string }): boolean =>
  object.kind === kind && object.metadata.name === name && (object.metadata.namespace ?? account) === namespace

/** The object as a manifest of it would say it. */
const asNew = ({ metadata, ...rest }: WatchedObject & { status?: unknown }): object => {
  const own = ['name', 'namespace', 'labels', 'annotations', 'ownerReferences']
  return { ...without(rest, (key) => key === 'status'), metadata: without(metadata, (key) => !own.includes(key)) }
}

const without = (object: object, drops: (key: string) => boolean): object => Object.fromEntries(Object.entries(object).filter(([key]) => !drops(key)))
