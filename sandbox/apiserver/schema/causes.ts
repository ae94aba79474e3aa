import type { Cause } from '../resource.ts'

/** A complaint about the whole rather than a field, as the API server renders a nil path. */
export const nowhere = '<nil>'

export const requiredCause = (field: string, detail = ''): Cause => ({
  field,
  reason: 'FieldValueRequired',
  message: detail === '' ? 'Required value' : `Required value: ${detail}`,
})

/** `value` undefined leaves the value out of the message (objects and lists in rules). */
export const invalidCause = (field: string, value: unknown, detail: string): Cause => ({
  field,
  reason: 'FieldValueInvalid',
  message: value === undefined ? `Invalid value: ${detail}` : `Invalid value: ${formatValue(value)}: ${detail}`,
})

export const typeCause = (field: string, actual: string, wanted: string, name = field): Cause => ({
  field,
  reason: 'FieldValueTypeInvalid',
  message: `Invalid value: ${JSON.stringify(actual)}: ${name} in body must be of type ${wanted}: ${JSON.stringify(actual)}`,
})

export const notSupportedCause = (field: string, value: unknown, supported: unknown[]): Cause => ({
  field,
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${formatValue(value)}: supported values: ${supported.map(quoted).join(', ')}`,
})

export const duplicateCause = (field: string, value: unknown): Cause => ({
  field,
  reason: 'FieldValueDuplicate',
  message: value === undefined ? 'Duplicate value' : `Duplicate value: ${formatValue(value)}`,
})

export const forbiddenCause = (field: string, detail: string): Cause => ({ field, reason: 'FieldValueForbidden', message: `Forbidden: ${detail}` })

/** The limit is counted in characters; the message says bytes, as the API server's does. */
export const tooLongCause = (field: string, limit: number): Cause => ({
  field,
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${limit} ${limit === 1 ? 'byte' : 'bytes'}`,
})

export const tooManyCause = (field: string, actual: number, limit: number): Cause => ({
  field,
  reason: 'FieldValueTooMany',
  message: `Too many: ${actual}: must have at most ${limit} ${limit === 1 ? 'item' : 'items'}`,
})

/** A value as it stands in a message: strings quoted, the rest as JSON. */
export const formatValue = (value: unknown): string => JSON.stringify(value) ?? 'null'

const quoted = (value: unknown): string => JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value))
