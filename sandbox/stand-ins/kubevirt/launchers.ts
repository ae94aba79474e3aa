import type { Pod } from '../kubelet/types.ts'
import type { VirtualMachineInstance, VmiInterface } from './types.ts'

/** Annotation of a pod that only makes its claims bind; no machine runs in it. */
export const provisioningAnnotation = 'kubevirt.io/ephemeral-provisioning'

export const isProvisioningPod = (pod: Pod | undefined): boolean => pod?.metadata.annotations?.[provisioningAnnotation] === 'true'

/** The primary NIC has the pod's address; a secondary one what Multus reports of it. */
export const podInterfaces = (vmi: VirtualMachineInstance, pod: Pod): VmiInterface[] => {
  const networks = (vmi.spec.networks ?? []).filter(({ name }) => vmi.spec.domain.devices.interfaces?.some((nic) => nic.name === name))
  return networks.map((network, index) => {
    const isPrimary = network.pod !== undefined || network.multus?.default === true
    const prefix = isPrimary ? undefined : secondaryPrefix(vmi, network.multus?.networkName ?? '')
    const annotation = (key: string) => pod.metadata.annotations?.[`${prefix ?? primaryPrefix(pod)}/${key}`]
    const address = annotation('ip_address') ?? (isPrimary ? pod.status?.podIP : undefined)
    const mac = vmi.spec.domain.devices.interfaces?.find((nic) => nic.name === network.name)?.macAddress ?? annotation('mac_address')
    return {
      name: network.name,
      infoSource: 'domain',
      podInterfaceName: isPrimary ? 'eth0' : `pod${index}`,
      queueCount: 1,
      linkState: 'up',
      ...(address === undefined ? {} : { ipAddress: address.split(',')[0] ?? address, ipAddresses: address.split(',') }),
      ...(mac === undefined ? {} : { mac }),
    }
  })
}

const secondaryPrefix = (vmi: VirtualMachineInstance, networkName: string): string => {
  const [namespace, name] = networkName.includes('/') ? networkName.split('/') : [vmi.metadata.namespace, networkName]
  return `${name}.${namespace}.ovn.kubernetes.io`
}

/** Kube-OVN's annotations of the pod's first NIC stand under the provider of its network: `ovn`, or `<nad>.<ns>.ovn`. */
const primaryPrefix = (pod: Pod): string => {
  const [namespace, name] = (pod.metadata.annotations?.['v1.multus-cni.io/default-network'] ?? '').split('/')
  return name === undefined ? 'ovn.kubernetes.io' : `${name}.${namespace}.ovn.kubernetes.io`
}
