import type { NewObject } from '../../crds/kubernetes.ts'

/** A manifest of ours, as a user writes it. */
export type Manifest = { kind: string; namespace: string; name: string; spec: Readonly<Record<string, unknown>> }

/** What no other object of the world has: `team-a/web`. Names of different kinds may be the same. */
export const idOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`

export const toObject = ({ kind, namespace, name, spec }: Manifest): NewObject & { spec: Manifest['spec'] } =>
  ({ apiVersion: '', kind, metadata: { name, namespace }, spec })

type Ref = { name: string; namespace?: string }

type GroupRule = {
  protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'all'
  fromPort?: number
  toPort?: number
  cidr?: string
  securityGroupRef?: Ref
  prefixListRef?: Ref
}

/** The fields that decide about packets, by kind. */
export type Specs = {
  VPC: { cidrBlocks: string[]; mainRouteTableRef?: Ref }
  Subnet: { vpcRef: Ref; cidrBlock: string; availabilityZone: string; mapPublicIPOnLaunch?: boolean }
  SecurityGroup: { vpcRef: Ref; ingressRules?: GroupRule[]; egressRules?: GroupRule[] }
  PrefixList: { entries?: { cidr: string }[] }
  NetworkACL: { vpcRef: Ref; entries?: ACLEntry[]; subnetRefs?: Ref[] }
  RouteTable: { vpcRef: Ref; routes?: TableRoute[]; subnetRefs?: Ref[] }
  InternetGateway: { vpcRef: Ref }
  NATGateway: { subnetRef: Ref; elasticIPRef?: Ref; connectivityType?: 'Public' | 'Private' }
  ElasticIP: { poolName: string; address?: string; instanceRef?: Ref }
  VPCPeering: { vpcRef: Ref; peer: Ref }
  Instance: { subnetRef: Ref; privateIPAddress: string; securityGroupRefs?: Ref[]; associatePublicIP?: boolean; sourceDestCheck?: boolean }
}

export type ACLEntry = {
  ruleNumber: number
  direction: 'Ingress' | 'Egress'
  action: 'Allow' | 'Deny'
  protocol: GroupRule['protocol']
  cidr: string
  fromPort?: number
  toPort?: number
  icmp?: { type: number; code?: number }
}

export type TableRoute = { destinationCIDR: string; internetGatewayRef?: Ref; natGatewayRef?: Ref; vpcPeeringRef?: Ref; instanceRef?: Ref }

export type SecurityGroupRule = GroupRule

/** Of one kind, with their specs as what they are. */
export const ofKind = <K extends keyof Specs>(manifests: readonly Manifest[], kind: K): (Omit<Manifest, 'spec'> & { spec: Specs[K] })[] =>
  manifests.filter(each => each.kind === kind).map(each => ({ ...each, spec: each.spec as unknown as Specs[K] }))

export const manifest = <K extends keyof Specs>(kind: K, namespace: string, name: string, spec: Specs[K]): Manifest =>
  ({ kind, namespace, name, spec })
