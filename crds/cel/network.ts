import { CelScalar, celFunc, celMethod, type CelFunc } from '@bufbuild/cel'
import ipaddr from 'ipaddr.js'
import { parseAddress } from '../cidr.ts'
import { CIDR, IP } from './opaque.ts'

const { STRING, BOOL, INT } = CelScalar

/**
 * Kubernetes' ip and cidr libraries. Source: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library and
 * #kubernetes-cidr-library. As there, leading zeros, IPv4-mapped IPv6 addresses and zones are refused.
 */
export const network: CelFunc[] = [
  celFunc('isIP', [STRING], BOOL, text => parseIP(text) !== undefined),
  celFunc('ip', [STRING], IP.type, text => IP.of(requireIP(text).toString())),
  celFunc('ip.isCanonical', [STRING], BOOL, text => requireIP(text).toString() === text),
  celFunc('string', [IP.type], STRING, value => IP.textOf(value)),
  celMethod('family', IP.type, [], INT, function () { return BigInt(versionOf(IP.textOf(this))) }),
  ...ranges().map(([name, holds]) => celMethod(name, IP.type, [], BOOL, function () { return holds(requireIP(IP.textOf(this))) })),
  celFunc('isCIDR', [STRING], BOOL, text => parsePrefix(text) !== undefined),
  celFunc('cidr', [STRING], CIDR.type, text => CIDR.of(formatPrefix(requirePrefix(text)))),
  celFunc('string', [CIDR.type], STRING, value => CIDR.textOf(value)),
  celMethod('ip', CIDR.type, [], IP.type, function () { return IP.of(prefixIn(this)[0].toString()) }),
  celMethod('prefixLength', CIDR.type, [], INT, function () { return BigInt(prefixIn(this)[1]) }),
  celMethod('masked', CIDR.type, [], CIDR.type, function () { return CIDR.of(formatPrefix(masked(prefixIn(this)))) }),
  celMethod('containsIP', CIDR.type, [STRING], BOOL, function (text) { return contains(prefixIn(this), requireIP(text)) }),
  celMethod('containsIP', CIDR.type, [IP.type], BOOL, function (value) { return contains(prefixIn(this), requireIP(IP.textOf(value))) }),
  celMethod('containsCIDR', CIDR.type, [STRING], BOOL, function (text) { return containsPrefix(prefixIn(this), requirePrefix(text)) }),
  celMethod('containsCIDR', CIDR.type, [CIDR.type], BOOL, function (value) { return containsPrefix(prefixIn(this), prefixIn(value)) }),
]

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Prefix = readonly [Address, number]

const parseIP = (text: string): Address | undefined => {
  if (parseAddress(text) !== undefined) return ipaddr.IPv4.parse(text)
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined
  const address = ipaddr.IPv6.parse(text)
  return address.isIPv4MappedAddress() ? undefined : address
}

const requireIP = (text: string): Address => {
  const address = parseIP(text)
  if (address === undefined) throw new Error(`${JSON.stringify(text)} is not an IP address`)
  return address
}

const versionOf = (text: string): 4 | 6 => text.includes(':') ? 6 : 4

const parsePrefix = (text: string): Prefix | undefined => {
  const [address = '', length = '', ...rest] = text.split('/')
  const parsed = parseIP(address)
  if (parsed === undefined || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(length)) return undefined
  return Number(length) <= bitsOf(parsed) ? [parsed, Number(length)] : undefined
}

const requirePrefix = (text: string): Prefix => {
  const prefix = parsePrefix(text)
  if (prefix === undefined) throw new Error(`${JSON.stringify(text)} is not a CIDR block`)
  return prefix
}

const prefixIn = (value: Parameters<typeof CIDR.textOf>[0]): Prefix => requirePrefix(CIDR.textOf(value))
const bitsOf = (address: Address): number => address.kind() === 'ipv4' ? 32 : 128
const formatPrefix = ([address, length]: Prefix): string => `${address.toString()}/${length}`

const masked = ([address, length]: Prefix): Prefix => {
  const bytes = address.toByteArray().map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, length - index * 8))) & 0xff)
  return [ipaddr.fromByteArray(bytes), length]
}

const contains = ([network, length]: Prefix, address: Address): boolean =>
  network.kind() === address.kind() && masked([address, length])[0].toString() === masked([network, length])[0].toString()

const containsPrefix = (outer: Prefix, inner: Prefix): boolean => outer[1] <= inner[1] && contains(outer, inner[0])

function ranges(): [string, (address: Address) => boolean][] {
  const within = (...names: string[]) => (address: Address) => names.includes(address.range())
  const isMulticast = (address: Address) => address.range() === 'multicast'
  return [
    ['isUnspecified', address => address.toByteArray().every(byte => byte === 0)],
    ['isLoopback', within('loopback')],
    ['isLinkLocalUnicast', within('linkLocal')],
    ['isLinkLocalMulticast', address => contains(requirePrefix(address.kind() === 'ipv4' ? '224.0.0.0/24' : 'ff02::/16'), address)],
    ['isGlobalUnicast', address => !isMulticast(address) && !within('loopback', 'linkLocal', 'broadcast')(address) &&
      !address.toByteArray().every(byte => byte === 0)],
  ]
}
