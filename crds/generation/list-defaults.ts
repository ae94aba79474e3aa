import type { StructuralSchema } from '../structural-schema.ts'

/**
 * Defaults inside lists. Client-side apply, and what compares as it does, takes a list of a custom resource as one value: an item that the API
 * server has filled in is another than the manifest's, so that every apply would write the list again and say `configured`. One line each.
 */
export const listDefaults = (schema: StructuralSchema, path: string, inList = false): string[] => [
  ...inList && schema.default !== undefined ? [`${path}: a default inside a list makes every client-side apply a change: make the field optional and say what it stands for left out`] : [],
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => listDefaults(child, `${path}.${name}`, inList)),
  ...schema.items === undefined ? [] : listDefaults(schema.items, `${path}[]`, true),
  ...typeof schema.additionalProperties === 'object' ? listDefaults(schema.additionalProperties, `${path}{}`, inList) : [],
]
