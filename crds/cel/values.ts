import { create, type Message } from '@bufbuild/protobuf'
import { DurationSchema, timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { CelInput } from '@bufbuild/cel'
import type { StructuralSchema } from '../structural-schema.ts'

/**
 * JSON as a CEL value, typed by its schema as the API server types it: integers are int (a JSON 1 in a `number` field is a double), date-times
 * are timestamps, unknown fields are not visible, field names are escaped.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 *
 * @param only - the fields of an object that are wanted, by their escaped names.
 */
export const celValueOf = (json: unknown, schema: StructuralSchema, only: ReadonlySet<string> | 'all' = 'all'): CelInput => {
  if (json === null || json === undefined) return null
  if (Array.isArray(json)) return json.map(item => celValueOf(item, schema.items ?? preserved))
  if (typeof json === 'object') return objectValue(json as Record<string, unknown>, schema, only)
  if (typeof json === 'number') return schema.type === 'number' || !Number.isInteger(json) ? json : BigInt(json)
  return typeof json === 'string' ? stringValue(json, schema.format) : json as boolean
}

const preserved: StructuralSchema = { 'x-kubernetes-preserve-unknown-fields': true }

const objectValue = (
  json: Record<string, unknown>,
  schema: StructuralSchema,
  only: ReadonlySet<string> | 'all',
): Map<string, CelInput> => {
  const value = new Map<string, CelInput>()
  const { properties, additionalProperties } = visibleSchema(schema)
  for (const [name, child] of Object.entries(json)) {
    if (child === undefined || (only !== 'all' && !only.has(name) && !only.has(escapeName(name)))) continue
    const property = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
    if (property !== undefined) value.set(escapeName(name), celValueOf(child, property))
    else if (typeof additionalProperties === 'object') value.set(name, celValueOf(child, additionalProperties))
    else if (additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true) value.set(name, celValueOf(child, preserved))
  }
  return value
}

const named: StructuralSchema = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } }

/** Of the metadata of a whole object, rules see the name and nothing else. */
export const visibleSchema = (schema: StructuralSchema): StructuralSchema => {
  const whole = schema['x-kubernetes-embedded-resource'] === true ||
    (schema.properties?.['apiVersion'] !== undefined && schema.properties['kind'] !== undefined && schema.properties['metadata'] !== undefined)
  if (!whole) return schema
  return { ...schema, properties: { ...schema.properties, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: named } }
}

const stringValue = (text: string, format: string | undefined): string | Message | Uint8Array => {
  if (format === 'date-time' || format === 'date') {
    const milliseconds = Date.parse(text)
    return Number.isNaN(milliseconds) ? text : timestampFromMs(milliseconds)
  }
  if (format === 'duration') return durationValue(text) ?? text
  return format === 'byte' ? new Uint8Array(Buffer.from(text, 'base64')) : text
}

const unitNanos: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 }

const durationValue = (text: string): Message | undefined => {
  if (!/^[+-]?(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  const parts = text.matchAll(/([0-9]+(?:\.[0-9]*)?)(ns|us|µs|ms|s|m|h)/g)
  const nanos = parts.reduce((total, [, amount = '', unit = '']) => total + Math.round(Number(amount) * (unitNanos[unit] ?? 0)), 0)
  const signed = text.startsWith('-') ? -nanos : nanos
  return create(DurationSchema, { seconds: BigInt(Math.trunc(signed / 1e9)), nanos: signed % 1e9 })
}

const reserved = new Set([
  'true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace',
  'return', 'var', 'void', 'while',
])

/** A field's name as rules write it: `__namespace__`, `a__dash__b`, `a__dot__b`, `a__slash__b`, `a__underscores__b`. */
export const escapeName = (name: string): string => reserved.has(name)
  ? `__${name}__`
  : name.replaceAll('__', '__underscores__').replaceAll('.', '__dot__').replaceAll('-', '__dash__').replaceAll('/', '__slash__')
