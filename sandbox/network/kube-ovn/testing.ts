import type { KubeObject } from '../../../crds/kubernetes.ts'
import { networkObjects, type NetworkObjects } from './objects.ts'

type Lists = Record<keyof NetworkObjects, KubeObject[]>

let lastUID = 0
const object = (kind: string, metadata: Partial<KubeObject['metadata']> & { name: string }, rest: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { uid: `uid-${(lastUID += 1)}`, creationTimestamp: '2026-01-01T00:00:00Z', ...metadata }, ...rest }) as KubeObject

export const vpc = (name: string, spec: object = {}): KubeObject => object('Vpc', { name }, { spec })

/** A Subnet of a Vpc, its gateway at the first address. */
export const subnet = (name: string, of: string, cidrBlock: string, spec: object = {}): KubeObject =>
  object('Subnet', { name }, { spec: { vpc: of, cidrBlock, gateway: cidrBlock.replace(/\d+\/\d+$/, '1'), ...spec } })

export type PodOptions = { namespace?: string; labels?: Record<string, string>; securityGroups?: string[]; number: number }

/** A pod with one NIC in a Subnet, allocated. The number makes its hardware address. */
export const pod = (name: string, inSubnet: string, address: string, { namespace = 'team-a', labels = {}, securityGroups = [], number }: PodOptions): KubeObject => {
  const values: Record<string, string> = {
    allocated: 'true', ip_address: address, mac_address: `02:00:00:00:01:${number.toString(16).padStart(2, '0')}`, logical_switch: inSubnet,
    port_security: 'true', ...(securityGroups.length === 0 ? {} : { security_groups: securityGroups.join() }),
  }
  const annotations = Object.fromEntries(Object.entries(values).map(([key, value]) => [`ovn.kubernetes.io/${key}`, value]))
  return object('Pod', { name, namespace, labels, annotations }, { spec: { containers: [] }, status: { phase: 'Running' } })
}

export const networkPolicy = (name: string, spec: object, namespace = 'team-a'): KubeObject => object('NetworkPolicy', { name, namespace }, { spec })
export const securityGroup = (name: string, spec: object): KubeObject => object('SecurityGroup', { name }, { spec })
export const ovnEip = (name: string, v4Ip: string, type = 'nat'): KubeObject => object('OvnEip', { name }, { spec: { type }, status: { v4Ip, ready: true } })
export const ovnFip = (name: string, spec: object): KubeObject => object('OvnFip', { name }, { spec })
export const ovnSnatRule = (name: string, spec: object): KubeObject => object('OvnSnatRule', { name }, { spec })

const lists: Record<string, keyof NetworkObjects> = {
  Namespace: 'namespaces', Pod: 'pods', NetworkPolicy: 'networkPolicies', Vpc: 'vpcs', Subnet: 'subnets', SecurityGroup: 'securityGroups', OvnEip: 'ovnEips',
  OvnFip: 'ovnFips', OvnSnatRule: 'ovnSnatRules',
}

/** Objects of any kinds, sorted into their lists. */
export const objectsOf = (...all: KubeObject[]): NetworkObjects => {
  const sorted = Object.fromEntries(Object.values(lists).map((list) => [list, []])) as unknown as Lists
  for (const each of all) sorted[lists[each.kind] ?? 'pods'].push(each)
  return networkObjects(sorted)
}
