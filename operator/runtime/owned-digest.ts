import { hash } from 'node:crypto'
import type { KubeObject } from '../../crds/kubernetes.ts'

/** Every field manager of ours begins so. */
export const FIELD_MANAGER_PREFIX = 'kumulus-'
export const OWNER_UID_LABEL = 'kumulus.dev/owner-uid'

/** What a live object says about us. A few bytes, kept beside the trimmed object. */
export type Ownership = {
  /** Value of our owner label: the uid of the object it was made for. */
  ownerUID: string | undefined
  /** Digest of the values that each of our field managers owns, by manager. */
  digests: Readonly<Record<string, string>>
}

/** Reads who owns a live object, and digests what our field managers own of it. Undefined when nothing of it is ours. */
export const ownershipOf = (object: KubeObject): Ownership | undefined => {
  const ownerUID = object.metadata.labels?.[OWNER_UID_LABEL]
  const ours = (object.metadata.managedFields ?? []).filter(
    (entry) => entry.operation === 'Apply' && entry.manager.startsWith(FIELD_MANAGER_PREFIX),
  )
  if (ownerUID === undefined && ours.length === 0) return undefined
  return { ownerUID, digests: Object.fromEntries(ours.map((entry) => [entry.manager, digestOf(ownedFields(object, entry.fieldsV1))])) }
}

/** Digest of an object that we want, comparable with the digest of what we own of the live one. */
export const desiredDigest = (desired: object): string => {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = desired as Record<string, unknown> & { metadata?: Record<string, unknown> }
  const { name: _name, namespace: _namespace, uid: _uid, resourceVersion: _resourceVersion, ...owned } = metadata ?? {}
  return digestOf(Object.keys(owned).length === 0 ? rest : { ...rest, metadata: owned })
}

/**
 * The part of `object` that a FieldsV1 set names: `f:<field>`, `k:<key fields>` (item of a keyed list), `v:<value>` (item of a set),
 * `i:<index>` and `.` (the thing itself). See sigs.k8s.io/structured-merge-diff, fieldpath/serialize.go.
 */
export const ownedFields = (object: unknown, fields: Record<string, unknown>): unknown => {
  const paths = Object.keys(fields)
  const first = paths[0] === '.' ? paths[1] : paths[0]
  if (first === undefined) return object
  return first.startsWith('f:') ? ownedMembers(object, fields, paths) : ownedItems(object, fields, paths)
}

/** 16 bytes of SHA-256 over JSON with sorted keys. */
export const digestOf = (value: unknown): string => hash('sha256', stableJSON(value), 'base64url').slice(0, 22)

/** JSON with sorted keys; members that are undefined vanish as in JSON. */
export const stableJSON = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  let text = ''
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) text += `${text === '' ? '' : ','}${item === undefined ? 'null' : stableJSON(item)}`
    return `[${text}]`
  }
  for (const name of Object.keys(value).sort()) {
    const member = (value as Fields)[name]
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${stableJSON(member)}`
  }
  return `{${text}}`
}

type Fields = Record<string, unknown>

const ownedMembers = (object: unknown, fields: Fields, paths: readonly string[]): unknown => {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return undefined
  const owned: Record<string, unknown> = {}
  for (const path of paths) {
    if (path === '.') continue
    const name = path.slice(2)
    const value = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined
    if (value !== undefined) owned[name] = ownedFields(value, fields[path] as Fields)
  }
  return owned
}

/** In the live list's order: server-side apply keeps the order in which we sent our items. */
const ownedItems = (object: unknown, fields: Fields, paths: readonly string[]): unknown => {
  if (!Array.isArray(object)) return undefined
  const tests = paths.filter((path) => path !== '.').map((path) => ({ matches: itemTest(path), fields: fields[path] as Fields }))
  const owned: unknown[] = []
  for (const [index, item] of (object as unknown[]).entries()) {
    const test = tests.find(({ matches }) => matches(item, index))
    if (test !== undefined) owned.push(ownedFields(item, test.fields))
  }
  return owned
}

const itemTest = (path: string): ((item: unknown, index: number) => boolean) => {
  const text = path.slice(2)
  if (path.startsWith('i:')) return (_item, index) => index === Number(text)
  const wanted = JSON.parse(text) as unknown
  if (path.startsWith('v:')) return (item) => isSame(item, wanted)
  const keys = Object.entries(wanted as Fields)
  return (item) => typeof item === 'object' && item !== null && keys.every(([name, value]) => isSame((item as Fields)[name] ?? null, value))
}

/** Keys are mostly texts and numbers. */
const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && stableJSON(a) === stableJSON(b))
