import type { Pod } from '../../stand-ins/kubelet/types.ts'
import { machineOf, networkAnnotation, podNetworks, portName } from '../../stand-ins/kube-ovn/pod-networks.ts'
import { referenceTo } from '../ovn/ovsdb/values.ts'
import type { Row } from '../ovn/rows.ts'
import type { NetworkObjects } from './objects.ts'

/** One NIC of a pod as a port of a switch. */
export type PodPort = {
  /** Name of the port; a machine's pods have the same one. */
  name: string
  pod: Pod
  /** Name of the Subnet. */
  subnet: string
  addresses: readonly string[]
  mac: string
  portSecurity: boolean
  /** Whether it has routes of its own, which the networks of ours keep in a table of their own. */
  isRoutedApart: boolean
  securityGroups: readonly string[]
}

/** The ports that pods have been given. One that moves from node to node has two pods for a while and one port: the younger one's. */
export const podPorts = ({ pods }: NetworkObjects): readonly PodPort[] => known(allPorts, pods, () => {
  const ports = new Map<string, PodPort>()
  for (const pod of [...pods].filter(isLive).sort(byAge)) for (const port of portsOf(pod)) ports.set(port.name, port)
  return [...ports.values()]
})

export const portsIn = (subnet: string, objects: NetworkObjects): PodPort[] => podPorts(objects).filter((port) => port.subnet === subnet)

/** Only what Kube-OVN has allocated: of the rest no address is known. Source: kube-ovn v1.16.2, pkg/controller/pod.go. */
export const portsOf = (pod: Pod): readonly PodPort[] => known(onePods, pod, () => {
  const { annotations = {}, namespace = '', name } = pod.metadata
  return podNetworks(pod).flatMap(({ provider }) => {
    const own = (key: string) => annotations[networkAnnotation(provider, key)] ?? ''
    if (own('allocated') !== 'true') return []
    return [{
      name: portName(machineOf(pod) ?? name, namespace, provider),
      pod,
      subnet: own('logical_switch'),
      addresses: own('ip_address').split(',').filter((address) => address !== ''),
      mac: own('mac_address'),
      portSecurity: own('port_security') === 'true',
      isRoutedApart: own('routes') !== '',
      securityGroups: own('security_groups').split(',').map((group) => group.trim()).filter((group) => group !== ''),
    }]
  })
})

/** Every policy asks for them, and objects never change: who has read a pod once need not read it again. */
const allPorts = new WeakMap<readonly Pod[], readonly PodPort[]>()
const onePods = new WeakMap<Pod, readonly PodPort[]>()

const known = <K extends object, V>(cache: WeakMap<K, V>, key: K, make: () => V): V => {
  const found = cache.get(key) ?? make()
  cache.set(key, found)
  return found
}

export const portRows = (ports: readonly PodPort[], dhcp: Row | undefined): Row[] => ports.map((port) => {
  const address = [port.mac, ...port.addresses].join(' ')
  return {
    table: 'Logical_Switch_Port',
    key: port.name,
    columns: {
      name: port.name,
      addresses: [address],
      port_security: port.portSecurity ? [address] : [],
      dhcpv4_options: dhcp === undefined ? [] : [referenceTo(dhcp.table, dhcp.key)],
      external_ids: { entries: { pod: `${port.pod.metadata.namespace}/${port.pod.metadata.name}`, security_groups: port.securityGroups.join('/') } },
    },
  }
})

/** Whether a pod counts at all: one that has ended has no network, and one on its node's network has none of its own. */
export const isLive = ({ spec, status }: Pod): boolean => spec.hostNetwork !== true && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

const byAge = (a: Pod, b: Pod): number => {
  const [one, other] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  return one < other ? -1 : one > other ? 1 : 0
}
