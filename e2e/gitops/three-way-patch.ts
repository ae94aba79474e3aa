import { isDeepStrictEqual } from 'node:util'

type Fields = Record<string, unknown>

/**
 * The JSON merge patch (RFC 7386) with which client-side apply brings a custom resource to what its manifest says: what the manifest has
 * otherwise than the object, and null for what it had when it was last applied and has no more. Lists are one value. Empty where there is nothing
 * to write, which `kubectl apply` calls unchanged. (apimachinery, `util/jsonmergepatch`.)
 */
export const threeWayPatch = (applied: Fields, manifest: Fields, live: Fields): Fields =>
  merged(changes(live, manifest), deletions(applied, manifest))

/**
 * The patch that makes Argo CD call an object out of sync, where it doesn't compare by the server: it leaves out of the live object what was not in
 * the manifest when it was applied, in lists by the place in them. (argo-cd, `gitops-engine/pkg/diff` and `pkg/utils/json`.)
 */
export const argoDifference = (applied: Fields, manifest: Fields, live: Fields): Fields =>
  threeWayPatch(applied, manifest, said(applied, live) as Fields)

/** Of a live value that which a manifest speaks of. */
export const said = (manifest: unknown, live: unknown): unknown => {
  if (isFields(manifest) && isFields(live)) {
    return Object.fromEntries(Object.keys(manifest).filter(name => name in live).map(name => [name, said(manifest[name], live[name])]))
  }
  if (Array.isArray(manifest) && Array.isArray(live)) return live.map((item, index) => index < manifest.length ? said(manifest[index], item) : item)
  return live
}

const changes = (from: Fields, to: Fields): Fields => Object.fromEntries(Object.entries(to).flatMap(([name, value]): Entries => {
  const before = from[name]
  if (isDeepStrictEqual(before, value)) return []
  if (!isFields(before) || !isFields(value)) return [[name, value]]
  const inside = changes(before, value)
  return Object.keys(inside).length === 0 ? [] : [[name, inside]]
}))

type Entries = [name: string, value: unknown][]

const deletions = (from: Fields, to: Fields): Fields => Object.fromEntries(Object.entries(from).flatMap(([name, value]): Entries => {
  if (!(name in to)) return [[name, null]]
  const after = to[name]
  const inside = isFields(value) && isFields(after) ? deletions(value, after) : {}
  return Object.keys(inside).length === 0 ? [] : [[name, inside]]
}))

/** Of two patches that name no leaf both. */
const merged = (one: Fields, other: Fields): Fields => Object.fromEntries([...new Set([...Object.keys(one), ...Object.keys(other)])].map(name => {
  const [first, second] = [one[name], other[name]]
  return [name, isFields(first) && isFields(second) ? merged(first, second) : name in one ? first : second]
}))

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
