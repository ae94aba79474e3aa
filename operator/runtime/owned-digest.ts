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
export const stableJSON = (value: unknown): string => JSON.stringify(sorted(value)) ?? 'null'

type Fields = Record<string, unknown>

/**
 * The same with the keys of every object in order; what is in order already, as what a server sent mostly is, is not copied. One text made by
 * `JSON.stringify` costs a third of one that is put together of pieces.
 */
const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? sortedItems(value as unknown[]) : sortedMembers(value as Fields)
}

const sortedItems = (items: readonly unknown[]): readonly unknown[] => {
  let copy: unknown[] | undefined
  for (const [index, item] of items.entries()) {
    const inOrder = sorted(item)
    if (inOrder !== item) (copy ??= [...items])[index] = inOrder
  }
  return copy ?? items
}

const sortedMembers = (object: Fields): Fields => {
  const names = Object.keys(object)
  let copy = isAscending(names) ? undefined : rebuilt(object, names.sort())
  for (const name of names) {
    const member = object[name]
    if (typeof member !== 'object') continue
    const inOrder = sorted(member)
    if (inOrder !== member) setMember(copy ??= rebuilt(object, names), name, inOrder)
  }
  return copy ?? object
}

const isAscending = (names: readonly string[]): boolean => {
  for (let index = 1; index < names.length; index++) if ((names[index - 1] as string) > (names[index] as string)) return false
  return true
}

const rebuilt = (object: Fields, names: readonly string[]): Fields => {
  const copy: Fields = {}
  for (const name of names) setMember(copy, name, object[name])
  return copy
}

/** One name would otherwise set the prototype, and be no member. */
const setMember = (object: Fields, name: string, value: unknown): void => {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  else object[name] = value
}

const ownedMembers = (object: unknown, fields: Fields, paths: readonly string[]): unknown => {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return undefined
  const owned: Record<string, unknown> = {}
  for (const path of paths) {
    if (path === '.') continue
    const name = path.slice(2)
    const value = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined
    if (value !== undefined) setMember(owned, name, ownedFields(value, fields[path] as Fields))
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
