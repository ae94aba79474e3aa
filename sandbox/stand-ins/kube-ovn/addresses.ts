import { keyOf } from '../../../crds/kubernetes.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import type { Pod } from '../kubelet/types.ts'
import type { VirtualMachine } from '../kubevirt/types.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import { allocate } from './ipam.ts'
import { machineOf, networkAnnotation, podNetworks, portName } from './pod-networks.ts'
import type { PodNetwork } from './pod-networks.ts'
import { defaultSubnet, finalizer, vpcOf } from './subnet.ts'
import type { Ip, Subnet } from './types.ts'

const component = 'kube-ovn-controller'

/** Addresses that were given and that the watch has not brought yet: subnet → address → port. */
type Reservations = Map<string, Map<string, string>>

/** Gives every NIC of a pod its address, as annotations of the pod and as an IP object. */
export const addressController = (control: Control): StandInController => {
  const reservations: Reservations = new Map()
  return {
    name: 'kube-ovn-pods',
    watches: [
      watching(specs.pods, (pod) => [keyOf(pod.metadata)]),
      watching(specs.subnets, (_, cache) => unaddressed(cache.of(specs.pods).list())),
      watching(specs.networkAttachments, (_, cache) => unaddressed(cache.of(specs.pods).list())),
      watching(specs.ips, (_, cache) => unaddressed(cache.of(specs.pods).list())),
    ],
    reconcile: (key) => reconcile(control, reservations, key),
  }
}

const isLive = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined && pod.spec.hostNetwork !== true && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed'

const needs = (pod: Pod): PodNetwork[] =>
  podNetworks(pod).filter(({ provider }) => pod.metadata.annotations?.[networkAnnotation(provider, 'allocated')] !== 'true')

const unaddressed = (
  pods: Iterable<Pod>,
): string[] => [...pods].filter((pod) => isLive(pod) && needs(pod).length > 0).map((pod) => keyOf(pod.metadata))

const reconcile = async (control: Control, reservations: Reservations, key: string): Promise<number | undefined> => {
  const pod = control.cache.of(specs.pods).get(key)
  if (pod === undefined || !isLive(pod)) return undefined
  const annotations = { ...pod.metadata.annotations }
  for (const key of ofUnplugged(pod)) delete annotations[key]
  const given: Given[] = []
  for (const network of needs(pod)) {
    const result = give(control, reservations, pod, network)
    if ('error' in result) {
      await control.event(pod, component, 'Warning', 'AcquireAddressFailed', `stage=acquireAddress error=${result.error}`)
      return 5000
    }
    given.push(result)
    Object.assign(annotations, networkAnnotations(pod, network, result))
  }
  if (pod.spec.nodeName !== undefined) for (const { provider } of podNetworks(pod)) annotations[networkAnnotation(provider, 'routed')] = 'true'
  // Once there is an IP object it alone says who has the address: a reservation that outlived it would block the address for ever.
  for (const each of given) await recordIp(control, pod, each).finally(() => reservations.get(each.subnet.metadata.name)?.delete(each.address))
  await control.patch(resources.pods, pod, { ...pod, metadata: { ...pod.metadata, annotations } })
  if (given.length > 0) {
    const details = given.map(({ provider, subnet, address, mac, port }) => `provider=${provider} subnet=${subnet.metadata.name} ip=${address} mac=${mac} logicalSwitchPort=${port}`)
    await control.event(pod, component, 'Normal', 'PodNetworkAllocated', details.join('; '))
  }
  return undefined
}

/**
 * Annotations of networks that a pod was given and asks for no more: all of such a network go, also those that others wrote. Source: kube-ovn
 * v1.16.2, syncKubeOvnNet in pkg/controller/pod.go.
 */
const ofUnplugged = (pod: Pod): string[] => {
  const keys = Object.keys(pod.metadata.annotations ?? {})
  const asked = new Set(podNetworks(pod).map(({ provider }) => networkAnnotation(provider, 'allocated')))
  const unplugged = keys.filter((key) => key.endsWith('.ovn.kubernetes.io/allocated') && !asked.has(key)).map((key) => key.slice(0, -'allocated'.length))
  return keys.filter((key) => unplugged.some((prefix) => key.startsWith(prefix)))
}

