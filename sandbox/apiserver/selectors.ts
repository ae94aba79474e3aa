import { badRequest } from './errors.ts'
import type { AnyObject, ServedResource } from './resource.ts'

/** Whether an object is selected. */
export type Selector = (object: AnyObject) => boolean

type Requirement = { key: string; operator: 'in' | 'notin' | 'exists' | 'absent' | 'gt' | 'lt'; values: string[] }

/** A label selector as a query parameter writes it: `a=b,c!=d,e in (f,g),h,!i`. Throws 400. */
export const parseLabelSelector = (text: string): Selector => {
  const requirements = splitSelector(text).map((part) => parseRequirement(part, text))
  return (object) => {
    const labels = (object.metadata['labels'] ?? {}) as Record<string, string>
    return requirements.every((requirement) => matches(requirement, labels[requirement.key]))
  }
}

/** A field selector: `metadata.name=a,status.phase!=Running`. Only fields that the resource declares can be asked for. */
export const parseFieldSelector = (text: string, resource: ServedResource): Selector => {
  const terms = splitSelector(text).map((part) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/s.exec(part)
    if (match === null) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`)
    const [, field = '', operator, value = ''] = match
    const known = ['metadata.name', ...(resource.namespaced ? ['metadata.namespace'] : []), ...(resource.selectableFields ?? [])]
    if (!known.includes(field)) throw badRequest(unknownField(field, known, resource))
    return { path: field.split('.'), equal: operator !== '!=', value: value.replace(/\\([\\,=])/g, '$1') }
  })
  return (object) => terms.every(({ path, equal, value }) => (fieldText(object, path) === value) === equal)
}

const unknownField = (field: string, known: string[], { custom, selectableFields }: ServedResource): string =>
  custom || (selectableFields ?? []).length > 0
    ? `field label not supported: ${field}`
    : `${JSON.stringify(field)} is not a known field selector: only ${known.map((each) => JSON.stringify(each)).join(', ')}`

const fieldText = (object: AnyObject, path: string[]): string => {
  let value: unknown = object
  for (const step of path) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined
  return value === undefined || value === null ? '' : String(value)
}

/** Splits at commas outside parentheses that no backslash guards. */
const splitSelector = (text: string): string[] => {
  const parts: string[] = []
  let depth = 0
  let current = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    if (char === '\\') current += char + (text[++i] ?? '')
    else if (char === ',' && depth === 0) {
      parts.push(current)
      current = ''
    } else {
      if (char === '(') depth++
      if (char === ')') depth--
      current += char
    }
  }
  return [...parts, current].map((part) => part.trim()).filter((part) => part !== '')
}

const labelKey = String.raw`(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?/)?[a-zA-Z0-9](?:[-_.a-zA-Z0-9]*[a-zA-Z0-9])?`
const equality = new RegExp(`^(${labelKey})\\s*(==|=|!=)\\s*([-_.a-zA-Z0-9]*)$`)
const membership = new RegExp(`^(${labelKey})\\s+(in|notin)\\s*\\(([-_.,\\sa-zA-Z0-9]*)\\)$`)
const comparison = new RegExp(`^(${labelKey})\\s*(>|<)\\s*(-?\\d+)$`)
const existence = new RegExp(`^(!?)\\s*(${labelKey})$`)

const parseRequirement = (part: string, whole: string): Requirement => {
  const equals = equality.exec(part)
  if (equals) return { key: equals[1] ?? '', operator: equals[2] === '!=' ? 'notin' : 'in', values: [equals[3] ?? ''] }
  const member = membership.exec(part)
  if (member) {
    const values = (member[3] ?? '').split(',').map((value) => value.trim())
    return { key: member[1] ?? '', operator: member[2] as 'in' | 'notin', values }
  }
  const compare = comparison.exec(part)
  if (compare) return { key: compare[1] ?? '', operator: compare[2] === '>' ? 'gt' : 'lt', values: [compare[3] ?? ''] }
  const exists = existence.exec(part)
  if (exists) return { key: exists[2] ?? '', operator: exists[1] === '!' ? 'absent' : 'exists', values: [] }
  throw badRequest(`unable to parse requirement: ${JSON.stringify(part)} in selector ${JSON.stringify(whole)}`)
}

const matches = ({ operator, values }: Requirement, value: string | undefined): boolean => {
  if (operator === 'exists') return value !== undefined
  if (operator === 'absent') return value === undefined
  if (operator === 'notin') return value === undefined || !values.includes(value)
  if (value === undefined) return false
  if (operator === 'in') return values.includes(value)
  const wanted = Number(values[0])
  return /^-?\d+$/.test(value) && (operator === 'gt' ? Number(value) > wanted : Number(value) < wanted)
}
