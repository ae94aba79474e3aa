/** Where a value is in an object: names of members and indexes of items. */
export type Path = readonly (string | number)[]

/** Stands for a member that is not there, which `undefined` inside JSON could be taken for. */
export const absent = Symbol('absent')

/** What is at `path`; undefined where nothing is. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((parent, step) => (parent !== null && typeof parent === 'object' && Object.hasOwn(parent, step)
    ? (parent as Record<string | number, unknown>)[step] : undefined), value)

/** A copy with `next` at `path`, or without what is there where `next` is {@link absent}. The parents must be there. */
export const withValueAt = (value: unknown, path: Path, next: unknown): unknown => {
  const [step, ...rest] = path
  if (step === undefined) return next
  const parent = value as Record<string | number, unknown>
  const child = rest.length === 0 ? next : withValueAt(parent[step], rest, next)
  if (Array.isArray(value)) return child === absent ? value.toSpliced(step as number, 1) : value.with(step as number, child)
  const { [step]: _, ...others } = parent
  return child === absent ? others : Object.fromEntries([...Object.entries(parent).filter(([name]) => name !== step), [step, child]])
}

/** As API servers write it: `spec.blockDevices[0].size`. */
export const pathText = (path: Path): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`)).join('')

/** The same without indexes, which is what a schema knows: `spec.blockDevices[].size`. */
export const schemaPathText = (path: Path): string => pathText(path).replace(/\[\d+\]/g, '[]')
