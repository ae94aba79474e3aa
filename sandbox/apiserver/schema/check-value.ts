import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import type { Cause } from '../resource.ts'
import { invalidCause, notSupportedCause, nowhere, tooLongCause, typeCause } from './causes.ts'
import { fitsIntegerFormat, formatCheck, toRegExp } from './formats.ts'
import { jsonEqual } from '../json-equal.ts'

/** Adds what is wrong with a value at `path` to `out`. */
export type ValueCheck = (value: unknown, path: string, out: Cause[]) => void

/** The checks of one schema node about its own value (not its members or items). */
export const valueChecks = (schema: StructuralSchema): ValueCheck[] => [
  ...(typesOf(schema).length === 0 ? [] : [typeCheck(typesOf(schema), schema.format)]),
  ...stringChecks(schema),
  ...numberChecks(schema),
  ...(schema.enum === undefined ? [] : [enumCheck(schema.enum)]),
]

/** The JSON types that a node admits; [] admits all. */
export const typesOf = (schema: StructuralSchema): string[] => {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string']
  return schema.type === undefined ? [] : [schema.type]
}

export const typeOfValue = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** Whether a value is of one of the types; every integer is a number. */
export const isOfType = (types: string[], value: unknown): boolean => {
  const actual = typeOfValue(value)
  return types.length === 0 || types.includes(actual) || (actual === 'integer' && types.includes('number'))
}

const typeCheck = (types: string[], format: string | undefined): ValueCheck => (value, path, out) => {
  if (isOfType(types, value)) return
  if (format !== undefined && typeof value === 'number') {
    // Where a format is wanted, a number is named by its format too.
    out.push(typeCause(path, Number.isInteger(value) ? 'int64' : 'float64', format))
    return
  }
  out.push(typeCause(path, typeOfValue(value), types.join(',')))
  // A fraction where a whole number belongs is refused a second time, by the format.
  if (types.length === 1 && types[0] === 'integer' && typeof value === 'number') {
    out.push(invalidCause(nowhere, '', `Checked value must be of type integer (default format) in ${path}`))
  }
}

const stringChecks = (schema: StructuralSchema): ValueCheck[] => {
  const { minLength, maxLength, pattern } = schema
  const format = formatCheck(schema.format)
  type TextCheck = (text: string, path: string) => Cause | undefined
  const checks: TextCheck[] = []
  if (maxLength !== undefined) checks.push((text, path) => (isLonger(text, maxLength) ? tooLongCause(path, maxLength) : undefined))
  if (minLength !== undefined) checks.push((text, path) =>
    isLonger(text, minLength - 1) ? undefined : invalidCause(path, text, `${path} in body should be at least ${minLength} chars long`))
  if (pattern !== undefined) checks.push((text, path) =>
    toRegExp(pattern).test(text) ? undefined : invalidCause(path, text, `${path} in body should match '${pattern}'`))
  // Only the first of these is told; the format is looked at in any case.
  const shape: ValueCheck = (value, path, out) => {
    if (typeof value !== 'string') return
    for (const check of checks) {
      const cause = check(value, path)
      if (cause !== undefined) return void out.push(cause)
    }
  }
  const formed: ValueCheck = (value, path, out) => {
    if (typeof value === 'string' && format?.(value) === false) out.push(typeCause(path, value, schema.format ?? ''))
  }
  return [...(checks.length === 0 ? [] : [shape]), ...(format === undefined ? [] : [formed])]
}

/** Length is counted in characters, not in UTF-16 units. */
const isLonger = (text: string, limit: number): boolean => {
  if (text.length <= limit) return false
  let count = 0
  for (const _ of text) {
    count += 1
    if (count > limit) return true
  }
  return false
}

const numberChecks = (schema: StructuralSchema): ValueCheck[] => {
  const { multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum, format } = schema
  const checks: ((value: number, path: string, out: Cause[]) => void)[] = []
  const limit = (fails: (value: number) => boolean, words: string) =>
    checks.push((value, path, out) => {
      if (fails(value)) out.push(invalidCause(path, value, `${path} in body should be ${words}`))
    })
  if (multipleOf !== undefined) limit((value) => !isMultiple(value, multipleOf), `a multiple of ${multipleOf}`)
  if (maximum !== undefined) {
    if (exclusiveMaximum === true) limit((value) => value >= maximum, `less than ${maximum}`)
    else limit((value) => value > maximum, `less than or equal to ${maximum}`)
  }
  if (minimum !== undefined) {
    if (exclusiveMinimum === true) limit((value) => value <= minimum, `greater than ${minimum}`)
    else limit((value) => value < minimum, `greater than or equal to ${minimum}`)
  }
  if (schema.type === 'integer') {
    const kind = format === 'int32' || format === 'int64' ? `with format ${format}` : '(default format)'
    checks.push((value, path, out) => {
      if (Number.isInteger(value) && !fitsIntegerFormat(format, value)) {
        out.push(invalidCause(nowhere, '', `Checked value must be of type integer ${kind} in ${path}`))
      }
    })
  }
  if (checks.length === 0) return []
  return [(value, path, out) => {
    if (typeof value === 'number') for (const check of checks) check(value, path, out)
  }]
}

const isMultiple = (value: number, factor: number): boolean => {
  const quotient = value / factor
  return Math.abs(quotient - Math.round(quotient)) < 1e-9
}

const enumCheck = (allowed: unknown[]): ValueCheck => {
  const scalars = new Set(allowed.filter((value) => typeof value !== 'object'))
  return (value, path, out) => {
    if (scalars.has(value) || allowed.some((each) => jsonEqual(each, value))) return
    out.push(notSupportedCause(path, value, allowed))
  }
}
