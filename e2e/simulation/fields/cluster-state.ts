/**
 * All that a cluster holds, told apart from what passes: versions, times, and names that are drawn anew for an object that is made again. Two states
 * that read the same here are the same to everybody who uses the cluster.
 */
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { StoredState } from '../../../sandbox/apiserver/storage.ts'

type Stored = StoredState['objects'][number]

/** What is stored, by bucket and key; objects in it never change. */
export type Snapshot = ReadonlyMap<string, Stored>

export const snapshotOf = (objects: StoredState['objects']): Snapshot =>
  new Map(objects.filter(([bucket]) => !passing.has(bucket)).map((stored) => withoutHistory(stored)).map((stored) => [`${stored[0]} ${stored[1]}`, stored]))

/** KubeVirt keeps a revision of each start of a machine, which go with the machine: that there are any is all that is looked at. */
const withoutHistory = (stored: Stored): Stored => {
  const [bucket, key] = stored
  return bucket === 'apps/controllerrevisions' && key.includes('/revision-start-vm-') ? [bucket, key.replace(/-\d+$/, ''), someRevision] : stored
}

const someRevision: Stored[2] = { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: {} }

/** Heartbeats and history: they tell of the way, not of the state. */
const passing = new Set(['/events', 'events.k8s.io/events', 'coordination.k8s.io/leases', '/nodes'])

/** What differs, one line a difference; empty where `after` is as `before`. */
export const differences = (before: Snapshot, after: Snapshot): string[] => {
  const [changedBefore, changedAfter] = [unsharedWith(before, after), unsharedWith(after, before)]
  if (changedBefore.length + changedAfter.length === 0) return []
  const was = linesOf(changedBefore, namesIn(before))
  const is = linesOf(changedAfter, namesIn(after))
  return [...without(was, is).map((line) => `- ${line}`), ...without(is, was).map((line) => `+ ${line}`)]
}

/** Objects that were not written at all are the very same. */
const unsharedWith = (snapshot: Snapshot, other: Snapshot): Stored[] =>
  [...snapshot].filter(([key, stored]) => other.get(key)?.[2] !== stored[2]).map(([, stored]) => stored)

const without = (lines: readonly string[], others: readonly string[]): string[] => {
  const rest = [...others]
  return lines.filter((line) => {
    const at = rest.indexOf(line)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}

/** One line a leaf, so that a difference is no longer than it need be. */
const linesOf = (objects: readonly Stored[], names: ReadonlyMap<string, string>): string[] => objects.flatMap(([bucket, key, object]) => {
  const own = `${bucket} ${stable(key, names)}`
  return [own, ...leavesOf(object, '').map((leaf) => `${own} ${stable(leaf, names)}`)]
})

const leavesOf = (value: unknown, path: string): string[] => {
  if (value === null || typeof value !== 'object') return [`${path}: ${JSON.stringify(value)}`]
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, `${path}[${index}]`))
  return Object.entries(value).flatMap(([name, member]) => (unimportant.has(`${path}.${name}`) || anywhere.has(name) ? [] : leavesOf(member, `${path}.${name}`)))
}

const unimportant = new Set(['.metadata.resourceVersion', '.metadata.generation', '.metadata.managedFields', '.metadata.uid'])
const anywhere = new Set(['observedGeneration', 'desiredGeneration', 'kubevirt.io/vm-generation'])

/** UIDs, and IDs made of them, by what they belong to. */
const namesIn = (snapshot: Snapshot): Map<string, string> => new Map([...snapshot.values()].flatMap(([bucket, key, { metadata }]) => {
  const uid = metadata['uid'] as string | undefined
  if (uid === undefined) return []
  const owner = `<${bucket} ${metadata['generateName'] === undefined ? key : `${String(metadata['generateName'])}*`}>`
  return [[uid, owner] as const, ...idsOf(uid).map(([prefix, id]) => [id, `${prefix}${owner}`] as const)]
}))

type IDs = readonly (readonly [prefix: string, id: string])[]

const known = new Map<string, IDs>()

/** Hashed once an object, not once a comparison. */
const idsOf = (uid: string): IDs => {
  const found = known.get(uid) ?? Object.values(idPrefixes).map((prefix) => [prefix, idOf(prefix, uid)] as const)
  known.set(uid, found)
  return found
}

const stable = (text: string, names: ReadonlyMap<string, string>): string => text
  .replace(/(revision-start-vm-[0-9a-f-]{36})-\d+/g, '$1')
  .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[a-z]+-[0-9a-f]{17}\b/g, (id) => names.get(id) ?? id)
  .replace(/virt-launcher-(.+?)-[a-z0-9]{5}\b/g, 'virt-launcher-$1')
  .replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '<a time>')
