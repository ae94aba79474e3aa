import { apiVersionOf } from '../../../crds/kubernetes.ts'
import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { badRequest } from '../errors.ts'
import { baseAt } from '../json-share.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { settle } from '../settled.ts'
import { dropNulls, fillDefaults } from './default.ts'
import { typeMismatch } from './go-types.ts'
import { objectMetaSchema } from './metadata-schema.ts'
import { pruneObject } from './prune.ts'

/** What to do about fields that the schema does not know or that are said twice; `Warn` where a request says nothing. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export type DecodeOptions = {
  fieldValidation: FieldValidation
  /** Paths that the request's text says twice, from {@link parseDocument}. */
  duplicates?: string[]
}

export type Decoded = {
  object: AnyObject
  /** One for each `Warning` header. */
  warnings: string[]
}

/**
 * Makes an object of a request's JSON as the API server does: type and metadata checked, unknown fields pruned, nulls dropped, defaults filled in.
 * The value is taken over and changed in place.
 *
 * @param base - an object that went through this before and that the value may share parts with: those are passed by, and never changed.
 * @throws StatusError 400 for a value that cannot be this kind, and under `Strict` for unknown and duplicate fields.
 */
export const decode = (resource: ServedResource, json: unknown, options: DecodeOptions, base?: AnyObject): Decoded => {
  const object = asObject(resource, json)
  checkTypes(resource, object, base)
  const unknown = pruneObject(resource.schema, object, base)
  const complaints = [
    ...(options.duplicates ?? []).map((path) => (path.startsWith('line ') ? path : `duplicate field "${path}"`)),
    ...unknown.map((path) => `unknown field "${path}"`),
  ]
  if (complaints.length > 0 && options.fieldValidation === 'Strict') throw badRequest(`${cannotHandle(resource)}: ${strictMessage(complaints)}`)
  complete(resource, object, base)
  settle(resource, object)
  return { object, warnings: options.fieldValidation === 'Warn' ? complaints : [] }
}

/** Nulls and empty metadata dropped, defaulted: what a stored or changed object goes through when nobody is there to be warned. In place. */
export const complete = (resource: ServedResource, object: AnyObject, base?: AnyObject): void => {
  if (resource.custom) dropNulls(resource.schema, object, base)
  else dropAllNulls(object, resource.schema, base)
  if (object.metadata !== base?.metadata) dropEmpty(object.metadata)
  fillDefaults(resource.schema, object, base)
}

/** Metadata passes through a Go struct, custom resources' too, of which empty maps and lists are not written out. */
const dropEmpty = (metadata: Record<string, unknown>): void => {
  for (const name of ['labels', 'annotations', 'finalizers', 'ownerReferences', 'managedFields']) {
    const value = metadata[name]
    if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) delete metadata[name]
  }
}

/** The message of an unknown or duplicate field under `Strict`. */
export const strictMessage = (complaints: string[]): string => {
  const lines = complaints.filter((complaint) => complaint.startsWith('line '))
  const fields = complaints.filter((complaint) => !complaint.startsWith('line '))
  const yaml = lines.length === 0 ? [] : [`yaml: unmarshal errors:\n  ${lines.join('\n  ')}`]
  return `strict decoding error: ${[...yaml, ...fields].join(', ')}`
}

const cannotHandle = ({ kind, version }: ServedResource): string => `${kind} in version "${version}" cannot be handled as a ${kind}`

const asObject = (resource: ServedResource, json: unknown): AnyObject => {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    const type = json === null ? 'null' : Array.isArray(json) ? 'array' : typeof json
    throw unrecognized(resource, json, `couldn't get version/kind; json parse error: cannot unmarshal ${type} into an object`)
  }
  const object = json as Record<string, unknown>
  if (typeof object.kind !== 'string' || object.kind === '') throw unrecognized(resource, json, `Object 'Kind' is missing in '${JSON.stringify(json)}'`)
  if (typeof object.apiVersion !== 'string' || object.apiVersion === '') {
    throw unrecognized(resource, json, `Object 'apiVersion' is missing in '${JSON.stringify(json)}'`)
  }
  if (object.apiVersion !== apiVersionOf(resource)) {
    throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersionOf(resource)})`)
  }
  if (!resource.custom && object.kind !== resource.kind) {
    throw badRequest(`${object.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ` +
      `converting (${object.apiVersion}, Kind=${object.kind}) to ${resource.kind}: unknown conversion`)
  }
  object.metadata ??= {}
  return object as AnyObject
}

const unrecognized = ({ kind }: ServedResource, json: unknown, message: string) => {
  const text = JSON.stringify(json) ?? ''
  const start = text.length > 30 ? `${text.slice(0, 30)} ...` : text
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${message} (${start})`)
}

/** Metadata is decoded into Go types, and so is all of a built-in kind: a wrong type there is no validation error but an unreadable request. */
const checkTypes = (resource: ServedResource, object: AnyObject, base: AnyObject | undefined): void => {
  const mismatch = resource.custom
    ? (typeMismatch('ObjectMeta', objectMetaSchema, object.metadata, base?.metadata) ?? embeddedMismatch(resource.schema, object, base, ''))
    : typeMismatch(resource.kind, resource.schema, object, base)
  if (mismatch !== undefined) throw badRequest(`${cannotHandle(resource)}: ${mismatch}`)
}

const embeddedMismatch = (schema: StructuralSchema, value: unknown, base: unknown, path: string): string | undefined => {
  if (value === base) return undefined
  if (Array.isArray(value)) {
    const { items } = schema
    return items && first(value, (item, index) => embeddedMismatch(items, item, baseAt(base, index), `${path}[${index}]`))
  }
  if (typeof value !== 'object' || value === null) return undefined
  const members = value as Record<string, unknown>
  if (schema['x-kubernetes-embedded-resource'] === true && members.metadata !== undefined) {
    const mismatch = typeMismatch('ObjectMeta', objectMetaSchema, members.metadata)
    if (mismatch !== undefined) return `${path}.metadata: Invalid value: ${JSON.stringify(members.metadata)}: ${mismatch}`
  }
  const additional = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  return first(Object.keys(members), (name) => {
    const child = schema.properties?.[name] ?? additional
    return child && embeddedMismatch(child, members[name], baseAt(base, name), path === '' ? name : `${path}.${name}`)
  })
}

const first = <T>(list: T[], find: (item: T, index: number) => string | undefined): string | undefined => {
  for (let index = 0; index < list.length; index += 1) {
    const found = find(list[index] as T, index)
    if (found !== undefined) return found
  }
  return undefined
}

/** A built-in kind is a Go struct: a null is the same as nothing said. Lists keep theirs. */
const dropAllNulls = (value: unknown, schema: StructuralSchema | undefined, base: unknown): void => {
  if (value === base || schema?.['x-kubernetes-preserve-unknown-fields'] === true) return
  if (Array.isArray(value)) {
    value.forEach((item, index) => dropAllNulls(item, schema?.items, baseAt(base, index)))
  } else if (typeof value === 'object' && value !== null) {
    const members = value as Record<string, unknown>
    const additional = typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined
    for (const name in members) {
      const member = members[name]
      if (member === null) delete members[name]
      else if (typeof member === 'object') dropAllNulls(member, schema?.properties?.[name] ?? additional, baseAt(base, name))
    }
  }
}
