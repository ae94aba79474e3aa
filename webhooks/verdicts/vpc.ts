import { containsCidr, parseCidr } from '../../crds/cidr.ts'
import type { VPC } from '../../crds/v1alpha1/index.ts'
import type { Verdict, View, Violation } from './view.ts'
import { doOverlap } from './vpc-peering.ts'

/** A block stays while subnets are in it, none comes that a peer has, and the main table is one of the VPC's. */
export const vpcVerdict: Verdict<VPC> = (vpc, old, view) => [
  ...foreignTable(vpc, view),
  ...old === undefined ? [] : [...losingBlocks(vpc, old, view), ...peersBlocks(vpc, old, view)],
]

const losingBlocks = (vpc: VPC, old: VPC, view: View): Violation[] => {
  const [before, after] = [old, vpc].map(({ spec }) => spec.cidrBlocks.map(parseCidr).filter(block => block !== undefined))
  return [...view.subnetsOfVPC(vpc.metadata.namespace ?? '', vpc.metadata.name)].flatMap(subnet => {
    const block = parseCidr(subnet.spec.cidrBlock)
    if (block === undefined) return []
    const wasIn = before?.some(outer => containsCidr(outer, block)) ?? false
    const isIn = after?.some(outer => containsCidr(outer, block)) ?? false
    return !wasIn || isIn ? [] : [{
      field: 'spec.cidrBlocks',
      message: `the subnet ${subnet.metadata.name} (${subnet.spec.cidrBlock}) is in a block that would be removed: delete the subnet first or keep the block`,
      reason: 'FieldValueForbidden' as const,
    }]
  })
}

/** Blocks at the other end are in the peering's status once that side has agreed to tell. */
const peersBlocks = ({ metadata, spec }: VPC, old: VPC, view: View): Violation[] => spec.cidrBlocks.flatMap((block, index) => {
  if (old.spec.cidrBlocks.includes(block)) return []
  return [...view.peeringsOfVPC(metadata.namespace ?? '', metadata.name)].flatMap(peering => {
    const theirs = peering.status?.peerCIDRBlocks?.find(each => doOverlap(each, block))
    return theirs === undefined ? [] : [{
      field: `spec.cidrBlocks[${index}]`,
      message: `${block} overlaps ${theirs} at the other end of the peering ${peering.metadata.name}: choose another block, or delete the peering first`,
    }]
  })
})

const foreignTable = ({ metadata, spec }: VPC, view: View): Violation[] => {
  const name = spec.mainRouteTableRef?.name
  const table = name === undefined ? undefined : view.getRouteTable(metadata.namespace ?? '', name)
  return table === undefined || table.spec.vpcRef.name === metadata.name ? [] : [{
    field: 'spec.mainRouteTableRef', message: `the route table ${name} is of the VPC ${table.spec.vpcRef.name}: name one of this VPC`,
  }]
}
