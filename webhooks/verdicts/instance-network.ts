import { containsAddress, isReserved, parseAddress, parseCidr } from '../../crds/cidr.ts'
import type { Instance } from '../../crds/v1alpha1/index.ts'
import { cameFirst } from './precedence.ts'
import type { SeenInstance, SeenSubnet, View, Violation } from './view.ts'

/** Zone, address and groups of an Instance against its subnet. */
export const networkViolations = (instance: Instance, view: View): Violation[] => {
  const subnet = view.getSubnet(instance.metadata.namespace ?? '', instance.spec.subnetRef.name)
  if (subnet === undefined) return []
  return [...otherZone(instance, subnet), ...addressViolations(instance, subnet, view), ...foreignGroups(instance, subnet, view)]
}

const otherZone = ({ spec }: Instance, subnet: SeenSubnet): Violation[] => {
  const zone = spec.placement.availabilityZone
  return zone === undefined || zone === subnet.spec.availabilityZone ? [] : [{
    field: 'spec.placement.availabilityZone',
    message: `the subnet ${spec.subnetRef.name} is in ${subnet.spec.availabilityZone}, not in ${zone}: leave the zone out or choose a subnet in ${zone}`,
  }]
}

const addressViolations = (instance: Instance, subnet: SeenSubnet, view: View): Violation[] => {
  const field = 'spec.privateIPAddress'
  const text = instance.spec.privateIPAddress
  const block = parseCidr(subnet.spec.cidrBlock)
  if (text === undefined || block === undefined) return []
  const address = parseAddress(text)
  if (address === undefined || !containsAddress(block, address)) {
    return [{ field, message: `${text} is not in the subnet ${instance.spec.subnetRef.name} (${subnet.spec.cidrBlock}): choose an address inside, or leave it out` }]
  }
  if (isReserved(block, address)) {
    return [{ field, message: `${text} is reserved: the first four addresses and the last of a subnet can't be used; choose another, or leave it out` }]
  }
  const holder = [...view.instancesAt(instance.metadata.namespace ?? '', instance.spec.subnetRef.name, text)].find(other => holds(other, text, instance))
  return holder === undefined ? [] : [{ field, message: `${text} is taken by the instance ${holder.metadata.name}: choose another, or leave it out` }]
}

/** Whoever has the address keeps it; of two that only ask for it, the first to come gets it. */
const holds = (other: SeenInstance, address: string, { metadata, status }: Instance): boolean => {
  if (other.metadata.name === metadata.name || status?.privateIPAddress === address) return false
  if (other.status?.privateIPAddress === address) return true
  return other.spec.privateIPAddress === address && cameFirst(other.metadata, metadata)
}

const foreignGroups = ({ metadata, spec }: Instance, subnet: SeenSubnet, view: View): Violation[] =>
  (spec.securityGroupRefs ?? []).flatMap(({ name }, index) => {
    const group = view.getSecurityGroup(metadata.namespace ?? '', name)
    return group === undefined || group.spec.vpcRef.name === subnet.spec.vpcRef.name ? [] : [{
      field: `spec.securityGroupRefs[${index}]`,
      message: `the group ${name} is of the VPC ${group.spec.vpcRef.name}, the subnet ${spec.subnetRef.name} of ${subnet.spec.vpcRef.name}: name groups of that VPC`,
    }]
  })
