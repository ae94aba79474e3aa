import { badRequest, invalid } from './errors.ts'
import type { FieldValidation } from './schema/decode.ts'
import type { ResourceRequest } from './core.ts'

/** The options that every write takes in its query. */
export type WriteOptions = { dryRun: boolean; manager: string; givenManager: string | undefined; fieldValidation: FieldValidation }

/** @throws StatusError 422 for values that don't exist. */
export const writeOptions = ({ query, headers }: Pick<ResourceRequest, 'query' | 'headers'>, kind: string): WriteOptions => {
  const subject = { group: 'meta.k8s.io', plural: '', kind }
  const dryRun = query.getAll('dryRun').filter((value) => value !== '')
  const wrong = dryRun.find((value) => value !== 'All')
  if (wrong !== undefined) throw invalid(subject, '', [unsupported('dryRun', dryRun, ['All'])])
  const fieldValidation = query.get('fieldValidation') ?? ''
  if (!['', 'Strict', 'Warn', 'Ignore'].includes(fieldValidation)) {
    throw invalid(subject, '', [unsupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn'])])
  }
  const givenManager = query.get('fieldManager') ?? undefined
  return {
    dryRun: dryRun.length > 0,
    givenManager,
    manager: givenManager || managerOf(headers['user-agent']),
    fieldValidation: (fieldValidation || 'Warn') as FieldValidation,
  }
}

const unsupported = (field: string, value: unknown, known: string[]) => ({
  field,
  reason: 'FieldValueNotSupported' as const,
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${known.map((each) => JSON.stringify(each)).join(', ')}`,
})

/** A manager that isn't named is the first part of the User-Agent. */
const managerOf = (agent: string | undefined): string => (agent ?? '').split('/')[0]?.slice(0, 128) || 'unknown'

/** A whole number of a query parameter; undefined where it isn't given. Throws 400. */
export const integerOption = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}

/** A query parameter that is a yes or no; undefined where it isn't given. */
export const booleanOption = (query: URLSearchParams, name: string): boolean | undefined => {
  const text = query.get(name)
  return text === null ? undefined : text !== 'false' && text !== '0'
}

/** The revision a client names. Throws 400 where it is no number. */
export const parseRevision = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text)
  const message = `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`
  throw badRequest(`invalid resource version: resourceVersion: ${message}`)
}
