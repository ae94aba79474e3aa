import { elementOf, type FieldType, FieldTypeError, type ListType, memberType, partFor } from './field-types.ts'

type Members = Record<string, unknown>

/**
 * Complaints about a value that its type cannot hold, as server-side apply says them: `.spec.foo: field not declared in schema`.
 *
 * @param allowDuplicates - true for stored objects: a list that should be a map may hold a key twice there.
 */
export const typeErrors = (type: FieldType, value: unknown, allowDuplicates: boolean, path = ''): string[] => {
  if (value === null || value === undefined) return []
  const part = partFor(type, value)
  if (Array.isArray(value) && part.list !== undefined) return listErrors(part.list, value, allowDuplicates, path)
  if (typeof value === 'object' && !Array.isArray(value) && part.map !== undefined) {
    const map = part.map
    return Object.keys(value).flatMap((name) => {
      const child = memberType(map, name)
      return child === undefined
        ? [`${path}.${name}: field not declared in schema`]
        : typeErrors(child, (value as Members)[name], allowDuplicates, `${path}.${name}`)
    })
  }
  if (typeof value !== 'object' && part.scalar !== undefined && (part.scalar === 'any' || typeof value === part.scalar)) return []
  return [`${path}: expected ${expectation(part)}, got ${JSON.stringify(value)}`]
}

const expectation = (type: FieldType): string => {
  if (type.map !== undefined) return 'map'
  if (type.scalar === undefined) return 'list'
  return type.scalar === 'number' ? 'numeric (int or float)' : type.scalar
}

const listErrors = (type: ListType, list: unknown[], allowDuplicates: boolean, path: string): string[] => {
  const seen = new Set<string>()
  return list.flatMap((item, index) => {
    if (type.relation === 'atomic') return typeErrors(type.item, item, allowDuplicates, `${path}[${index}]`)
    try {
      const element = elementOf(type, item)
      if (seen.has(element) && !allowDuplicates) return [`${path}: duplicate entries for key ${elementText(element)}`]
      seen.add(element)
      return typeErrors(type.item, item, allowDuplicates, `${path}${elementText(element)}`)
    } catch (error) {
      if (error instanceof FieldTypeError) return [`${path}: element ${index}: ${error.message}`]
      throw error
    }
  })
}

const elementText = (element: string): string => {
  const rest = element.slice(2)
  if (element.startsWith('v:')) return `[=${rest}]`
  return `[${Object.entries(JSON.parse(rest) as Members).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`
}
