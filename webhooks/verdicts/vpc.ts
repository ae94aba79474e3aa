import { containsCidr, parseCidr } from '../../crds/cidr.ts'
import type { VPC } from '../../crds/v1alpha1/index.ts'
import type { Verdict } from './view.ts'

/** A block stays while subnets are in it. */
export const vpcVerdict: Verdict<VPC> = (vpc, old, view) => {
  if (old === undefined) return []
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
