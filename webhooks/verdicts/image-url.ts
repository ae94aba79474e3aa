import ipaddr from 'ipaddr.js'

/**
 * Why an image may not be fetched from a URL, as what follows the URL in a sentence; undefined when it may. Looks at the literal URL only: a name
 * that resolves to an address inside the platform is stopped by the importer's egress policy.
 *
 * @param schemes - that this kind of source takes, for example `['http', 'https']`.
 * @param allowed - URL prefixes inside the platform that the operator allows all the same.
 * @param ranges - blocks of public addresses that are the platform's own.
 */
export const imageURLProblem = (
  text: string, schemes: readonly string[], allowed: readonly string[], ranges: readonly string[] = [],
): string | undefined => {
  if (/[^\x21-\x7e]|\\/.test(text)) return 'has blanks, backslashes or letters beyond ASCII: write it in its encoded form'
  const url = parse(text)
  if (url === undefined) return `is not a whole URL: write for example ${schemes.at(-1)}://example.com/disk`
  if (!schemes.includes(schemeOf(text))) return `must begin with ${schemes.map(scheme => `${scheme}://`).join(' or ')}`
  if (url.username !== '' || url.password !== '' || text.split('/')[2]?.includes('@') === true) return 'holds credentials: use secretRef where there is one'
  if (isAllowedSource(text, allowed)) return undefined
  if (schemes.includes('docker') && isShort(url.host)) return `names no registry, which for Docker Hub is ${hubExample}: ${wayOut}`
  const problem = hostProblem(url.hostname, ranges)
  return problem === undefined ? undefined : `is refused, for ${problem}: ${wayOut}`
}

/** Whether the operator has allowed a URL although it may lie inside the platform. */
export const isAllowedSource = (text: string, allowed: readonly string[]): boolean => {
  const url = parse(text)
  return url !== undefined && allowed.some(prefix => isUnder(text, url, prefix))
}

const wayOut = 'use a public address, or have the platform team allow this source'

/** What container engines take for a repository of Docker Hub. */
const isShort = (host: string): boolean => !/[.:]/.test(host) && host !== 'localhost'

const hubExample = 'docker://docker.io/library/debian:12'

const schemeOf = (text: string): string => text.slice(0, text.indexOf(':')).toLowerCase()

/** Browsers' rules bring every spelling of an IPv4 address (decimal, octal, hexadecimal, short) to dotted decimal, but for web schemes only. */
const parse = (text: string): URL | undefined => {
  const scheme = schemeOf(text)
  const web = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? `https://${text.slice(scheme.length + 3)}` : undefined
  return web === undefined || !URL.canParse(web) ? undefined : new URL(web)
}

/** Same scheme, host and port, and a path below the prefix's, told apart at slashes. */
const isUnder = (text: string, url: URL, prefix: string): boolean => {
  const base = parse(prefix)
  if (base === undefined || schemeOf(text) !== schemeOf(prefix) || url.host !== base.host) return false
  const folder = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`
  return !/%2e|%2f/i.test(url.pathname) && (url.pathname === base.pathname || url.pathname.startsWith(folder))
}

const hostProblem = (host: string, ranges: readonly string[]): string | undefined => {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  if (ipaddr.isValid(address)) return addressProblem(address, ranges)
  const name = host.replace(/\.+$/, '').toLowerCase()
  if (name === '' || !/^[a-z0-9_.-]+$/.test(name)) return `${host} is not a host name`
  if (!name.includes('.')) return `${name} has no domain, so it would be looked up inside the platform`
  return insideNames.some(inside => name === inside || name.endsWith(`.${inside}`)) ? `${name} is a name inside the platform` : undefined
}

const insideNames = ['localhost', 'local', 'localdomain', 'internal', 'intranet', 'lan', 'home.arpa', 'svc', 'cluster.local', 'pod', 'default', 'kube-system']

/**
 * What is wrong with an address that something is to be fetched from; undefined for a public one.
 *
 * Only plain global unicast passes, in IPv6 that is 2000::/3: mapped, compatible, translated and tunnelled forms of inner IPv4 addresses
 * have ranges of their own or lie outside.
 */
export const addressProblem = (address: string, ranges: readonly string[]): string | undefined => {
  const parsed = ipaddr.parse(address)
  const range = parsed.range()
  if (range !== 'unicast') return `${address} is a ${rangeNames[range] ?? range} address`
  if (ranges.some(range => isWithin(parsed, range))) return `${address} is an address of the platform`
  return parsed.kind() === 'ipv6' && ((parsed.toByteArray()[0] ?? 0) & 0xe0) !== 0x20 ? `${address} is not a global address` : undefined
}

const isWithin = (address: ipaddr.IPv4 | ipaddr.IPv6, range: string): boolean => {
  const [block, length] = ipaddr.parseCIDR(range)
  return address.kind() === block.kind() && address.match(block, length)
}

const rangeNames: Record<string, string> = {
  linkLocal: 'link-local',
  uniqueLocal: 'private',
  ipv4Mapped: 'IPv4-mapped',
  rfc6145: 'translated',
  rfc6052: 'translated',
  '6to4': 'tunnelled',
  teredo: 'tunnelled',
  carrierGradeNat: 'carrier-grade NAT',
}
