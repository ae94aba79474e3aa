import { getServers } from 'node:dns'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type Cidr, containsAddress, parseAddress, parseCidr } from '../../crds/cidr.ts'
import { parseFlags, UsageError } from '../flags.ts'
import { parseAddress as parseEndpoint } from '../runtime/health.ts'
import type { Zone } from './answer.ts'
import type { Endpoint } from './upstream.ts'

const flags = {
  domain: { type: 'string', value: 'NAME', description: 'domain of the VPC, for example prod.internal' },
  blocks: { type: 'string', multiple: true, value: 'CIDR', description: 'block of the VPC: who is in one is answered, and nobody else' },
  network: { type: 'string', value: 'CIDR', description: 'where in the VPC the server is: it answers at its own address in this block, and at no other' },
  port: { type: 'string', value: 'PORT', default: '53', description: 'where it answers, by UDP and by TCP' },
  upstreams: {
    type: 'string', multiple: true, value: 'ADDRESS', description: 'resolver that is asked for all other names, ADDRESS or ADDRESS:PORT; else those of /etc/resolv.conf',
  },
  'withheld-domains': { type: 'string', multiple: true, value: 'NAME', description: 'domain that is answered for as if there were nothing in it' },
  'probe-address': { type: 'string', value: 'HOST:PORT', default: ':8081', description: 'where /healthz and /readyz are served' },
  'log-level': { type: 'string', value: 'LEVEL', default: 'info', description: 'trace, debug, info, warn or error' },
} as const

export type ResolverSettings = {
  zone: Zone
  network: Cidr
  port: number
  upstreams: readonly Endpoint[]
  probeAddress: string
  logLevel: string
}

/** @throws UsageError that says which flag is wrong and what it takes. */
export const resolverSettingsOf = (args: readonly string[], environment: Readonly<Record<string, string | undefined>>): ResolverSettings => {
  const given = parseFlags({ name: 'resolver', summary: 'The DNS server of a VPC: names its addresses, and asks the platform for all other names.' }, flags, args, environment)
  const port = Number(given.port)
  if (!/^\d{1,5}$/.test(given.port) || port > 65_535) throw new UsageError(`--port ${given.port}: write a port, for example 53`)
  if (given.blocks.length === 0) throw new UsageError('--blocks: name the blocks of the VPC, for example 10.0.0.0/16')
  const upstreams = (given.upstreams.length === 0 ? getServers() : given.upstreams).map(endpointOf)
  if (upstreams.length === 0) throw new UsageError('--upstreams: /etc/resolv.conf names no resolver; name one')
  return {
    zone: {
      domain: labelsOf('domain', given.domain ?? ''),
      blocks: given.blocks.map(block => blockOf('blocks', block)),
      withheld: given['withheld-domains'].map(domain => labelsOf('withheld-domains', domain)),
    },
    network: blockOf('network', given.network ?? ''), port, upstreams, probeAddress: given['probe-address'], logLevel: given['log-level'],
  }
}

/** This host's address in the network. @throws UsageError where it has none, or two. */
export const ownAddress = (network: Cidr): string => {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? []).map(({ address }) => address)
  const [address, ...others] = all.filter(each => containsAddress(network, parseAddress(each) ?? -1))
  if (address === undefined || others.length > 0) throw new UsageError(`--network: this host has ${others.length === 0 ? 'no address' : 'several addresses'} in it`)
  return address
}

const labelsOf = (flag: string, domain: string): string[] => {
  const labels = domain.toLowerCase().split('.')
  if (domain.length > 200 || !labels.every(label => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))) {
    throw new UsageError(`--${flag} ${domain}: write a domain, for example prod.internal`)
  }
  return labels
}

const blockOf = (flag: string, text: string): Cidr => {
  const block = parseCidr(text)
  if (block === undefined) throw new UsageError(`--${flag} ${text}: write a block of IPv4 addresses, for example 10.0.0.0/16`)
  return block
}

/** Not this host: its own loopback is where it would ask itself, or a resolver of the node's that it can't reach. */
const endpointOf = (text: string): Endpoint => {
  const { host, port } = isIP(text) === 0 ? partsOf(text) : { host: text, port: 53 }
  if (host === undefined || isIP(host) === 0) throw new UsageError(`--upstreams ${text}: write an address, for example 192.0.2.53 or 192.0.2.53:5353`)
  if (port === 53 && (host.startsWith('127.') || host === '::1')) throw new UsageError(`--upstreams ${text}: that is this host itself; name the resolver that it asks`)
  return { address: host, port }
}

const partsOf = (text: string): { host: string | undefined; port: number } => {
  try {
    return parseEndpoint(text)
  } catch {
    return { host: undefined, port: 0 }
  }
}
