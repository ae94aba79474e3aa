import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { networkInterface, type NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedObject } from '../stored.ts'

export const networkInterfaceInformer: InformerSpec<NetworkInterface> = {
  resource: networkInterface,
  trim: storedObject,
  indexes: {
    uid: byUID,
    /** Its ID, by which machines know it. */
    id: object => [idOf(idPrefixes.networkInterface, object.metadata.uid)],
    /** `namespace/name` of what the spec refers to. */
    subnet: object => [subnetKeyOf(object)],
    securityGroup: object => (object.spec.securityGroupRefs ?? []).map(({ name }) => siblingKey(object, name)),
    instance: object => object.spec.attachment === undefined ? [] : [siblingKey(object, object.spec.attachment.instanceRef.name)],
    /** `namespace/name/address`: the subnet, and each address that the interface has by its status or asks for. */
    address: object => [...new Set([object.status?.privateIPAddress, object.spec.privateIPAddress])]
      .flatMap(address => address === undefined ? [] : [`${subnetKeyOf(object)}/${address}`]),
    /** `namespace/name` of the subnet, as long as the status says no address in it. */
    unplaced: object => object.status?.privateIPAddress === undefined ? [subnetKeyOf(object)] : [],
    /** `namespace/name` of the subnet of an interface that names no groups: it is in the default one of the VPC. */
    ungrouped: object => object.spec.securityGroupRefs === undefined ? [subnetKeyOf(object)] : [],
  },
}

const subnetKeyOf = (object: NetworkInterface): string => siblingKey(object, object.spec.subnetRef.name)
