import { compareQuantities } from '../../../crds/quantity.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready } from '../../runtime/outcome.ts'
import { launchRefusal } from '../image/launch-permission.ts'
import { notFound, notReady, titleOf } from '../waiting-for.ts'
import type { InstanceFacts } from './observe.ts'
import { isOff } from './power.ts'
import type { StoredInstance } from './store.ts'

type Context = StepContext<StoredInstance, InstanceFacts>

/** What is in the API and not served yet is said, never passed over. */
export const checkServed = ({ object: { spec } }: Context): Outcome => {
  const unserved = [
    ...spec.state === 'Hibernated' ? ['state: Hibernated (use Stopped)'] : [],
    ...spec.market.type === 'Spot' ? ['market.type: Spot'] : [],
    ...spec.placement.tenancy === 'Default' ? [] : [`placement.tenancy: ${spec.placement.tenancy}`],
    ...spec.placement.groupRef === undefined ? [] : ['placement.groupRef'],
    ...spec.associatePublicIP === true ? ['associatePublicIP: true'] : [],
    ...spec.instanceProfileRef === undefined ? [] : ['instanceProfileRef'],
    ...spec.blockDevices?.some(({ snapshotRef }) => snapshotRef !== undefined) === true ? ['blockDevices[].snapshotRef'] : [],
  ]
  return unserved.length === 0 ? ready : blocked('NotSupportedYet', `not supported yet: ${unserved.join(', ')}; leave it out`)
}

/** Every reference may come later; the first that is missing is named. What a machine that runs has used already, it needs no longer. */
export const awaitReferences = (context: Context): Outcome => {
  const network = awaitNetwork(context)
  if (network.kind !== 'ready' || !isOff(context.facts)) return network
  const launch = awaitLaunch(context)
  return launch.kind === 'ready' ? checkTogether(context) : launch
}

const awaitNetwork = ({ object, facts }: Context): Outcome => {
  const { namespace } = object.metadata
  const { subnet, vpc, groups } = facts
  if (subnet === undefined) return notFound('Subnet', object.spec.subnetRef.name, namespace)
  if (vpc === undefined) return notFound('VPC', subnet.spec.vpcRef.name, namespace)
  if (facts.machine === undefined && (subnet.status?.state !== 'available' || subnet.metadata.deletionTimestamp !== undefined)) return notReady(subnet, 'Subnet')
  if (groups.length === 0) return notReady(vpc, 'VPC')
  const missing = groups.find(({ group }) => group === undefined)
  if (missing !== undefined) return notFound('SecurityGroup', missing.name, namespace)
  const foreign = groups.find(({ group }) => group?.spec.vpcRef.name !== subnet.spec.vpcRef.name)
  return foreign === undefined ? ready : blocked('InvalidSpec',
    `securityGroupRefs: ${titleOf('SecurityGroup', foreign.name)} is not in VPC "${subnet.spec.vpcRef.name}" of the subnet: use groups of that VPC`)
}

const awaitLaunch = ({ object: { metadata, spec }, facts }: Context): Outcome => {
  if (facts.type === undefined) return notFound('InstanceType', spec.instanceType, undefined)
  if (spec.keyPairRef !== undefined && facts.machine === undefined) {
    if (facts.keyPair === undefined) return notFound('KeyPair', spec.keyPairRef.name, metadata.namespace)
    if (facts.keyPair.status?.publicKey === undefined) return notReady(facts.keyPair, 'KeyPair')
  }
  if (facts.machine !== undefined) return ready
  const refusal = launchRefusal(facts.image, spec.imageRef, metadata.namespace ?? '')
  if (refusal !== undefined) return refusal
  if (facts.image === undefined) return notFound('Image', spec.imageRef.name, spec.imageRef.namespace ?? metadata.namespace)
  return facts.image.status?.state === 'available' && facts.image.metadata.deletionTimestamp === undefined ? ready : notReady(facts.image, 'Image')
}

/** The door may have been open: rules between this object and others are asked again, before anything is made of it. */
const checkTogether = ({ object: { spec }, facts }: Context): Outcome => {
  const { type, image, subnet, address, disks } = facts
  const { availabilityZone } = spec.placement
  const rootSize = disks[0]?.device.size
  const wrong = [
    ...type !== undefined && image !== undefined && type.spec.architecture !== image.spec.architecture
      ? [`instanceType: ${type.metadata.name} is ${type.spec.architecture} and Image "${image.metadata.name}" is ${image.spec.architecture}: use two of one architecture`] : [],
    ...availabilityZone !== undefined && availabilityZone !== subnet?.spec.availabilityZone
      ? [`placement.availabilityZone: ${availabilityZone} is not the subnet's ${subnet?.spec.availabilityZone}: leave it out or use a subnet there`] : [],
    ...rootSize !== undefined && image?.status?.size !== undefined && facts.machine === undefined && compareQuantities(rootSize, image.status.size) < 0
      ? [`blockDevices[0].size: ${rootSize} is less than the ${image.status.size} of Image "${image.metadata.name}": make it at least that`] : [],
    ...address?.kind === 'impossible' ? [address.message] : [],
  ]
  return wrong.length === 0 ? ready : blocked('InvalidSpec', wrong.join('; '))
}
