/**
 * What a network is made of, as a user of EC2 thinks of it. Identifiers are anything that is unique. This is what the product is measured
 * against, so it shares no type and no code with it.
 */

export type World = {
  vpcs: readonly VPC[]
  subnets: readonly Subnet[]
  interfaces: readonly NetworkInterface[]
  securityGroups: readonly SecurityGroup[]
  prefixLists: readonly PrefixList[]
  networkACLs: readonly NetworkACL[]
  routeTables: readonly RouteTable[]
  internetGateways: readonly InternetGateway[]
  natGateways: readonly NATGateway[]
  peerings: readonly Peering[]
}

export type VPC = { id: string; cidrs: readonly string[] }

export type Subnet = {
  id: string
  vpc: string
  cidr: string
  /** Left out: the default one, which lets everything through. */
  networkACL?: string | undefined
  /** Left out: one that has the local route alone. */
  routeTable?: string | undefined
}

export type NetworkInterface = {
  id: string
  subnet: string
  privateAddress: string
  /** The address that it has on the internet, elastic or not. */
  publicAddress?: string | undefined
  securityGroups: readonly string[]
}

export type SecurityGroup = { id: string; vpc: string; ingress: readonly Rule[]; egress: readonly Rule[] }

/** Of tcp and udp `from` and `to` are ports, of icmp a type and a code, where -1 and nothing mean any. */
export type Rule = {
  protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'all'
  from?: number | undefined
  to?: number | undefined
  peer: { cidr: string } | { group: string } | { prefixList: string }
}

export type PrefixList = { id: string; cidrs: readonly string[] }

export type NetworkACL = { id: string; entries: readonly Entry[] }

export type Entry = {
  number: number
  direction: 'ingress' | 'egress'
  action: 'allow' | 'deny'
  protocol: Rule['protocol']
  cidr: string
  from?: number | undefined
  to?: number | undefined
}

export type RouteTable = { id: string; routes: readonly Route[] }

export type Route = { cidr: string; target: Target }

/** Naming what isn't there makes a black hole. */
export type Target = { internetGateway: string } | { natGateway: string } | { peering: string } | { instance: string }

export type InternetGateway = { id: string; vpc: string }

/** Without a public address it is a private one. */
export type NATGateway = { id: string; subnet: string; privateAddress: string; publicAddress?: string | undefined }

/** Made by one side; in force once the other side has made one too. */
export type Peering = { id: string; vpc: string; peer: string }

/** Who sends: an interface of the world, or somebody on the internet by address. */
export type Source = { interface: string } | { internet: string }

export type Protocol = 'tcp' | 'udp' | 'icmp'

/** `reason` names the rule, entry or route that stops it and where, or who answers. */
export type Verdict = {
  passes: boolean
  reason: string
  /** Whether the request comes to somebody, whatever becomes of the answer. */
  arrives: boolean
  /** Whom it comes to: an interface, or an address on the internet. */
  receiver?: string
  /** The source as the receiver sees it. */
  seenAs?: string
}
