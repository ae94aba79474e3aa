import type { Host } from '../ovn/lab.ts'
import type { Row } from '../ovn/rows.ts'
import { networkPolicyRows } from './network-policy.ts'
import type { NetworkObjects } from './objects.ts'
import { machineOf } from '../../stand-ins/kube-ovn/pod-networks.ts'
import { podPorts } from './ports.ts'
import { securityGroupRows } from './security-group.ts'
import { isExternal, isValid, networkOf, subnetRows, vpcOf } from './subnet.ts'
import { vpcRows } from './vpc.ts'

/**
 * The rows of OVN's Northbound database that Kube-OVN 1.16.2 makes of these objects, for `Lab.apply`. The same objects always make the same rows.
 * @throws Error for a route by source, which means something else outside of Kube-OVN's own build of OVN.
 */
export const networkRows = (all: NetworkObjects): Row[] => {
  const objects = taken(all)
  return [
    ...objects.vpcs.flatMap((vpc) => vpcRows(vpc, objects)),
    ...objects.subnets.flatMap((subnet) => subnetRows(subnet, objects)),
    ...objects.networkPolicies.flatMap((policy) => networkPolicyRows(policy, objects)),
    ...securityGroupRows(objects),
  ]
}

/** What Kube-OVN would take: subnets that are valid and have a router. */
const taken = (objects: NetworkObjects): NetworkObjects => {
  const vpcs = new Set(objects.vpcs.map(({ metadata }) => metadata.name))
  const subnets = objects.subnets.filter((subnet) => isValid(subnet) && (isExternal(subnet) || vpcs.has(vpcOf(subnet))))
  return { ...objects, subnets }
}

/** A probe host in the place of each pod: `namespace/name`, the machine's where it has one, with the pod's ports as its interfaces in their order. */
export const podHosts = (objects: NetworkObjects): Host[] => {
  const hosts = new Map<string, Host['interfaces'][number][]>()
  for (const port of podPorts(objects)) {
    const subnet = objects.subnets.find(({ metadata }) => metadata.name === port.subnet)
    const { namespace, name } = port.pod.metadata
    const host = `${namespace}/${machineOf(port.pod) ?? name}`
    const interfaces = hosts.get(host) ?? []
    const gateway = interfaces.length === 0 ? subnet?.spec.gateway : undefined
    interfaces.push({
      port: port.name, mac: port.mac, addresses: port.addresses.map((address) => networkOf(address, subnet?.spec.cidrBlock)),
      ...(gateway === undefined ? {} : { gateway }),
      ...(port.isRoutedApart && subnet?.spec.gateway !== undefined ? { sourceGateway: subnet.spec.gateway } : {}),
    })
    hosts.set(host, interfaces)
  }
  return [...hosts].map(([name, interfaces]) => ({ name, interfaces }))
}
