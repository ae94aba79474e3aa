import { type Cidr, containsAddress, containsCidr, formatAddress, overlaps, parseAddress, parseCidr } from '../../crds/cidr.ts'
import { type Answer, nameData, type Question, type ResponseCode, rcodes, recordTypes } from './message.ts'

/** The VPC that is answered for. */
export type Zone = {
  /** Labels of its domain: `prod`, `internal`. */
  domain: readonly string[]
  blocks: readonly Cidr[]
  /** Domains that are the platform's own business, as labels: nothing below them is asked for. */
  withheld: readonly (readonly string[])[]
}

export type Decision = { kind: 'answer'; answer: Answer } | { kind: 'refuse'; code: ResponseCode } | { kind: 'forward' }

/**
 * What becomes of a question. `ip-10-0-1-5` below the VPC's domain, and the way back, are answered from the name alone, as EC2 does: there is no
 * table, so that nothing lags, leaks or is another account's. What can only mean this network or the platform's (other private addresses, other
 * domains below `internal`, names of the cluster) is never asked of anybody. All else is the platform's resolver's.
 */
export const decide = ({ labels, type, class: of }: Question, zone: Zone): Decision => {
  if (of !== INTERNET || isMeta(type)) return { kind: 'refuse', code: rcodes.refused }
  if (endsWith(labels, zone.domain)) return answer(zone.domain.length, forwardRecord(labels.slice(0, -zone.domain.length), type, zone))
  const reverse = endsWith(labels, inAddrArpa) ? reverseOf(labels, type, zone) : undefined
  if (reverse !== undefined) return answer(reverse.zone, reverse.result)
  const kept = [...neverAsked, ...zone.withheld].find(domain => endsWith(labels, domain))
  return kept === undefined ? { kind: 'forward' } : answer(kept.length, 'missing')
}

/** The name's record; or no record of this type, of a name that there is; or no such name. */
type Result = { type: number; data: Uint8Array } | 'empty' | 'missing'

const answer = (zone: number, result: Result): Decision => ({
  kind: 'answer',
  answer: {
    zone, code: result === 'missing' ? rcodes.nameError : rcodes.noError, ...typeof result === 'string' ? {} : { record: result },
  },
})

const INTERNET = 1

/** What asks for more than a record: transfers, everything, and what is between two ends of a connection alone. */
const isMeta = (type: number): boolean => type === 0 || type === recordTypes.opt || (type >= 128 && type <= 255)

const forwardRecord = (host: readonly string[], type: number, { blocks }: Zone): Result => {
  if (host.length === 0) return 'empty'
  const [, digits] = /^ip-(\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})$/.exec(host.length === 1 ? host.join() : '') ?? []
  const address = digits === undefined ? undefined : parseAddress(digits.replaceAll('-', '.'))
  if (address === undefined || !blocks.some(block => containsAddress(block, address))) return 'missing'
  return type === recordTypes.a ? { type, data: Uint8Array.from(formatAddress(address).split('.').map(Number)) } : 'empty'
}

const inAddrArpa = ['in-addr', 'arpa']

/** Of a name below `in-addr.arpa`: whose addresses it is about decides. Undefined where they are somebody else's. */
const reverseOf = (labels: readonly string[], type: number, { blocks, domain }: Zone): { zone: number; result: Result } | undefined => {
  const host = labels.slice(0, -inAddrArpa.length)
  const octets = host.slice(-4).reverse()
  const count = octets.findIndex(octet => !/^(0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255)
  const known = octets.slice(0, count === -1 ? octets.length : count)
  const range: Cidr = { first: known.reduce((sum, octet, index) => sum + Number(octet) * 256 ** (3 - index), 0), prefixLength: known.length * 8 }
  const zone = inAddrArpa.length + Math.min(known.length, 2)
  if (blocks.some(block => overlaps(block, range))) {
    const isName = known.length === host.length
    if (!isName) return { zone, result: 'missing' }
    if (known.length < 4 || type !== recordTypes.ptr) return { zone, result: 'empty' }
    if (!blocks.some(block => containsCidr(block, range))) return { zone, result: 'missing' }
    return { zone, result: { type, data: nameData([`ip-${formatAddress(range.first).replaceAll('.', '-')}`, ...domain]) } }
  }
  return special.some(block => containsCidr(block, range)) ? { zone, result: 'missing' } : undefined
}

/** Addresses that mean something else in each network: RFC 6303, RFC 6890, RFC 7793. */
const special = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3',
].flatMap(block => parseCidr(block) ?? [])

/**
 * Domains that mean something else in each network: RFC 6761, RFC 6762, RFC 8375, RFC 9476, and `internal`, which ICANN has set apart.
 * `cluster.local` is among them. Of IPv6 the addresses that are unique locally, of a link, loopback and none.
 */
const neverAsked = [
  'internal', 'local', 'localhost', 'home.arpa', 'test', 'invalid', 'onion', 'alt', 'c.f.ip6.arpa', 'd.f.ip6.arpa', '8.e.f.ip6.arpa', '9.e.f.ip6.arpa',
  'a.e.f.ip6.arpa', 'b.e.f.ip6.arpa', `${'0.'.repeat(31)}ip6.arpa`,
].map(domain => domain.split('.'))

/** @param suffix - of at least one label. */
const endsWith = (labels: readonly string[], suffix: readonly string[]): boolean =>
  labels.length >= suffix.length && suffix.every((label, index) => labels[labels.length - suffix.length + index] === label)
