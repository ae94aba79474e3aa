import type { ApiRequest, Transport } from '../../../operator/runtime/transport.ts'
import { allowed } from './allowlist.ts'

/** One write of the operator's, as it left it. */
export type Written = { method: string; resource: string; namespace: string; name: string; body: unknown }

export const recordingWrites = (transport: Transport, written: Written[]): Transport => ({
  ...transport,
  request: (request) => {
    if (request.method !== 'GET') written.push(writtenOf(request))
    return transport.request(request)
  },
})

/** Events and leases say what happens, in words; they make nothing. */
export const isNews = ({ resource }: Written): boolean => /^(events|leases\.coordination\.k8s\.io)$/.test(resource)
export const isOurs = ({ resource }: Written): boolean => resource.endsWith('.kumulus.dev')

const writtenOf = ({ method, path, body }: ApiRequest): Written => {
  const [root, ...rest] = path.split('/').filter((part) => part !== '').map(decodeURIComponent)
  const group = root === 'api' ? '' : rest[0] ?? ''
  const parts = rest.slice(root === 'api' ? 1 : 2)
  const inside = parts[0] === 'namespaces' && parts.length > 2
  const [plural = '', name = '', ...subresource] = inside ? parts.slice(2) : parts
  const resource = [plural, ...group === 'kumulus.dev' ? [] : subresource].join('/')
  // What is made by POST is named in its body.
  const named = name !== '' ? name : (body as { metadata?: { name?: string } } | undefined)?.metadata?.name ?? ''
  return { method, resource: group === '' ? resource : `${resource}.${group}`, namespace: inside ? parts[1] ?? '' : '', name: named, body }
}

/** Keys of a write that nobody has allowed. */
export const strayKeys = ({ method, resource, body }: Written): string[] => {
  if (method === 'DELETE') return []
  const patterns = compiled[resource]
  if (patterns === undefined) return [`${resource} at all`]
  return [...new Set(pathsOf(body))].filter((path) => !patterns.some((pattern) => pattern.test(path))).map((path) => `${resource}: ${path.replaceAll(separator, '|')}`)
}

const separator = '\u0001'

/** `|` outside parentheses parts a path, inside it parts alternatives. */
const compile = (pattern: string): RegExp => {
  const escaped = pattern.replaceAll('.', '\\.').replaceAll('|[]', '|\\[\\]')
  let depth = 0
  const parted = [...escaped].map((char) => {
    depth += char === '(' ? 1 : char === ')' ? -1 : 0
    return char === '|' && depth === 0 ? separator : char
  })
  return new RegExp(`^${parted.join('')}$`)
}

const compiled = Object.fromEntries(Object.entries(allowed).map(([resource, patterns]) => [resource, patterns.map(compile)]))

const pathsOf = (value: unknown, path: readonly string[] = []): string[] => {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path.join(separator)]
  const entries = Array.isArray(value) ? value.map((each) => ['[]', each] as const) : Object.entries(value)
  if (entries.length === 0) return path.length === 0 ? [] : [path.join(separator)]
  return entries.flatMap(([key, each]) => each === undefined ? [] : pathsOf(each, [...path, key]))
}

/** Every text in a write, keys too. */
export const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => [key, ...textsOf(each)])
}
