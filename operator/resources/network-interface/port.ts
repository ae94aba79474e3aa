import { containsAddress, isReserved, parseAddress, parseCidr } from '../../../crds/cidr.ts'
import { idOf, idPrefixes, macOf } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { networkAttachmentInformer } from '../../providers/kube-ovn/informers.ts'
import { type AttachmentName, networkNameOf } from '../../providers/kube-ovn/network-attachment.ts'
import { podNetworkAnnotations, securityGroupsKey } from '../../providers/kube-ovn/pod-annotations.ts'
import type { NetworkAttachment } from '../../providers/kube-ovn/resources.ts'
import type { MachineInterface } from '../../providers/kubevirt/interfaces.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'

export const interfaceIDOf = ({ metadata }: NetworkInterface): string => idOf(idPrefixes.networkInterface, metadata.uid)

/** The network that is the interface's port alone; its name is the interface's ID, which no subnet of a tenant has but by intent. */
export const portAttachmentOf = (object: NetworkInterface): AttachmentName => ({ namespace: object.metadata.namespace ?? '', name: interfaceIDOf(object) })

/** What was made of the interface: it says which address it has, also where its status has been lost. */
export const networkOf = (object: NetworkInterface, cache: Cache): NetworkAttachment | undefined =>
  madeFor(object, cache.of(networkAttachmentInformer).get(keyOf(portAttachmentOf(object))))

/**
 * The address that it has: what was made of it says so before its status can. Who may write such networks in the account may have put any text
 * there: what its subnet can't give it doesn't have.
 */
export const addressOfInterface = (object: NetworkInterface, cache: Cache): string | undefined => {
  const told = networkOf(object, cache)?.privateIPAddress
  return told !== undefined && isOfSubnet(told, object, cache) ? told : object.status?.privateIPAddress
}

/** Without its subnet nothing is refused: one that outlives it is on its way out. */
const isOfSubnet = (text: string, object: NetworkInterface, cache: Cache): boolean => {
  const cidr = parseCidr(cache.of(subnetInformer).get(siblingKey(object, object.spec.subnetRef.name))?.spec.cidrBlock ?? '')
  if (cidr === undefined) return true
  const address = parseAddress(text)
  return address !== undefined && containsAddress(cidr, address) && !isReserved(cidr, address)
}

export type Port = {
  object: NetworkInterface
  subnet: Subnet
  address: string
  /** Names of the Kube-OVN SecurityGroups of the port; undefined where its groups are enforced by policies on the pod. */
  groupIDs: readonly string[] | undefined
}

/** What an interface is to the machine that it is attached to. */
export const machineInterface = ({ object, subnet, address, groupIDs }: Port): MachineInterface => {
  const attachment = portAttachmentOf(object)
  const macAddress = macOf(object.metadata.uid)
  return {
    name: attachment.name,
    networkName: networkNameOf(attachment),
    macAddress,
    annotations: {
      ...podNetworkAnnotations({
        attachment,
        logicalSwitch: idOf(idPrefixes.subnet, subnet.metadata.uid),
        ipAddress: address,
        macAddress,
        portSecurity: object.spec.sourceDestCheck,
      }),
      ...groupIDs === undefined ? {} : { [securityGroupsKey(attachment)]: groupIDs.join(',') },
    },
  }
}
