import { ageOf } from './age.ts'
import { builtinColumns } from './builtin/columns.ts'
import { findByPath } from './json-path.ts'
import { bucketOf } from './registry.ts'
import type { AnyObject, PrinterColumn, ServedResource } from './resource.ts'

type ColumnDefinition = { name: string; type: string; format: string; description: string; priority: number }

/** How much of each object a table's rows carry. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

/** A `meta.k8s.io/v1` Table of objects, as kubectl prints them. `now` in milliseconds since the epoch turns dates into ages. */
export const tableOf = (
  resource: ServedResource,
  objects: AnyObject[],
  metadata: Record<string, unknown>,
  { includeObject, now, headers = true }: { includeObject: IncludeObject; now: number; headers?: boolean },
) => ({
  kind: 'Table',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
  columnDefinitions: headers ? columnDefinitions(resource) : null,
  rows: objects.map((object) => ({
    cells: cellsOf(resource, object, now),
    ...(includeObject === 'None' ? {} : { object: includeObject === 'Object' ? object : partialMetadata(object) }),
  })),
})

/** An object as `meta.k8s.io/v1` PartialObjectMetadata. */
export const partialMetadata = ({ metadata }: AnyObject) => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata })

const nameColumn: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  jsonPath: '.metadata.name',
}

const ageColumn: PrinterColumn = { name: 'Age', type: 'date', description: 'When the object was created.', jsonPath: '.metadata.creationTimestamp' }

const definitionOf = ({ name, type, format, description, priority }: PrinterColumn): ColumnDefinition => ({
  name,
  type,
  format: format ?? '',
  description: description ?? '',
  priority: priority ?? 0,
})

const columnsOf = (resource: ServedResource): PrinterColumn[] => [nameColumn, ...(resource.columns.length > 0 ? resource.columns : [ageColumn])]

const columnDefinitions = (resource: ServedResource): ColumnDefinition[] => {
  const builtin = resource.custom ? undefined : builtinColumns.get(bucketOf(resource))
  return builtin === undefined ? columnsOf(resource).map(definitionOf) : builtin.columns.map(definitionOf)
}

const cellsOf = (resource: ServedResource, object: AnyObject, now: number): unknown[] => {
  const builtin = resource.custom ? undefined : builtinColumns.get(bucketOf(resource))
  return builtin === undefined ? columnsOf(resource).map((column) => cellOf(column, object, now)) : builtin.cells(object, now)
}

const cellOf = ({ type, jsonPath }: PrinterColumn, object: AnyObject, now: number): unknown => {
  const [value] = findByPath(jsonPath, object)
  if (value === undefined) return null
  if (type === 'date') return ageOf(value, now)
  if (type === 'string') return typeof value === 'object' ? JSON.stringify(value) : String(value)
  if (type === 'boolean') return typeof value === 'boolean' ? value : null
  return typeof value === 'number' ? (type === 'integer' ? Math.trunc(value) : value) : null
}
