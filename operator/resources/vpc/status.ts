import type { Condition } from '../../../crds/kubernetes.ts'
import type { VPC, VPCStatus } from '../../../crds/v1alpha1/vpc.ts'
import { isVpcReady } from '../../providers/kube-ovn/vpc.ts'
import { condition, conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { VPCFacts } from './observe.ts'

/** `available` says that subnets and instances may come: from then on it stays so, whatever the outcome of a later pass. */
export const vpcStatus = ({ object, facts, outcome, now }: StatusInput<VPC, VPCFacts>): VPCStatus => {
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }), ...namesOf(object, generation, now),
    ],
    vpcID: facts.id,
    state: isAvailable(object, facts) ? 'available' : 'pending',
    ...(facts.defaultGroup === undefined ? {} : { defaultSecurityGroup: facts.defaultGroup.metadata.name }),
    ...(facts.defaultList === undefined ? {} : { defaultNetworkACL: facts.defaultList.metadata.name }),
    ...(facts.mainTable === undefined ? {} : { mainRouteTable: facts.mainTable.metadata.name }),
  }
}

/** What is asked for of DNS and not served is said: a VPC is of use without. */
const namesOf = ({ spec, status }: VPC, generation: number, now: number): Condition[] => {
  const asked = [...spec.enableDNSSupport ? ['enableDNSSupport'] : [], ...spec.enableDNSHostnames ? ['enableDNSHostnames'] : []]
  return asked.length === 0 ? [] : [condition({ previous: status?.conditions, generation, now }, 'DNSAvailable', 'False', 'NotSupportedYet',
    `spec.${asked.join(', spec.')}: instances are named by their addresses, and no DNS server answers for the names yet: use addresses`)]
}

const isAvailable = ({ spec }: VPC, { router, isIsolated, defaultGroup, ownTable }: VPCFacts): boolean =>
  isIsolated && defaultGroup !== undefined && (ownTable !== undefined || spec.mainRouteTableRef !== undefined) && isVpcReady(router)
