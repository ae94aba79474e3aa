import type { Instance } from '../../crds/v1alpha1/index.ts'
import { addressViolations, foreignGroupsOf } from './subnet-member.ts'
import type { SeenSubnet, View, Violation } from './view.ts'

/** Zone, address and groups of an Instance against its subnet. */
export const networkViolations = (instance: Instance, view: View): Violation[] => {
  const subnet = view.getSubnet(instance.metadata.namespace ?? '', instance.spec.subnetRef.name)
  if (subnet === undefined) return []
  return [...otherZone(instance, subnet), ...addressViolations(instance, subnet, view), ...foreignGroupsOf(instance, subnet, view)]
}

const otherZone = ({ spec }: Instance, subnet: SeenSubnet): Violation[] => {
  const zone = spec.placement.availabilityZone
  return zone === undefined || zone === subnet.spec.availabilityZone ? [] : [{
    field: 'spec.placement.availabilityZone',
    message: `the subnet ${spec.subnetRef.name} is in ${subnet.spec.availabilityZone}, not in ${zone}: leave the zone out or choose a subnet in ${zone}`,
  }]
}
