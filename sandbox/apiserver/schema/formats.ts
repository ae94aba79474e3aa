import { isIP, isIPv4, isIPv6 } from 'node:net'

const matches = (pattern: RegExp) => (text: string) => pattern.test(text)
const uuid = (version: string) =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i'))

const hostname = matches(/^([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])(\.([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]))*$/)
const shortName = matches(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
const longName = matches(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)

const isCidr = (text: string): boolean => {
  const [address = '', length = '', ...rest] = text.split('/')
  const bits = isIPv4(address) ? 32 : 128
  return rest.length === 0 && isIP(address) !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= bits
}

const isDateTime = (text: string): boolean => {
  const match = /^(\d{4}-\d{2}-\d{2})[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.exec(text)
  return match !== null && isDate(match[1] ?? '') && !Number.isNaN(Date.parse(text.toUpperCase().replace(' ', 'T')))
}

const isDate = (text: string): boolean => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text)
}

const isUri = (text: string): boolean => text.startsWith('/') || URL.canParse(text)

/** The string formats that the API server checks; it ignores all others. */
const checks: Record<string, (text: string) => boolean> = {
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  cidr: isCidr,
  date: isDate,
  'date-time': isDateTime,
  datetime: isDateTime,
  duration: matches(/^([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w)?\s*)+$/),
  email: matches(/^[^\s@<>()]+@[^\s@<>()]+$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  hostname,
  ipv4: isIPv4,
  ipv6: isIPv6,
  'k8s-long-name': (text) => text.length <= 253 && longName(text),
  'k8s-short-name': (text) => text.length <= 63 && shortName(text),
  mac: matches(/^([0-9a-fA-F]{2}([:-])([0-9a-fA-F]{2}\2){4}[0-9a-fA-F]{2}|([0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4})$/),
  uri: isUri,
  uuid: uuid('[0-9a-f]'),
  uuid3: uuid('3'),
  uuid4: uuid('4'),
  uuid5: uuid('5'),
}

/** The check of a string format, or undefined where the server checks nothing. */
export const formatCheck = (format: string | undefined): ((text: string) => boolean) | undefined =>
  format !== undefined && Object.hasOwn(checks, format) ? checks[format] : undefined

const int32 = 2 ** 31

/** Whether a whole number fits its format. */
export const fitsIntegerFormat = (format: string | undefined, value: number): boolean =>
  format === 'int32' ? value >= -int32 && value < int32 : Math.abs(value) < 2 ** 63

const classes: Record<string, string> = {
  alnum: 'a-zA-Z0-9', alpha: 'a-zA-Z', digit: '0-9', lower: 'a-z', upper: 'A-Z', space: '\\s', word: '\\w', xdigit: '0-9a-fA-F', punct: '!-\\/:-@\\[-`{-~',
}

const patterns = new Map<string, RegExp>()

/** A pattern of RE2's syntax as JavaScript's: classes by name, `\A`, `\z`, named groups, leading flags. Throws SyntaxError for what is neither. */
export const toRegExp = (pattern: string): RegExp => {
  const known = patterns.get(pattern)
  if (known !== undefined) return known
  const flags = /^\(\?([ims]+)\)/.exec(pattern)
  const source = (flags === null ? pattern : pattern.slice(flags[0].length))
    .replace(/\[:(\w+):\]/g, (whole, name: string) => classes[name] ?? whole)
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    .replace(/\(\?P</g, '(?<')
  const made = withUnicode(source, flags?.[1] ?? '')
  patterns.set(pattern, made)
  return made
}

/** Unicode mode counts characters as RE2 does, but refuses needless escapes that RE2 takes. */
const withUnicode = (source: string, flags: string): RegExp => {
  try {
    return new RegExp(source, `${flags}u`)
  } catch {
    return new RegExp(source, flags)
  }
}
