import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import { byPortAddress, networkAttachmentInformer, portAddressOf } from '../../providers/kube-ovn/informers.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { siblingKey } from '../stored.ts'
import type { Claim } from '../subnet/ledger.ts'
import { addressOfInterface } from './port.ts'
import { networkInterfaceInformer } from './store.ts'

/** What the interfaces of a subnet say about one of its addresses. What was made of one counts before its status says anything. */
export const interfaceClaimsAt = (subnet: Subnet, address: string, cache: Cache): Claim[] => {
  const interfaces = cache.of(networkInterfaceInformer)
  const subnetKey = keyOf(subnet.metadata)
  const made = cache.of(networkAttachmentInformer).by(byPortAddress, portAddressOf(subnet.metadata.namespace ?? '', address))
  const found = [
    ...interfaces.by('address', `${subnetKey}/${address}`),
    ...made.flatMap(network => interfaces.by('uid', ownerUIDOf(network) ?? '')),
  ]
  return [...new Map(found.map(each => [each.metadata.uid, each])).values()].flatMap(object => {
    const claim = siblingKey(object, object.spec.subnetRef.name) === subnetKey ? interfaceClaim(object, cache) : undefined
    return claim?.address === address ? [claim] : []
  })
}

/** The address that an interface has or asks for; undefined where it has none and takes any. */
export const interfaceClaim = (object: NetworkInterface, cache: Cache): Claim | undefined => {
  const held = addressOfInterface(object, cache)
  const address = held ?? object.spec.privateIPAddress
  return address === undefined ? undefined
    : { holder: object.metadata.uid, address, held: held !== undefined, since: object.metadata.creationTimestamp ?? '' }
}
