/**
 * A network as the analysis sees it: plain data, with the names and IDs by which its owner knows each thing again. It comes out of our stores, or
 * out of whatever else describes a network.
 */

/** What everything that is named in an answer has. `id` may be empty. */
type Named = { name: string; id: string }

/** Where packets leave and arrive. A NATGateway is one too, without groups. */
export type Port = Named & {
  kind: 'Instance' | 'NetworkInterface' | 'NATGateway'
  vpc: string
  subnet: string
  privateAddress: string
  publicAddress?: string
  groups: readonly Group[]
  /** Why nobody is behind it: a network interface that is in no machine. */
  vacant?: string
}

export type Group = Named & {
  /** What rules of other groups mean it by. */
  key: string
  ingress: readonly Rule[]
  /** `all` where the group says nothing of egress. */
  egress: readonly Rule[] | 'all'
}

export type Protocol = 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'all'

export type Rule = {
  /** Where it stands in the spec, for example `ingressRules[2]`. */
  path: string
  /** As its writer would know it again, for example `ingressRules[2] (tcp from 0.0.0.0/0)`. */
  title: string
  protocol: Protocol
  fromPort?: number | undefined
  toPort?: number | undefined
  peer: { cidrs: readonly string[] } | { group: string }
  /** Why it is not in force: then it lets nobody through. */
  obstacle?: string
}

export type ACL = Named & { entries: readonly Entry[] }

export type Entry = {
  /** For example `entries[3]`. */
  path: string
  ruleNumber: number
  direction: 'Ingress' | 'Egress'
  action: 'Allow' | 'Deny'
  protocol: Protocol
  cidr: string
  fromPort?: number | undefined
  toPort?: number | undefined
  icmp?: { type: number; code?: number | undefined } | undefined
}

export type Subnet = Named & {
  key: string
  vpc: string
  cidr: string
  /** Left out: everything passes. */
  acl?: ACL
  /** Left out: traffic only goes to addresses of the VPC. */
  table?: Table
}

export type Table = Named & { routes: readonly Route[] }

export type Route = { path: string; destination: string; target: Target }

export type Target =
  | Named & { kind: 'InternetGateway' | 'Instance' }
  | Named & { kind: 'NATGateway'; port: Port }
  /** `vpc` is undefined where the other side is another account's. */
  | Named & { kind: 'VPCPeering'; vpc: string | undefined }
  /** What is sent there is dropped. */
  | Named & { kind: 'InternetGateway' | 'NATGateway' | 'VPCPeering' | 'Instance'; obstacle: string }

export type VPC = { name: string; cidrs: readonly string[]; gateway?: Named }

/** What is looked up on the way. Everything is of one account: what another has is never in it. */
export type Network = {
  vpc: (key: string) => VPC | undefined
  subnet: (key: string) => Subnet | undefined
  portAt: (vpc: string, address: string) => Port | undefined
  publicPortAt: (address: string) => Port | undefined
  /** Other VPCs of the account that a VPC has an active peering with. */
  peersOf: (vpc: string) => readonly string[]
  /** The peering by which an address of another account's VPC is reached. */
  peeringTo: (vpc: string, address: string) => Named | undefined
}

export type Packet = {
  protocol: 'tcp' | 'udp' | 'icmp'
  source: string
  destination: string
  /** What it comes from, whatever its source address has become. */
  sender: Port | undefined
  /** First and last. A port of tcp and udp that is not known yet is all that it can be. */
  sourcePorts: readonly [number, number]
  destinationPorts: readonly [number, number]
  icmp: { type: number; code: number }
}
