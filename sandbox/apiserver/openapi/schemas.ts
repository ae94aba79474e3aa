import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import type { ServedResource } from '../resource.ts'
import { apiVersionSchema, kindSchema, objectMetaSchema } from '../schema/metadata-schema.ts'
import { componentName, gvkOf, metaName } from './names.ts'

type Json = Record<string, unknown>

const gvkExtension = 'x-kubernetes-group-version-kind'

const listMeta: StructuralSchema = {
  type: 'object',
  description: 'Metadata of a list.',
  properties: {
    continue: { type: 'string', description: 'Where the next page begins; empty on the last one.' },
    remainingItemCount: { type: 'integer', format: 'int64', description: 'How many items follow this page, where that is known.' },
    resourceVersion: { type: 'string', description: 'The version that the list shows; watches go on from it.' },
    selfLink: { type: 'string', description: 'Deprecated; never filled in.' },
  },
}

/** The schemas of some resources by their published names. `prefix` is where references point: `#/components/schemas/` or `#/definitions/`. */
export const publishedSchemas = (
  resources: readonly ServedResource[],
  prefix: string,
  trim = (schema: StructuralSchema): StructuralSchema => schema,
): Json => {
  const reference = (name: string, description: string): Json =>
    prefix.startsWith('#/components') ? { allOf: [{ $ref: prefix + name }], default: {}, description } : { $ref: prefix + name, description }
  const meta = reference(metaName('ObjectMeta'), "Standard object's metadata.")
  const schemas = sharedSchemas(prefix, trim)
  for (const resource of resources) {
    const schema = trim(resource.schema)
    const object: Json = {
      ...schema,
      properties: { ...schema.properties, apiVersion: apiVersionSchema, kind: kindSchema, metadata: meta },
      [gvkExtension]: [gvkOf(resource)],
    }
    schemas[componentName(resource)] = object
    schemas[componentName(resource, 'List')] = listSchema(resource, prefix, reference)
  }
  return schemas
}

/** Object metadata refers to types with names of their own, so that clients can tell them. */
const sharedSchemas = (prefix: string, trim: (schema: StructuralSchema) => StructuralSchema): Json => {
  const meta = trim(objectMetaSchema)
  const { managedFields = {}, ownerReferences = {} } = meta.properties ?? {}
  const listOf = (list: StructuralSchema, name: string): Json => ({ ...list, items: { $ref: prefix + metaName(name) } })
  const entry = managedFields.items ?? {}
  return {
    [metaName('ObjectMeta')]: {
      ...meta,
      properties: {
        ...meta.properties,
        managedFields: listOf(managedFields, 'ManagedFieldsEntry'),
        ownerReferences: listOf(ownerReferences, 'OwnerReference'),
      },
    },
    [metaName('ManagedFieldsEntry')]: { ...entry, properties: { ...entry.properties, fieldsV1: { $ref: prefix + metaName('FieldsV1') } } },
    [metaName('FieldsV1')]: { type: 'object', description: 'A set of fields in the JSON format of structured merge.' },
    [metaName('OwnerReference')]: ownerReferences.items ?? {},
    [metaName('ListMeta')]: trim(listMeta),
  }
}

const listSchema = (resource: ServedResource, prefix: string, reference: (name: string, description: string) => Json): Json => ({
  description: `A list of ${resource.kind}.`,
  type: 'object',
  required: ['items'],
  properties: {
    apiVersion: apiVersionSchema,
    items: { description: `The objects.`, type: 'array', items: { $ref: prefix + componentName(resource) } },
    kind: kindSchema,
    metadata: reference(metaName('ListMeta'), 'Standard list metadata.'),
  },
  [gvkExtension]: [{ ...gvkOf(resource), kind: resource.listKind }],
})

/** OpenAPI 2 knows less: what it cannot say is left out, so that a client never refuses what the server takes. */
export const forVersion2 = (schema: StructuralSchema): StructuralSchema => {
  const { nullable, allOf, anyOf, oneOf, not, properties, items, additionalProperties, default: _, ...rest } = schema
  void [allOf, anyOf, oneOf, not]
  // A field that takes null has no type there; one that keeps unknown fields says nothing about them.
  if (nullable === true) return rest.description === undefined ? {} : { description: rest.description }
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true
  return {
    ...rest,
    ...(properties === undefined || open ? {} : { properties: mapValues(properties, forVersion2) }),
    ...(items === undefined ? {} : { items: forVersion2(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: forVersion2(additionalProperties) } : {}),
  }
}

const mapValues = <T>(record: Record<string, T>, change: (value: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
