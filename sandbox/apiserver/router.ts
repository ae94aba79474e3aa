import type { Registry } from './registry.ts'
import type { ServedResource } from './resource.ts'

/** What a path addresses. */
export type Route =
  | { kind: 'resource'; resource: ServedResource; namespace: string; name: string; subresource: string; watch: boolean }
  /** Below /api or /apis, but of nothing that is served. */
  | { kind: 'unknown'; group: string; version: string; plural: string; namespace: string; name: string; subresource: string }
  | { kind: 'path' }

/** Takes a path apart: `/apis/<group>/<version>/namespaces/<namespace>/<plural>/<name>/<subresource>`. */
export const route = (registry: Registry, path: string): Route => {
  const pieces = path.split('/').filter((part) => part !== '')
  const parts = path.includes('%') ? pieces.map(decode) : pieces
  const core = parts[0] === 'api'
  if ((!core && parts[0] !== 'apis') || parts.length < (core ? 3 : 4)) return { kind: 'path' }
  const group = core ? '' : (parts[1] ?? '')
  const version = (core ? parts[1] : parts[2]) ?? ''
  const rest = parts.slice(core ? 2 : 3)
  // The watch prefix is deprecated, and still served.
  const watch = rest[0] === 'watch' && rest.length > 1
  const address = addressOf(watch ? rest.slice(1) : rest)
  const resource = registry.find(group, version, address.plural)
  if (resource === undefined) return { kind: 'unknown', group, version, ...address }
  const scopeFits = resource.namespaced || address.namespace === '' || address.plural === 'namespaces'
  const { plural: _, ...target } = address
  return scopeFits ? { kind: 'resource', resource, watch, ...target } : { kind: 'unknown', group, version, ...address }
}

type Address = { plural: string; namespace: string; name: string; subresource: string }

/** Subresources of a namespace itself: anything else after a namespace's name is a resource inside it. */
const ofNamespaces = ['status', 'finalize']

const addressOf = (parts: string[]): Address => {
  const [first = '', second, third] = parts
  if (first === 'namespaces' && second !== undefined && third !== undefined && !ofNamespaces.includes(third)) {
    return { namespace: second, plural: third, name: parts[3] ?? '', subresource: parts.slice(4).join('/') }
  }
  return { namespace: '', plural: first, name: second ?? '', subresource: parts.slice(2).join('/') }
}

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
