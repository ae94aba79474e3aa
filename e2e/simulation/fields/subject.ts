import type { Manifest } from './surroundings.ts'

/** One kind, and valid objects of it that are changed. */
export type Subject = {
  kind: string
  /** Whether a controller of the operator brings it about; else only admission is looked at. */
  hasController: boolean
  /** Specs that together have every property of the schema. */
  specs: readonly object[]
  /** What must be other in a second object of the same spec. */
  fresh: object
  /** What only this kind needs around it. */
  around: readonly Manifest[]
}

/** A kind that the operator serves, unless `more` says otherwise. */
export const subject = (kind: string, specs: readonly object[], more: Partial<Subject> = {}): Subject =>
  ({ kind, hasController: true, specs, fresh: {}, around: [], ...more })
