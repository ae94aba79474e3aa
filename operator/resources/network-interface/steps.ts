import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { instance } from '../../../crds/v1alpha1/instance.ts'
import { networkInterface, type NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import { buildPortAttachment } from '../../providers/kube-ovn/network-attachment.ts'
import { networkAttachmentResource } from '../../providers/kube-ovn/resources.ts'
import { addressOfName } from '../../providers/kube-ovn/public-address.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { ensureGone } from '../ensure-gone.ts'
import { resolvedIn } from '../security-group/references.ts'
import type { AddressLedger } from '../subnet/ledger.ts'
import { namesOf, notFound, notReady, titleOf } from '../waiting-for.ts'
import type { NetworkInterfaceFacts } from './observe.ts'
import { portAttachmentOf } from './port.ts'
import { needsRestart, progressOf } from './progress.ts'

type Context = StepContext<NetworkInterface, NetworkInterfaceFacts>

/**
 * An interface that is to go with its instance goes when that is terminated: the instance that it was in is there no more, nor any machine with it.
 * Since a view may be old, the server itself is asked before.
 */
export const followInstance = async ({ object, facts, read, remove, event }: Context): Promise<Outcome> => {
  const { attachment } = object.spec
  const before = object.status?.attachment
  if (attachment?.deleteOnTermination !== true || before === undefined || facts.machine !== undefined) return ready
  if (before.instanceName !== attachment.instanceRef.name || isInstance(facts.instance, before.instanceID)) return ready
  const live = await read(instance, { name: before.instanceName, namespace: object.metadata.namespace ?? '' })
  if (isInstance(live, before.instanceID)) return ready
  event('Normal', 'DeletingOnTermination', `${before.instanceID} is terminated, and ${facts.id} goes with it`)
  await remove(networkInterface, object)
  return waiting('Detaching', `${before.instanceID} is terminated: the interface goes with it`)
}

const isInstance = (object: { metadata: { uid: string } } | undefined, id: string): boolean =>
  object !== undefined && idOf(idPrefixes.instance, object.metadata.uid) === id

/** A subnet that is going away takes no new interface; one that has its address in it stays until it is deleted. */
export const awaitReferences = ({ object, facts: { subnet, vpc, groups, network } }: Context): Outcome => {
  const { namespace } = object.metadata
  if (subnet === undefined) return notFound('Subnet', object.spec.subnetRef.name, namespace)
  if (vpc === undefined) return notFound('VPC', subnet.spec.vpcRef.name, namespace)
  if (network === undefined && (subnet.status?.state !== 'available' || subnet.metadata.deletionTimestamp !== undefined)) return notReady(subnet, 'Subnet')
  if (groups.length === 0) return notReady(vpc, 'VPC')
  return ready
}

/** Milliseconds until an address is asked for again: one that rests comes free without an event. */
const ADDRESS_POLL = 30_000

/** The door may have been open: what admission should have refused is not realised. What has its address already keeps it, and says what is wrong. */
export const checkSpec = ({ object, facts: { violations, address } }: Context): Outcome => {
  if (violations.length > 0) return blocked('InvalidSpec', violations.join('; ').slice(0, 4000))
  if (address?.kind !== 'impossible') return ready
  return object.spec.privateIPAddress === undefined ? waiting('AddressExhausted', address.message, ADDRESS_POLL) : blocked('InvalidSpec', address.message)
}

/** Its network says which address it has from before anything else can: no crash gives it another. */
export const ensureNetwork = async ({ object, facts, apply, event }: Context): Promise<Outcome> => {
  if (facts.address?.kind !== 'chosen') throw new Error('a step before this one lets no such interface through')
  await apply(buildPortAttachment(portAttachmentOf(object), facts.address.address))
  if (facts.network === undefined) event('Normal', 'Available', `${facts.id} has the address ${facts.address.address}`)
  return ready
}

/** Groups may come later: until they are there it is in no machine. */
export const awaitGroups = ({ object, facts: { groups, subnet, vpc } }: Context): Outcome => {
  const missing = groups.find(({ group }) => group === undefined)
  if (missing !== undefined) return notFound('SecurityGroup', missing.name, object.metadata.namespace)
  return vpc === undefined || resolvedIn(subnet?.spec.vpcRef.name, groups) !== undefined ? ready : notReady(vpc, 'VPC')
}

/** What plugs it in and out is the instance's controller, which alone writes the machine. */
export const awaitAttachment = ({ object, facts }: Context): Outcome => {
  const { attachment } = object.spec
  const title = titleOf('Instance', facts.machine?.metadata.name ?? attachment?.instanceRef.name ?? '')
  switch (progressOf(object, facts)) {
    case 'attached': return facts.obstacle?.outcome ?? ready
    case 'detaching': return facts.obstacle?.isClosing === true ? facts.obstacle.outcome : waiting('Detaching', `waiting for it to be unplugged from ${title}`)
    case 'attaching': return needsRestart(facts)
      ? waiting('PendingRestart', `${title} can't take it while it runs, since it can't be moved to another host: it comes with its next start (state: Stopped, then Running)`)
      : waiting('Attaching', `waiting for it to be plugged into ${title}`)
    case 'none': return attachment === undefined ? ready : facts.obstacle?.outcome ?? waiting('Attaching', `waiting for ${title} to take it`)
  }
}

/** In use first, then what leads to its address, then what holds it: the next to have the address must not get a stranger's callers. */
export const finalizeNetworkInterface = (ledger: AddressLedger): Readonly<Record<string, Step<NetworkInterface, NetworkInterfaceFacts>>> => ({
  attachment: ({ object, facts }) => {
    const title = titleOf('Instance', facts.machine?.metadata.name ?? '')
    switch (progressOf(object, facts)) {
      case 'none': return ready
      case 'detaching': return waiting('Detaching', `waiting for it to be unplugged from ${title}`)
      default: return waiting('DependencyViolation', `can't be deleted while attached to ${title}: take spec.attachment off, or delete the instance`)
    }
  },
  association: ({ facts: { leading } }) => leading.length === 0 ? ready
    : waiting('Progressing', `waiting for ${namesOf(leading.map(({ metadata }) => addressOfName(metadata.name)))} to lead to it no more`),
  network: ({ facts, remove }) => ensureGone(remove, networkAttachmentResource, facts.network),
  address: ({ object, facts: { subnet, address } }) => {
    if (subnet !== undefined) ledger.release(subnet.metadata.uid, object.metadata.uid, address?.kind === 'chosen' ? address.address : undefined)
    return ready
  },
})
