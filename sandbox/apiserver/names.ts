/** The rules of names, with the messages of a real API server. Each returns what is wrong, nothing when all is well. */

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const namePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

/** DNS-1123 subdomain: the name of nearly everything. */
export const subdomainProblems = (name: string): string[] => [
  ...tooLong(name, 253, 'characters'),
  ...unless(
    subdomain.test(name),
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
      + String.raw`character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  ),
]

/** DNS-1123 label: namespaces and services. */
export const labelProblems = (name: string): string[] => [
  ...tooLong(name, 63, 'characters'),
  ...unless(
    label.test(name),
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character "
      + "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ),
]

/** What may stand in a URL: the names of RBAC objects. */
export const pathSegmentProblems = (name: string): string[] => [
  ...unless(name !== '.' && name !== '..', `may not be '${name}'`),
  ...unless(!name.includes('/'), "may not contain '/'"),
  ...unless(!name.includes('%'), "may not contain '%'"),
]

/** Keys that were found to be fine: the same few come with every write. */
const fineKeys = new Set<string>()
const MOST_FINE_KEYS = 4096

/** Keys of labels, annotations and finalizers: `[prefix/]name`. */
export const qualifiedNameProblems = (key: string): string[] => {
  if (fineKeys.has(key)) return []
  const problems = problemsOfKey(key)
  if (problems.length === 0 && fineKeys.size < MOST_FINE_KEYS) fineKeys.add(key)
  return problems
}

const problemsOfKey = (key: string): string[] => {
  const parts = key.split('/')
  if (parts.length > 2) {
    return [
      "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') "
        + "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ]
  }
  const name = parts.at(-1) ?? ''
  const prefix = parts.length === 2 ? (parts[0] ?? '') : undefined
  return [
    ...(prefix === '' ? ['prefix part must be non-empty'] : []),
    ...(prefix ? subdomainProblems(prefix).map((problem) => `prefix part ${problem}`) : []),
    ...unless(name !== '', 'name part must be non-empty'),
    ...tooLong(name, 63).map((problem) => `name part ${problem}`),
    ...unless(
      namePart.test(name),
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ),
  ]
}

export const labelValueProblems = (value: string): string[] => [
  ...tooLong(value, 63),
  ...unless(
    labelValue.test(value),
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
      + "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ),
]

const unless = (fine: boolean, message: string): string[] => (fine ? [] : [message])

/** Names of objects are counted in characters, keys and values of labels in bytes: all of them are ASCII when they are valid. */
const tooLong = (text: string, limit: number, unit: 'bytes' | 'characters' = 'bytes'): string[] =>
  unless(Buffer.byteLength(text) <= limit, `must be no more than ${limit} ${unit}`)
