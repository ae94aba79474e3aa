import { type AttachmentName, providerOf } from './network-attachment.ts'

export type PodNetwork = {
  attachment: AttachmentName
  /** Name of the Kube-OVN Subnet: the subnet's ID. */
  logicalSwitch: string
  ipAddress: string
  macAddress?: string
  /** Drops frames of any other source address: EC2's `sourceDestCheck`. */
  portSecurity: boolean
}

/**
 * Annotations of a pod template that put its port on our subnet, with our address. Only ever built from the tenant's own Subnet: Kube-OVN does
 * not check that `logical_switch` belongs to the pod's namespace (kube-ovn#3260), so no key of these may come from what a tenant writes.
 */
export const podNetworkAnnotations = ({ attachment, logicalSwitch, ipAddress, macAddress, portSecurity }: PodNetwork): Record<string, string> => {
  const key = (name: string) => `${providerOf(attachment)}.kubernetes.io/${name}`
  return {
    [key('logical_switch')]: logicalSwitch,
    [key('ip_address')]: ipAddress,
    ...(macAddress === undefined ? {} : { [key('mac_address')]: macAddress }),
    [key('port_security')]: String(portSecurity),
  }
}

/** The annotation that names the Kube-OVN SecurityGroups of a port, joined by commas. Kube-OVN follows it on a pod that runs. */
export const securityGroupsKey = (attachment: AttachmentName): string => `${providerOf(attachment)}${securityGroupsSuffix}`

/** How every such annotation ends. */
export const securityGroupsSuffix = '.kubernetes.io/security_groups'

/** The address that `podNetworkAnnotations` has given: evidence that survives the loss of every status. */
export const addressInAnnotations = (annotations: Annotations | undefined, attachment: AttachmentName): string | undefined =>
  annotations?.[addressKey(attachment)]

/** Every address that `podNetworkAnnotations` has given, each as `addressEvidence` names it. */
export const addressesInAnnotations = (annotations: Annotations): string[] =>
  Object.entries(annotations).flatMap(([key, value]) => key.endsWith('.kubernetes.io/ip_address') ? [`${key}=${value}`] : [])

/** One text for an address in a network, by which to find who was given it. */
export const addressEvidence = (attachment: AttachmentName, address: string): string => `${addressKey(attachment)}=${address}`

type Annotations = Readonly<Record<string, string>>

const addressKey = (attachment: AttachmentName): string => `${providerOf(attachment)}.kubernetes.io/ip_address`
