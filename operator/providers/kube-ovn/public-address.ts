import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { type OvnEip, ovnEipResource, type OvnFip, ovnFipResource } from './external-resources.ts'

/** Label of an OvnEip: UID of the PublicIPPool that the address is of. */
export const poolLabel = 'kumulus.dev/public-ip-pool-uid'

/** Label of an OvnFip: UID of what the address leads to. */
export const targetLabel = 'kumulus.dev/target-uid'

/** Annotation of an OvnEip whose holder has given it back: when, RFC 3339. */
export const releasedAt = 'kumulus.dev/released-at'

/**
 * What an address is named by, its OvnEip and its OvnFip alike. The name is the address, so that the API server itself lets nobody else make the same
 * one: not another process, not one whose view is old, not another pool that overlaps. Kube-OVN does not look (it compares with `spec.v4Ip` of what
 * it knows). And an address leads to one place at a time, because there is only one name for what leads there.
 */
export const publicAddressName = (address: string): string => `eip-${address.replaceAll('.', '-')}`

/** The address that an OvnEip of ours is named by. */
export const addressOfName = (name: string): string => name.slice('eip-'.length).replaceAll('-', '.')

/**
 * An external address that is ours to lead somewhere. All that Kube-OVN would fill in is said, but for the MAC address: it draws one of its own and
 * writes it over ours. Source: kube-ovn v1.16.2, pkg/controller/ovn_eip.go.
 */
export const buildOvnEip = ({ address, externalSubnet, poolUID }: { address: string; externalSubnet: string; poolUID: string }) => ({
  apiVersion: apiVersionOf(ovnEipResource),
  kind: ovnEipResource.kind,
  metadata: { name: publicAddressName(address), labels: { [poolLabel]: poolUID } },
  spec: { externalSubnet, v4Ip: address, type: 'nat' },
})

export type Target = {
  /** Name of the Kube-OVN Vpc: the VPC's ID. */
  vpcID: string
  /** Address in the VPC, dotted decimal. */
  privateIPAddress: string
  /** UID of the object that has the private address. */
  uid: string
}

/**
 * Leads an external address to a private one and back. By VPC and address rather than by the name of Kube-OVN's IP object: that goes and comes with
 * the machine's pod network, and Kube-OVN gives up on an association whose IP it does not find. Never changed once made: Kube-OVN takes no change.
 */
export const buildOvnFip = (address: string, { vpcID, privateIPAddress, uid }: Target) => ({
  apiVersion: apiVersionOf(ovnFipResource),
  kind: ovnFipResource.kind,
  metadata: { name: publicAddressName(address), labels: { [targetLabel]: uid } },
  // By a gateway node whatever the cluster's default is: the distributed way needs the port by its name.
  spec: { ovnEip: publicAddressName(address), vpc: vpcID, v4Ip: privateIPAddress, type: 'centralized' },
})

/** Whether an address is in Kube-OVN's books. */
export const isEipReady = (eip: OvnEip | undefined): boolean => eip?.status.ready === true && eip.status.v4Ip === eip.spec.v4Ip

/** Whether packets go where the association says. */
export const isFipReady = (fip: OvnFip | undefined): boolean => fip?.status.ready === true

/** Whether what leaves the place that an association leads to has its public address: from before it is ready it isn't, nor once it is going. */
export const isTranslating = (fip: OvnFip): boolean => isFipReady(fip) && fip.metadata.deletionTimestamp === undefined

/** Whether an association leads to this very place. */
export const leadsTo = (fip: OvnFip, { vpcID, privateIPAddress, uid }: Target): boolean =>
  fip.spec.vpc === vpcID && fip.spec.v4Ip === privateIPAddress && fip.targetUID === uid

/** One text for a place, by which to find what leads there. */
export const placeOf = (vpcID: string, privateIPAddress: string): string => `${vpcID}/${privateIPAddress}`
