import { keyOf } from '../../../crds/kubernetes.ts'
import { vpcPeering, type VPCPeering } from '../../../crds/v1alpha1/vpc-peering.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { siblingKey, storedObject } from '../stored.ts'

export const vpcPeeringInformer: InformerSpec<VPCPeering> = {
  resource: vpcPeering,
  trim: storedObject,
  indexes: {
    /** `namespace/name` of the VPC of its own side. */
    vpc: peering => [ownKeyOf(peering)],
    /** `namespace/name` of the VPC at the other end. */
    peer: peering => [peerKeyOf(peering)],
  },
}

/** `namespace/name` of the VPC of a peering's own side. */
export const ownKeyOf = (peering: VPCPeering): string => siblingKey(peering, peering.spec.vpcRef.name)

/** `namespace/name` of the VPC at the other end: the one reference of ours that crosses a namespace and gives what is there a way back. */
export const peerKeyOf = ({ metadata, spec: { peer } }: VPCPeering): string =>
  keyOf({ ...metadata, name: peer.name, ...peer.namespace === undefined ? {} : { namespace: peer.namespace } })
