import { type Cidr, lastOf, parseCidr } from '../../../crds/cidr.ts'
import type { NetworkACLEntry } from '../../../crds/v1alpha1/network-acl.ts'

/** From the first to the last, both in it. */
export type Range = { first: number; last: number }

/** What packets are about: ports of tcp and udp, `type × 256 + code` of icmp, and all other protocols, which have no more to tell them apart. */
export type Services = Readonly<Record<'tcp' | 'udp' | 'icmp' | 'other', readonly Range[]>>

/** Addresses at the other end, and what is denied of all traffic with each of them. */
export type Denied = { addresses: readonly Range[]; services: Services }

/**
 * What the IPv4 entries of one direction deny, with no order left in it: no address is in two of the results. Order is what the place that this is
 * put into can't keep. @param entries - of one direction.
 */
export const deniedBy = (entries: readonly NetworkACLEntry[]): Denied[] => {
  const ordered = entries.flatMap(entry => {
    const block = parseCidr(entry.cidr)
    return block === undefined ? [] : [{ entry, block }]
  }).sort((a, b) => a.entry.ruleNumber - b.entry.ruleNumber)
  const alike = new Map<string, { addresses: Range[]; services: Services }>()
  for (const addresses of stretches(ordered.map(({ block }) => block))) {
    const about = ordered.filter(({ block }) => block.first <= addresses.first && addresses.last <= lastOf(block))
    const services = deniedOf(about.map(({ entry }) => entry))
    const key = JSON.stringify(services)
    const known = alike.get(key)
    if (known === undefined) alike.set(key, { addresses: [addresses], services })
    else known.addresses.push(addresses)
  }
  return [...alike.values()].filter(({ services }) => kinds.some(kind => services[kind].length > 0))
    .map(({ addresses, services }) => ({ addresses: merged(addresses), services }))
}

/** Everything that a packet can be about. */
export const everyService: Services = {
  tcp: [{ first: 0, last: 65535 }], udp: [{ first: 0, last: 65535 }], icmp: [{ first: 0, last: 65535 }], other: [{ first: 0, last: 0 }],
}

const kinds = ['tcp', 'udp', 'icmp', 'other'] as const

/** All addresses, cut where any block begins or ends: each stretch is as a whole in a block or out of it. */
const stretches = (blocks: readonly Cidr[]): Range[] => {
  const cuts = [...new Set([0, ...blocks.flatMap(block => [block.first, lastOf(block) + 1]), 2 ** 32])].sort((a, b) => a - b)
  return cuts.slice(0, -1).map((first, index) => ({ first, last: (cuts[index + 1] ?? 0) - 1 }))
}

/** The first entry that is about a packet decides; what none is about is denied. @param entries - in their order. */
const deniedOf = (entries: readonly NetworkACLEntry[]): Services => {
  const deniedOfKind = (kind: (typeof kinds)[number]): Range[] => {
    let undecided: readonly Range[] = everyService[kind]
    const denied: Range[] = []
    for (const entry of entries) {
      const about = serviceOf(entry, kind)
      if (about === undefined) continue
      if (entry.action === 'Deny') denied.push(...undecided.flatMap(range => common(range, about)))
      undecided = undecided.flatMap(range => without(range, about))
    }
    return merged([...denied, ...undecided])
  }
  return { tcp: deniedOfKind('tcp'), udp: deniedOfKind('udp'), icmp: deniedOfKind('icmp'), other: deniedOfKind('other') }
}

const serviceOf = ({ protocol, fromPort = 0, toPort = 65535, icmp }: NetworkACLEntry, kind: (typeof kinds)[number]): Range | undefined => {
  if (protocol === 'all') return everyService[kind][0]
  if (protocol !== kind) return undefined
  if (protocol !== 'icmp') return { first: fromPort, last: toPort }
  const { type, code = -1 } = icmp ?? { type: -1 }
  if (type === -1) return { first: 0, last: 65535 }
  return code === -1 ? { first: type * 256, last: type * 256 + 255 } : { first: type * 256 + code, last: type * 256 + code }
}

const common = (a: Range, b: Range): Range[] => present({ first: Math.max(a.first, b.first), last: Math.min(a.last, b.last) })

const without = (a: Range, b: Range): Range[] =>
  [...present({ first: a.first, last: Math.min(a.last, b.first - 1) }), ...present({ first: Math.max(a.first, b.last + 1), last: a.last })]

const present = (range: Range): Range[] => range.first <= range.last ? [range] : []

/** In order, and those that touch in one. */
const merged = (ranges: readonly Range[]): Range[] => [...ranges].sort((a, b) => a.first - b.first).reduce<Range[]>((found, range) => {
  const last = found.at(-1)
  if (last === undefined || last.last + 1 < range.first) found.push({ ...range })
  else last.last = Math.max(last.last, range.last)
  return found
}, [])