type Given = { provider: string; subnet: Subnet; address: string; mac: string; port: string }

/** Decides without waiting for anything, so that two pods never get one address. */
const give = (control: Control, reservations: Reservations, pod: Pod, network: PodNetwork): Given | { error: string } => {
  const subnet = subnetOf(control, pod, network)
  if ('error' in subnet) return subnet
  const { provider } = network
  const port = portName(machineOf(pod) ?? pod.metadata.name, pod.metadata.namespace ?? '', provider)
  const name = subnet.metadata.name
  const reserved = reservations.get(name) ?? new Map<string, string>()
  const known = control.cache.of(specs.ips).by('subnet', name)
  for (const [address, holder] of reserved) {
    if (known.some((ip) => ip.spec.v4IpAddress === address && ip.metadata.name === holder)) reserved.delete(address)
  }
  const taken = new Map([...reserved, ...known.map((ip): [string, string] => [ip.spec.v4IpAddress, ip.metadata.name])])
  const present = known.find(({ metadata }) => metadata.name === port)
  const annotated = pod.metadata.annotations?.[networkAnnotation(provider, 'ip_address')]
  const requested = annotated === undefined || annotated === '' ? present?.spec.v4IpAddress : annotated
  const result = allocateIn(subnet, taken, port, requested)
  if ('error' in result) return result
  reserved.set(result.address, port)
  reservations.set(name, reserved)
  const mac = pod.metadata.annotations?.[networkAnnotation(provider, 'mac_address')] ?? present?.spec.macAddress ?? control.names.mac(port)
  return { provider, subnet, address: result.address, mac, port }
}

const allocateIn = (
  subnet: Subnet,
  taken: Map<string, string>,
  port: string,
  requested: string | undefined,
): { address: string } | { error: string } => {
  const { cidrBlock = '', excludeIps = [] } = subnet.spec
  try {
    return allocate({ cidr: cidrBlock, excludeIps, taken, port, requested })
  } catch (error) {
    return { error: (error as Error).message }
  }
}

/** The Subnet that an annotation names, else the one with the network's provider, else the namespace's or the default one. */
const subnetOf = (control: Control, pod: Pod, { provider, attachment, isDefault }: PodNetwork): Subnet | { error: string } => {
  const subnets = control.cache.of(specs.subnets)
  const named = pod.metadata.annotations?.[networkAnnotation(provider, 'logical_switch')]
  if (attachment !== undefined && control.cache.of(specs.networkAttachments).get(attachment) === undefined) {
    const [namespace, name] = attachment.split('/')
    return { error: `failed to get net-attach-def ${name} in namespace ${namespace}: network-attachment-definitions.k8s.cni.cncf.io "${name}" not found` }
  }
  const byProvider = attachment === undefined ? undefined : [...subnets.list()].find(({ spec }) => spec.provider === provider)?.metadata.name
  const byNamespace = isDefault && attachment === undefined ? (control.cache.of(specs.namespaces).get(pod.metadata.namespace ?? '')?.metadata.annotations?.['ovn.kubernetes.io/logical_switch']?.split(',')[0] ?? defaultSubnet) : undefined
  const name = named !== undefined && named !== '' ? named : (byProvider ?? byNamespace)
  if (name === undefined) return { error: `no subnet found for network provider ${provider}` }
  const subnet = subnets.get(name)
  if (subnet === undefined) return { error: `subnets.kubeovn.io "${name}" not found` }
  const valid = subnet.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  return valid === true ? subnet : { error: `subnet ${name} is not ready` }
}

const networkAnnotations = (pod: Pod, { provider }: PodNetwork, { subnet, address, mac }: Given): Record<string, string> => {
  const machine = machineOf(pod)
  const values: Record<string, string> = {
    ip_address: address,
    mac_address: mac,
    cidr: subnet.spec.cidrBlock ?? '',
    gateway: subnet.spec.gateway ?? '',
    logical_switch: subnet.metadata.name,
    logical_router: vpcOf(subnet),
    pod_nic_type: 'veth-pair',
    allocated: 'true',
    ...(machine === undefined ? {} : { virtualmachine: machine }),
  }
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [networkAnnotation(provider, key), value]))
}

