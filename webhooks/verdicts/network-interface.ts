import type { NetworkInterface } from '../../crds/v1alpha1/index.ts'
import { cameFirst } from './precedence.ts'
import { addressViolations, foreignGroupsOf } from './subnet-member.ts'
import type { SeenNetworkInterface, SeenSubnet, Verdict, View, Violation } from './view.ts'

/** Address and groups against the subnet, and an instance that it can be attached to. */
export const networkInterfaceVerdict: Verdict<NetworkInterface> = (networkInterface, old, view) => {
  const { metadata, spec } = networkInterface
  const subnet = view.getSubnet(metadata.namespace ?? '', spec.subnetRef.name)
  return [
    ...subnet === undefined ? [] : [
      ...old === undefined ? addressViolations(networkInterface, subnet, view) : [],
      ...foreignGroupsOf(networkInterface, subnet, view),
      ...farInstance(networkInterface, subnet, view),
    ],
    ...old?.spec.attachment === undefined ? takenIndex(networkInterface, old !== undefined, view) : [],
  ]
}

const farInstance = ({ metadata, spec: { attachment, subnetRef } }: NetworkInterface, subnet: SeenSubnet, view: View): Violation[] => {
  const namespace = metadata.namespace ?? ''
  const name = attachment?.instanceRef.name
  const instance = name === undefined ? undefined : view.getInstance(namespace, name)
  const its = instance === undefined ? undefined : view.getSubnet(namespace, instance.spec.subnetRef.name)
  if (its === undefined || name === undefined) return []
  const field = 'spec.attachment.instanceRef'
  if (its.spec.vpcRef.name !== subnet.spec.vpcRef.name) {
    return [{ field, message: `the instance ${name} is in the VPC ${its.spec.vpcRef.name}, the subnet ${subnetRef.name} in ${subnet.spec.vpcRef.name}: name an instance of that VPC` }]
  }
  return its.spec.availabilityZone === subnet.spec.availabilityZone ? [] : [{
    field, message: `the instance ${name} is in ${its.spec.availabilityZone}, the subnet ${subnetRef.name} in ${subnet.spec.availabilityZone}: name an instance of that zone`,
  }]
}

/** Whoever is at a place keeps it. At the door whoever comes later loses; of two that were admitted at once the younger does. */
const takenIndex = (object: NetworkInterface, isAtDoor: boolean, view: View): Violation[] => {
  const { metadata, spec: { attachment } } = object
  if (attachment === undefined || isAttached(object)) return []
  const { instanceRef, deviceIndex } = attachment
  const other = [...view.networkInterfacesOfInstance(metadata.namespace ?? '', instanceRef.name)]
    .find(each => each.metadata.name !== metadata.name && each.spec.attachment?.deviceIndex === deviceIndex &&
      (isAtDoor || isAttached(each) || cameFirst(each.metadata, metadata)))
  return other === undefined ? [] : [{
    field: 'spec.attachment.deviceIndex',
    message: `the network interface ${other.metadata.name} is at ${deviceIndex} of the instance ${instanceRef.name}: choose a free index, 1 to 15`,
  }]
}

/** Whether it is where its spec says already. */
const isAttached = ({ spec: { attachment }, status }: SeenNetworkInterface): boolean => attachment !== undefined &&
  status?.attachment?.instanceName === attachment.instanceRef.name && status.attachment.deviceIndex === attachment.deviceIndex
