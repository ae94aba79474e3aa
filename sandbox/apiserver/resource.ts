import type { ResourceType } from '../../crds/kubernetes.ts'
import type { StructuralSchema } from '../../crds/structural-schema.ts'

/** An object on its way through the server. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type AnyObject = {
  apiVersion: string
  kind: string
  metadata: Record<string, unknown> & { name?: string; namespace?: string }
  [field: string]: unknown
}

export type PrinterColumn = {
  name: string
  type: string
  format?: string
  description?: string
  priority?: number
  jsonPath: string
}

/** One resource that the server serves in one version, built in or from a CustomResourceDefinition. */
export type ServedResource = ResourceType & {
  singular: string
  shortNames: string[]
  categories: string[]
  listKind: string
  verbs: string[]
  /** Structural schema of the whole object. Built-in kinds have one too: it carries merge keys and descriptions. */
  schema: StructuralSchema
  hasStatus: boolean
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string }
  columns: PrinterColumn[]
  /** True for CustomResourceDefinition-backed kinds: pruned, defaulted, CEL-validated, no strategic merge. */
  custom: boolean
  /** Changes to these top-level fields raise metadata.generation; undefined = every field but metadata and status. */
  generationFields?: string[]
  /** Extra checks of a built-in kind; returns causes as the API server's Status has them. */
  validate?: (object: AnyObject, old?: AnyObject) => Cause[]
  /** Server-side fill-in of a built-in kind (Secret stringData, Service defaults, Namespace status …). */
  prepare?: (object: AnyObject, old?: AnyObject) => void
  /** Label/field selector fields beyond metadata.name and metadata.namespace, for example `status.phase`. */
  selectableFields?: string[]
}

export type Cause = { field: string; reason: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueNotSupported' | 'FieldValueDuplicate' | 'FieldValueTypeInvalid' | 'FieldValueForbidden' | 'FieldValueTooLong' | 'FieldValueTooMany'; message: string }
