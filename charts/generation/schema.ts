/** What we use of JSON Schema in `values.schema.json`. */
export type ValuesSchema = {
  type?: string
  description?: string
  default?: unknown
  enum?: readonly unknown[]
  properties?: Readonly<Record<string, ValuesSchema>>
}

/** A value as users set it. */
export type Value = { path: string; schema: ValuesSchema }

/** Every value of a schema, in its order, without what is Helm's own. */
export const settable = (schema: ValuesSchema): [name: string, schema: ValuesSchema][] =>
  Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'global')

/** Values that are not made of others. */
export const leavesOf = (schema: ValuesSchema, path = ''): Value[] => settable(schema).flatMap(([name, child]) => {
  const at = path === '' ? name : `${path}.${name}`
  return isLeaf(child) ? [{ path: at, schema: child }] : leavesOf(child, at)
})

export const isLeaf = (schema: ValuesSchema): boolean => 'default' in schema
