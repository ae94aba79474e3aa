import { containsAddress, isReserved, parseAddress, parseCidr } from '../../crds/cidr.ts'
import type { Instance, NetworkInterface } from '../../crds/v1alpha1/index.ts'
import { cameFirst } from './precedence.ts'
import type { SeenInstance, SeenNetworkInterface, SeenSubnet, View, Violation } from './view.ts'

/** What has an address in a subnet, and groups. */
export type SubnetMember = Instance | NetworkInterface

/** The address that a member asks for against its subnet and the others in it. */
export const addressViolations = (member: SubnetMember, subnet: SeenSubnet, view: View): Violation[] => {
  const field = 'spec.privateIPAddress'
  const text = member.spec.privateIPAddress
  const block = parseCidr(subnet.spec.cidrBlock)
  if (text === undefined || block === undefined) return []
  const address = parseAddress(text)
  if (address === undefined || !containsAddress(block, address)) {
    return [{ field, message: `${text} is not in the subnet ${member.spec.subnetRef.name} (${subnet.spec.cidrBlock}): choose an address inside, or leave it out` }]
  }
  if (isReserved(block, address)) {
    return [{ field, message: `${text} is reserved: the first four addresses and the last of a subnet can't be used; choose another, or leave it out` }]
  }
  const holder = othersAt(member, text, view).find(({ other, isSame }) => !isSame && holds(other, text, member))
  return holder === undefined ? [] : [{ field, message: `${text} is taken by the ${holder.title} ${holder.other.metadata.name}: choose another, or leave it out` }]
}

/** Groups are of the VPC of the subnet. */
export const foreignGroupsOf = ({ metadata, spec }: SubnetMember, subnet: SeenSubnet, view: View): Violation[] =>
  (spec.securityGroupRefs ?? []).flatMap(({ name }, index) => {
    const group = view.getSecurityGroup(metadata.namespace ?? '', name)
    return group === undefined || group.spec.vpcRef.name === subnet.spec.vpcRef.name ? [] : [{
      field: `spec.securityGroupRefs[${index}]`,
      message: `the group ${name} is of the VPC ${group.spec.vpcRef.name}, the subnet ${spec.subnetRef.name} of ${subnet.spec.vpcRef.name}: name groups of that VPC`,
    }]
  })

type Other = { title: string; other: SeenInstance | SeenNetworkInterface; isSame: boolean }

const othersAt = ({ kind, metadata, spec }: SubnetMember, address: string, view: View): Other[] => {
  const at = [metadata.namespace ?? '', spec.subnetRef.name, address] as const
  const as = (title: string, ofKind: string) => (other: Other['other']): Other => ({ title, other, isSame: kind === ofKind && other.metadata.name === metadata.name })
  return [
    ...[...view.instancesAt(...at)].map(as('instance', 'Instance')),
    ...[...view.networkInterfacesAt(...at)].map(as('network interface', 'NetworkInterface')),
  ]
}

/** Whoever has the address keeps it; of two that only ask for it, the first to come gets it. */
const holds = (other: Other['other'], address: string, { metadata, status }: SubnetMember): boolean => {
  if (status?.privateIPAddress === address) return false
  if (other.status?.privateIPAddress === address) return true
  return other.spec.privateIPAddress === address && cameFirst(other.metadata, metadata)
}
