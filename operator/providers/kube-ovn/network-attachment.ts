import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { networkAttachmentResource } from './resources.ts'

/** A network by the name under which pods of its namespace ask for it. */
export type AttachmentName = { namespace: string; name: string }

/**
 * Kube-OVN tells whose network it is by splitting this at its dots: exactly three parts, the last `ovn`. With a dot in the name the Subnet
 * would count as foreign, be reported ready and be connected to nothing. Source: kube-ovn v1.16.2, pkg/util/subnet.go.
 */
export const providerOf = ({ namespace, name }: AttachmentName): string => `${name}.${namespace}.ovn`

/** Whether a name can be part of a provider: a DNS label, at most 63 characters, no dots. */
export const canNameAttachment = (name: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)

/** As Multus wants it in `networks[].multus.networkName` of a VirtualMachine. */
export const networkNameOf = ({ namespace, name }: AttachmentName): string => `${namespace}/${name}`

/** Annotation of the network of one port: the address that the port has for life. Evidence that survives the loss of every status. */
export const privateAddressKey = 'kumulus.dev/private-ip-address'

/** The network that pods of the tenant's namespace, and of no other, ask for by name. */
export const buildNetworkAttachment = (attachment: AttachmentName) => ({
  apiVersion: apiVersionOf(networkAttachmentResource),
  kind: networkAttachmentResource.kind,
  metadata: { name: attachment.name, namespace: attachment.namespace },
  spec: { config: JSON.stringify(configOf(attachment)) },
})

/**
 * The network of one port alone. Kube-OVN finds the Subnet by the pod's annotation `logical_switch` before it compares providers, so that a port may
 * have a provider of its own: then each of a machine's ports has annotations of its own, also of two in one subnet. Source: kube-ovn v1.16.2,
 * getPodAttachmentNet in pkg/controller/pod.go.
 */
export const buildPortAttachment = (attachment: AttachmentName, privateIPAddress: string) => {
  const network = buildNetworkAttachment(attachment)
  return { ...network, metadata: { ...network.metadata, annotations: { [privateAddressKey]: privateIPAddress } } }
}

const configOf = (attachment: AttachmentName) => ({
  cniVersion: '0.3.0',
  type: 'kube-ovn',
  server_socket: '/run/openvswitch/kube-ovn-daemon.sock',
  provider: providerOf(attachment),
})
