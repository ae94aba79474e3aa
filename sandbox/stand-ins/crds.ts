import type { StructuralSchema } from '../../crds/structural-schema.ts'

export type Column = { name: string; type: string; jsonPath: string; priority?: number }

export type CrdInput = {
  group: string
  version: string
  kind: string
  plural: string
  singular?: string
  cluster?: true
  shortNames?: string[]
  categories?: string[]
  columns?: Column[]
  status?: true
  schema?: StructuralSchema
  /** Where a group of Kubernetes' own was approved, without which no API server takes it. */
  approved?: string
}

export const text: StructuralSchema = { type: 'string' }
export const whole: StructuralSchema = { type: 'integer' }
export const flag: StructuralSchema = { type: 'boolean' }
export const names: StructuralSchema = { type: 'object', additionalProperties: text }
export const quantitySchema: StructuralSchema = { 'x-kubernetes-int-or-string': true }
/** An object of which we model nothing: it is kept as it comes. */
export const anything: StructuralSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

export const listOf = (items: StructuralSchema): StructuralSchema => ({ type: 'array', items })

/** An object with some fields known and the rest kept. */
export const open = (properties: Record<string, StructuralSchema>, required: string[] = []): StructuralSchema => ({
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
  properties,
  ...(required.length === 0 ? {} : { required }),
})

export const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

/** A CustomResourceDefinition of one version. */
export const crd = (input: CrdInput) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${input.plural}.${input.group}`,
    ...(input.approved === undefined ? {} : { annotations: { 'api-approved.kubernetes.io': input.approved } }),
  },
  spec: {
    group: input.group,
    scope: input.cluster === true ? 'Cluster' : 'Namespaced',
    names: {
      kind: input.kind,
      listKind: `${input.kind}List`,
      plural: input.plural,
      singular: input.singular ?? input.kind.toLowerCase(),
      ...(input.shortNames === undefined ? {} : { shortNames: input.shortNames }),
      ...(input.categories === undefined ? {} : { categories: input.categories }),
    },
    versions: [
      {
        name: input.version,
        served: true,
        storage: true,
        ...(input.status === undefined ? {} : { subresources: { status: {} } }),
        ...(input.columns === undefined ? {} : { additionalPrinterColumns: input.columns }),
        schema: {
          openAPIV3Schema: {
            type: 'object' as const,
            ...(input.schema?.required === undefined ? {} : { required: input.schema.required }),
            properties: { apiVersion: text, kind: text, metadata: { type: 'object' as const }, spec: anything, status: anything, ...input.schema?.properties },
          } satisfies StructuralSchema,
        },
      },
    ],
  },
})

