import { containsCidr, overlaps, parseCidr } from '../../crds/cidr.ts'
import type { Subnet } from '../../crds/v1alpha1/index.ts'
import { cameFirst } from './precedence.ts'
import type { SeenSubnet, Verdict, View, Violation } from './view.ts'

/** Inside the blocks of its VPC, and apart from the VPC's other subnets. */
export const subnetVerdict: Verdict<Subnet> = (subnet, _old, view) => {
  const block = parseCidr(subnet.spec.cidrBlock)
  if (block === undefined) return [{ field: 'spec.cidrBlock', message: `${subnet.spec.cidrBlock} is not an IPv4 block, write for example 10.0.1.0/24` }]
  return [...outsideVPC(subnet, view), ...overlapping(subnet, view)]
}

const outsideVPC = ({ metadata, spec }: Subnet, view: View): Violation[] => {
  const vpc = view.getVPC(metadata.namespace ?? '', spec.vpcRef.name)
  const block = parseCidr(spec.cidrBlock)
  if (vpc === undefined || block === undefined) return []
  const inside = vpc.spec.cidrBlocks.map(parseCidr).some(outer => outer !== undefined && containsCidr(outer, block))
  return inside ? [] : [{
    field: 'spec.cidrBlock',
    message: `${spec.cidrBlock} is not inside the VPC ${spec.vpcRef.name} (${vpc.spec.cidrBlocks.join(', ')}): choose a block inside, or add one to the VPC`,
  }]
}

const overlapping = (subnet: Subnet, view: View): Violation[] => {
  const { metadata, spec } = subnet
  const block = parseCidr(spec.cidrBlock)
  if (block === undefined) return []
  return [...view.subnetsOfVPC(metadata.namespace ?? '', spec.vpcRef.name)].flatMap(other => {
    const theirs = parseCidr(other.spec.cidrBlock)
    if (other.metadata.name === metadata.name || theirs === undefined || !overlaps(block, theirs) || !keepsBlock(other, subnet)) return []
    return [{
      field: 'spec.cidrBlock',
      message: `${spec.cidrBlock} overlaps ${other.spec.cidrBlock} of the subnet ${other.metadata.name} in the same VPC: choose a free block`,
    }]
  })
}

/** A subnet that is in use keeps its block; of two that only ask for it, the first to come gets it. */
const keepsBlock = (other: SeenSubnet, subnet: Subnet): boolean => {
  const theirs = other.status?.state === 'available'
  return theirs === (subnet.status?.state === 'available') ? cameFirst(other.metadata, subnet.metadata) : theirs
}
