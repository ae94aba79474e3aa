import { isDeepStrictEqual } from 'node:util'
import { jsonCopy } from '../json-copy.ts'

/** One operation of a JSON patch. */
export type JsonPatchOperation = { op: string; path: string; from?: string; value?: unknown }

/** Why a patch could not be applied; nothing was changed. */
export class JsonPatchError extends Error {}

/** What evanphx/json-patch, and so the API server, takes at most. */
const maxOperations = 10_000

/**
 * Applies a JSON patch (RFC 6902). Nothing given is changed. As the API server does, `replace` of a missing object member adds it, and a
 * negative index counts from the end.
 *
 * @throws JsonPatchError that names the operation and what is wrong with it.
 */
export const jsonPatch = (document: unknown, operations: unknown): unknown => {
  if (!Array.isArray(operations)) throw new JsonPatchError('a JSON patch is a list of operations')
  if (operations.length > maxOperations) {
    throw new JsonPatchError(`the allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`)
  }
  const holder = { root: jsonCopy(document) }
  operations.forEach((operation: unknown, index) => {
    try {
      applyOperation(holder, operation as JsonPatchOperation)
    } catch (error) {
      if (error instanceof JsonPatchError) throw new JsonPatchError(`operation ${index}: ${error.message}`)
      throw error
    }
  })
  return holder.root
}

type Holder = { root: unknown }

const applyOperation = (holder: Holder, operation: JsonPatchOperation): void => {
  if (typeof operation !== 'object' || operation === null) throw new JsonPatchError('is no object')
  const { op, path } = operation
  if (typeof path !== 'string') throw new JsonPatchError(`${op} needs a "path"`)
  switch (op) {
    case 'add':
      return add(holder, path, jsonCopy(valueOf(operation)))
    case 'remove':
      return remove(holder, path)
    case 'replace':
      return replace(holder, path, jsonCopy(valueOf(operation)))
    case 'move': {
      const value = get(holder, fromOf(operation))
      if (path.startsWith(`${fromOf(operation)}/`)) throw new JsonPatchError(`cannot move ${fromOf(operation)} into itself`)
      remove(holder, fromOf(operation))
      return add(holder, path, value)
    }
    case 'copy':
      return add(holder, path, jsonCopy(get(holder, fromOf(operation))))
    case 'test':
      return test(holder, path, operation.value)
    default:
      throw new JsonPatchError(`unknown operation "${op}": use add, remove, replace, move, copy or test`)
  }
}

const valueOf = (operation: JsonPatchOperation): unknown => {
  if (!('value' in operation)) throw new JsonPatchError(`${operation.op} of ${operation.path} needs a "value"`)
  return operation.value
}

const fromOf = ({ op, path, from }: JsonPatchOperation): string => {
  if (typeof from !== 'string') throw new JsonPatchError(`${op} to ${path} needs a "from"`)
  return from
}

const test = (holder: Holder, path: string, expected: unknown): void => {
  let actual: unknown
  try {
    actual = get(holder, path)
  } catch (error) {
    if (expected === null || expected === undefined) return
    throw error
  }
  if (!isDeepStrictEqual(actual, expected ?? null)) {
    throw new JsonPatchError(`testing value ${path} failed: it is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
  }
}

const tokensOf = (path: string): string[] => {
  if (path === '') return []
  if (!path.startsWith('/')) throw new JsonPatchError(`path "${path}" must start with "/"`)
  return path.slice(1).split('/').map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const missing = (path: string): JsonPatchError => new JsonPatchError(`path ${path} does not exist`)

const get = (holder: Holder, path: string): unknown =>
  tokensOf(path).reduce<unknown>((value, token) => {
    if (Array.isArray(value)) return value[indexIn(value, token, path, value.length - 1)] as unknown
    if (!isObject(value) || !Object.hasOwn(value, token)) throw missing(path)
    return value[token]
  }, holder.root)

const parentOf = (holder: Holder, path: string): { parent: unknown; token: string } => {
  const tokens = tokensOf(path)
  const token = tokens.pop()
  if (token === undefined) throw new JsonPatchError('the whole document cannot be the target of this operation')
  const parentPath = path.slice(0, path.lastIndexOf('/'))
  return { parent: get(holder, parentPath), token }
}

const add = (holder: Holder, path: string, value: unknown): void => {
  if (path === '') {
    holder.root = value
    return
  }
  const { parent, token } = parentOf(holder, path)
  if (Array.isArray(parent)) parent.splice(token === '-' ? parent.length : indexIn(parent, token, path, parent.length), 0, value)
  else if (isObject(parent)) setMember(parent, token, value)
  else throw missing(path)
}

const remove = (holder: Holder, path: string): void => {
  const { parent, token } = parentOf(holder, path)
  if (Array.isArray(parent)) parent.splice(indexIn(parent, token, path, parent.length - 1), 1)
  else if (isObject(parent) && Object.hasOwn(parent, token)) delete parent[token]
  else throw missing(path)
}

const replace = (holder: Holder, path: string, value: unknown): void => {
  if (path === '') {
    holder.root = value
    return
  }
  const { parent, token } = parentOf(holder, path)
  if (Array.isArray(parent)) parent[indexIn(parent, token, path, parent.length - 1)] = value
  else if (isObject(parent)) setMember(parent, token, value)
  else throw missing(path)
}

/** `__proto__` is a name like any other in JSON. */
const setMember = (parent: Record<string, unknown>, token: string, value: unknown): void => {
  Object.defineProperty(parent, token, { value, writable: true, enumerable: true, configurable: true })
}

const indexIn = (list: unknown[], token: string, path: string, max: number): number => {
  if (!/^(0|-?[1-9]\d*)$/.test(token)) throw new JsonPatchError(`"${token}" in ${path} is no index of a list`)
  const index = Number(token) < 0 ? list.length + Number(token) : Number(token)
  if (index < 0 || index > max) throw new JsonPatchError(`index ${token} in ${path} is outside the list of ${list.length}`)
  return index
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
