import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready } from '../../runtime/outcome.ts'
import { launchRefusal } from '../image/launch-permission.ts'
import { notFound, notReady } from '../waiting-for.ts'
import { type InstanceFacts, launchOf } from './observe.ts'
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
    ...spec.instanceProfileRef === undefined ? [] : ['instanceProfileRef'],
  ]
  return unserved.length === 0 ? ready : blocked('NotSupportedYet', `not supported yet: ${unserved.join(', ')}; leave it out`)
}

/** Every reference may come later; the first that is missing is named. What a machine that runs has used already, it needs no longer. */
export const awaitReferences = (context: Context): Outcome => {
  const network = awaitNetwork(context)
  if (network.kind !== 'ready') return network
  const launch = isOff(context.facts) ? awaitLaunch(context) : ready
  return launch.kind === 'ready' ? checkTogether(context) : launch
}

/** The door may have been open: what admission should have refused is not realised. */
const checkTogether = ({ facts: { violations, address } }: Context): Outcome => {
  const wrong = violations.length === 0 && address?.kind === 'impossible' ? [address.message] : violations
  return wrong.length === 0 ? ready : blocked('InvalidSpec', wrong.join('; ').slice(0, 4000))
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
  return ready
}

const awaitLaunch = ({ object, facts, now }: Context): Outcome => {
  const { metadata, spec, status } = object
  if (facts.type === undefined) return notFound('InstanceType', spec.instanceType, undefined)
  // A machine that was lost is made again from the disks and the key that the instance has: what it was launched from may be gone.
  if (facts.machine !== undefined || status?.blockDevices?.some(({ attachTime }) => attachTime !== undefined) === true) return ready
  if (spec.keyPairRef !== undefined) {
    if (facts.keyPair === undefined) return notFound('KeyPair', spec.keyPairRef.name, metadata.namespace)
    if (facts.keyPair.status?.publicKey === undefined) return notReady(facts.keyPair, 'KeyPair')
  }
  if (facts.disks.every(({ root, fromImage, volume }) => volume !== undefined || !(root || fromImage))) return ready
  if (facts.image === undefined) {
    return launchRefusal(facts.access, launchOf(object), now - Date.parse(metadata.creationTimestamp ?? ''))
      ?? notFound('Image', spec.imageRef.name, spec.imageRef.namespace ?? metadata.namespace)
  }
  return facts.image.status?.state === 'available' && facts.image.metadata.deletionTimestamp === undefined ? ready : notReady(facts.image, 'Image')
}
