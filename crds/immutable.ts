import { rule } from './fields.ts'
import type { ValidationRule } from './structural-schema.ts'

/**
 * Rules that hold a field still, for the object that the field is in. They stand at the parent because a transition rule on the
 * field itself is not evaluated when the field appears or goes away.
 */

/** For a required field. @param wayOut - what to do instead, for example `create a new Instance`. */
export const immutable = (field: string, wayOut: string): ValidationRule =>
  rule(`self.${field} == oldSelf.${field}`, `${field} is immutable: ${wayOut}`, { fieldPath: `.${field}` })

/** For an optional field: it may not change, appear or go away. */
export const immutableIfAny = (field: string, wayOut: string): ValidationRule =>
  rule(
    `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
    `${field} is immutable, also when it was left out: ${wayOut}`,
    { fieldPath: `.${field}` },
  )

/** Exactly one of these optional fields of one object must be given. */
export const exactlyOne = (fields: readonly string[], message: string): ValidationRule =>
  rule(`[${fields.map(field => `has(self.${field})`).join(', ')}].filter(given, given).size() == 1`, message)