const recordIp = async (control: Control, pod: Pod, { subnet, address, mac, port }: Given): Promise<void> => {
  const machine = machineOf(pod)
  const spec: Ip['spec'] = {
    podName: machine ?? pod.metadata.name,
    namespace: pod.metadata.namespace ?? '',
    subnet: subnet.metadata.name,
    attachSubnets: [],
    nodeName: pod.spec.nodeName ?? '',
    ipAddress: address,
    v4IpAddress: address,
    v6IpAddress: '',
    attachIps: [],
    macAddress: mac,
    attachMacs: [],
    containerID: '',
    podType: machine === undefined ? '' : 'VirtualMachine',
  }
  const present = control.cache.of(specs.ips).get(port)
  if (present !== undefined) {
    await control.patch(resources.ips, present, { ...present, spec: { ...present.spec, ...spec } })
    return
  }
  const labels = { 'ovn.kubernetes.io/ip_reserved': 'false', 'ovn.kubernetes.io/node-name': spec.nodeName, 'ovn.kubernetes.io/subnet': spec.subnet, [spec.subnet]: '' }
  await control.create(resources.ips, { apiVersion: 'kubeovn.io/v1', kind: 'IP', metadata: { name: port, labels, finalizers: [finalizer] }, spec })
}

/** Releases addresses: a pod's with the pod, a machine's only with the VirtualMachine (keep-vm-ip). */
export const ipController = (control: Control): StandInController => ({
  name: 'kube-ovn-ips',
  watches: [
    watching(specs.ips, ({ metadata }) => [metadata.name]),
    watching(specs.pods, (pod, cache) => cache.of(specs.ips).by('owner', `${pod.metadata.namespace}/${machineOf(pod) ?? pod.metadata.name}`).map(({ metadata }) => metadata.name)),
    watching(specs.virtualMachines, (vm, cache) => cache.of(specs.ips).by('owner', keyOf(vm.metadata)).map(({ metadata }) => metadata.name)),
    watching(specs.virtualMachineInstances, (vmi, cache) => cache.of(specs.ips).by('owner', keyOf(vmi.metadata)).map(({ metadata }) => metadata.name)),
  ],
  reconcile: async (key) => {
    const ip = control.cache.of(specs.ips).get(key)
    if (ip === undefined) return undefined
    if (ip.metadata.deletionTimestamp === undefined) {
      if (isUsed(control, ip)) return undefined
      await control.remove(resources.ips, ip)
    }
    const live = control.cache.of(specs.ips).get(key) ?? ip
    if (live.metadata.deletionTimestamp === undefined) return undefined
    const finalizers = (live.metadata.finalizers ?? []).filter((each) => each !== finalizer)
    await control.patch(resources.ips, live, { ...live, metadata: { ...live.metadata, finalizers } })
    return undefined
  },
})

const isUsed = (control: Control, { metadata: { name }, spec: { namespace, podName, podType } }: Ip): boolean => {
  const key = `${namespace}/${podName}`
  const pod = control.cache.of(specs.pods).get(key)
  if (podType !== 'VirtualMachine') return pod !== undefined && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed'
  const machine = control.cache.of(specs.virtualMachines).get(key)
  if (machine === undefined) return control.cache.of(specs.virtualMachineInstances).get(key) !== undefined
  const launchers = control.cache.of(specs.pods).by('owner', control.cache.of(specs.virtualMachineInstances).get(key)?.metadata.uid ?? '').filter(isLive)
  const providers = launchers.length === 0 ? machineProviders(machine) : launchers.flatMap(podNetworks).map(({ provider }) => provider)
  return providers.some((provider) => portName(podName, namespace, provider) === name)
}

/**
 * The networks that a machine without a pod keeps its ports of. Of one that its template has no more the port is collected with the garbage, which
 * upstream looks for every six minutes and takes on the second look. Source: kube-ovn v1.16.2, getVMLsps in pkg/controller/gc.go.
 */
const machineProviders = ({ metadata: { namespace = '' }, spec: { template } }: VirtualMachine): string[] => {
  const multus = (template.spec.networks ?? []).flatMap((network) => network.multus ?? [])
  const named = multus.map(({ networkName }) => networkName.includes('/') ? networkName.split('/') : [namespace, networkName])
  return [...multus.some((network) => network.default === true) ? [] : ['ovn'], ...named.map(([space, nad]) => `${nad}.${space}.ovn`)]
}
