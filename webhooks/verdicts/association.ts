import type { NetworkACL, RouteTable } from '../../crds/v1alpha1/index.ts'
import type { SeenNetworkACL, SeenRouteTable, View, Violation } from './view.ts'

type Guard = RouteTable | NetworkACL

/**
 * Subnets that a RouteTable or a NetworkACL names: of the same VPC, and none that another has. Only what is new in it is looked at: what was
 * admitted at once is told apart by the controllers.
 * @param othersOf - all of the kind that name a subnet. @param title - of the kind, as in `route table`.
 */
export const associationViolations = (
  { metadata, spec }: Guard,
  old: Guard | undefined,
  view: View,
  othersOf: (namespace: string, subnetName: string) => Iterable<SeenRouteTable | SeenNetworkACL>,
  title: string,
): Violation[] => (spec.subnetRefs ?? []).flatMap(({ name }, index) => {
  const field = `spec.subnetRefs[${index}]`
  const namespace = metadata.namespace ?? ''
  const subnet = view.getSubnet(namespace, name)
  if (subnet !== undefined && subnet.spec.vpcRef.name !== spec.vpcRef.name) {
    return [{ field, message: `the subnet ${name} is of the VPC ${subnet.spec.vpcRef.name}, this ${title} of ${spec.vpcRef.name}: name subnets of that VPC` }]
  }
  if (old?.spec.subnetRefs?.some(each => each.name === name) === true) return []
  const other = [...othersOf(namespace, name)].find(each => each.metadata.name !== metadata.name && each.spec.vpcRef.name === spec.vpcRef.name)
  return other === undefined ? [] : [{
    field, message: `the subnet ${name} has the ${title} ${other.metadata.name}, and has one only: take it out of the subnetRefs of ${other.metadata.name} first`,
  }]
})
