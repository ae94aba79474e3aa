import { overlaps, parseCidr } from '../../crds/cidr.ts'
import type { VPCPeering } from '../../crds/v1alpha1/index.ts'
import type { Verdict, View, Violation } from './view.ts'

/**
 * Two VPCs that are told apart and don't overlap. Only what is of this account is looked at: of another account's VPC nobody is told anything before
 * that side has asked too, and then the controller says it.
 */
export const vpcPeeringVerdict: Verdict<VPCPeering> = (peering, old, view) => {
  if (old !== undefined) return []
  const namespace = peering.metadata.namespace ?? ''
  const { name, namespace: peerNamespace = namespace } = peering.spec.peer
  if (peerNamespace === namespace && name === peering.spec.vpcRef.name) return [{ field: 'spec.peer', message: `${name} is the VPC itself: name another VPC` }]
  return [...repeated(peering, view), ...peerNamespace === namespace ? overlapping(peering, view) : []]
}

const repeated = ({ metadata, spec }: VPCPeering, view: View): Violation[] => {
  const namespace = metadata.namespace ?? ''
  const toKey = ({ name, namespace: peerNamespace = namespace }: VPCPeering['spec']['peer']) => `${peerNamespace}/${name}`
  const other = [...view.peeringsOfVPC(namespace, spec.vpcRef.name)]
    .find(each => each.metadata.name !== metadata.name && toKey(each.spec.peer) === toKey(spec.peer))
  return other === undefined ? [] : [{ field: 'spec.peer', message: `the peering ${other.metadata.name} asks for the same: use that one, or delete it first` }]
}

const overlapping = ({ metadata, spec }: VPCPeering, view: View): Violation[] => {
  const [ours, theirs] = [spec.vpcRef.name, spec.peer.name].map(name => view.getVPC(metadata.namespace ?? '', name)?.spec.cidrBlocks ?? [])
  const [pair] = (ours ?? []).flatMap(a => (theirs ?? []).filter(b => doOverlap(a, b)).map(b => [a, b] as const))
  return pair === undefined ? [] : [{
    field: 'spec.peer', message: `${pair[0]} of the VPC ${spec.vpcRef.name} overlaps ${pair[1]} of ${spec.peer.name}: peer VPCs whose blocks don't overlap`,
  }]
}

/** Whether two blocks as they are written have an address in common. */
export const doOverlap = (a: string, b: string): boolean => {
  const [one, two] = [parseCidr(a), parseCidr(b)]
  return one !== undefined && two !== undefined && overlaps(one, two)
}
