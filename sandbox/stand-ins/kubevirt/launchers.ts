import type { Pod } from '../kubelet/types.ts'
import { podInterfaceName } from './control/interfaces.ts'
import type { Network, VirtualMachineInstance, VmiInterface } from './types.ts'

/** Annotation of a pod that only makes its claims bind; no machine runs in it. */
export const provisioningAnnotation = 'kubevirt.io/ephemeral-provisioning'

export const isProvisioningPod = (pod: Pod | undefined): boolean => pod?.metadata.annotations?.[provisioningAnnotation] === 'true'

/** By which Multus is told of the networks beside the first. */
export const networksAnnotation = 'k8s.v1.cni.cncf.io/networks'

/**
 * The primary NIC has the pod's address; a secondary one what Multus reports of it. What comes while the machine runs is here once the pod has it, as
 * Multus' dynamic networks controller would plug it, and is gone once the pod is to have it no more.
 */
export const podInterfaces = (vmi: VirtualMachineInstance, pod: Pod): VmiInterface[] => {
  const nicOf = ({ name }: Network) => vmi.spec.domain.devices.interfaces?.find((nic) => nic.name === name)
  return (vmi.spec.networks ?? []).filter((network) => nicOf(network) !== undefined).flatMap((network): VmiInterface[] => {
    const isPrimary = network.pod !== undefined || network.multus?.default === true
    const prefix = isPrimary ? primaryPrefix(pod) : secondaryPrefix(vmi, network.multus?.networkName ?? '')
    const annotation = (key: string) => pod.metadata.annotations?.[`${prefix}/${key}`]
    if (!isPrimary && !isPlugged(pod, network, annotation('allocated'))) return []
    const address = annotation('ip_address') ?? (isPrimary ? pod.status?.podIP : undefined)
    const mac = nicOf(network)?.macAddress ?? annotation('mac_address')
    const isAbsent = nicOf(network)?.state === 'absent'
    return [{
      name: network.name,
      infoSource: isPrimary ? 'domain' : isAbsent ? 'multus-status' : 'domain, multus-status',
      podInterfaceName: podInterfaceName(network),
      queueCount: 1,
      linkState: 'up',
      ...(address === undefined ? {} : { ipAddress: address.split(',')[0] ?? address, ipAddresses: address.split(',') }),
      ...(mac === undefined ? {} : { mac }),
    }]
  })
}

/** Whether a pod has a network: it asks for it, and where the network is Kube-OVN's it has been given an address in it. */
const isPlugged = (pod: Pod, network: Network, allocated: string | undefined): boolean =>
  pod.metadata.annotations?.[networksAnnotation]?.includes(`"${podInterfaceName(network)}"`) === true && allocated === 'true'

const secondaryPrefix = (vmi: VirtualMachineInstance, networkName: string): string => {
  const [namespace, name] = networkName.includes('/') ? networkName.split('/') : [vmi.metadata.namespace, networkName]
  return `${name}.${namespace}.ovn.kubernetes.io`
}

/** Kube-OVN's annotations of the pod's first NIC stand under the provider of its network: `ovn`, or `<nad>.<ns>.ovn`. */
const primaryPrefix = (pod: Pod): string => {
  const [namespace, name] = (pod.metadata.annotations?.['v1.multus-cni.io/default-network'] ?? '').split('/')
  return name === undefined ? 'ovn.kubernetes.io' : `${name}.${namespace}.ovn.kubernetes.io`
}
