import type { StructuralSchema } from '../../../crds/structural-schema.ts'

const text = (description: string): StructuralSchema => ({ type: 'string', description })
const texts = (description: string): StructuralSchema => ({ type: 'object', description, additionalProperties: { type: 'string' } })
const time = (description: string): StructuralSchema => ({ type: 'string', format: 'date-time', description })

const ownerReference: StructuralSchema = {
  type: 'object',
  description: 'A reference to an object in the same namespace, or cluster-scoped, that owns this one.',
  required: ['apiVersion', 'kind', 'name', 'uid'],
  properties: {
    apiVersion: text('API version of the owner.'),
    kind: text('Kind of the owner.'),
    name: text('Name of the owner.'),
    uid: text('UID of the owner.'),
    controller: { type: 'boolean', description: 'Whether the owner is the managing controller.' },
    blockOwnerDeletion: { type: 'boolean', description: 'Whether a foreground deletion of the owner waits for this object.' },
  },
  'x-kubernetes-map-type': 'atomic',
}

const managedFieldsEntry: StructuralSchema = {
  type: 'object',
  description: 'The fields that one manager owns.',
  properties: {
    manager: text('Who owns the fields.'),
    operation: text('Apply or Update.'),
    apiVersion: text('The version in which the fields are named.'),
    time: time('When the entry last changed.'),
    fieldsType: text('FieldsV1.'),
    fieldsV1: { type: 'object', description: 'The set of fields.', 'x-kubernetes-preserve-unknown-fields': true },
    subresource: text('The subresource through which the fields were written.'),
  },
}

/** The schema of `metadata`, the same for every kind, with the list types that server-side apply merges by. */
export const objectMetaSchema: StructuralSchema = {
  type: 'object',
  description: 'Standard object metadata.',
  properties: {
    name: text('Unique within a namespace. Cannot be updated.'),
    generateName: text('A prefix from which the server makes a unique name where none is given.'),
    namespace: text('The space within which the name must be unique. Cannot be updated.'),
    selfLink: text('Deprecated; never filled in.'),
    uid: text('Unique in time and space, set by the server on creation.'),
    resourceVersion: text('Opaque version of the stored object, for optimistic concurrency and watches.'),
    generation: { type: 'integer', format: 'int64', description: 'Raised by the server whenever the desired state changes.' },
    creationTimestamp: time('When the server created the object.'),
    deletionTimestamp: time('When the object will be deleted; set by the server on a graceful deletion.'),
    deletionGracePeriodSeconds: { type: 'integer', format: 'int64', description: 'Seconds allowed for a graceful termination.' },
    labels: texts('Keys and values by which objects are organised and selected.'),
    annotations: texts('Unstructured keys and values that tools keep with the object.'),
    ownerReferences: {
      type: 'array',
      description: 'Objects that this one depends on: when all of them are gone, it is garbage collected.',
      items: ownerReference,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-merge-key': 'uid',
      'x-kubernetes-patch-strategy': 'merge',
    },
    finalizers: {
      type: 'array',
      description: 'Must be empty before the object leaves the registry: each names a component that removes its own entry.',
      items: { type: 'string' },
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
    },
    managedFields: {
      type: 'array',
      description: 'Which manager owns which fields; kept by the server for server-side apply.',
      items: managedFieldsEntry,
      'x-kubernetes-list-type': 'atomic',
    },
  },
}

export const apiVersionSchema = text(
  'The versioned schema of this representation of an object. Servers convert recognised schemas to the latest internal value.',
)
export const kindSchema = text('The REST resource that this object represents. Cannot be updated. In CamelCase.')

const completed = new WeakMap<StructuralSchema, StructuralSchema>()

/** The schema of a whole object (or of an embedded one) with `apiVersion`, `kind` and `metadata` filled in. The same answer for the same schema. */
export const withObjectMeta = (schema: StructuralSchema): StructuralSchema => {
  const known = completed.get(schema)
  if (known !== undefined) return known
  const full: StructuralSchema = {
    ...schema,
    properties: { ...schema.properties, apiVersion: apiVersionSchema, kind: kindSchema, metadata: objectMetaSchema },
  }
  completed.set(schema, full)
  completed.set(full, full)
  return full
}

/** The schema to walk a value by: an embedded resource has the type and object metadata of every object. */
export const effectiveSchema = (schema: StructuralSchema): StructuralSchema =>
  schema['x-kubernetes-embedded-resource'] === true ? withObjectMeta(schema) : schema
