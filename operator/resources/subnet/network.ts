import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { type AttachmentName, buildNetworkAttachment, canNameAttachment } from '../../providers/kube-ovn/network-attachment.ts'
import { buildSubnet, subnetStateOf } from '../../providers/kube-ovn/subnet.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { notFound, notReady } from '../waiting-for.ts'
import type { SubnetFacts } from './observe.ts'

type Context = StepContext<Subnet, SubnetFacts>

/** The network that a subnet of ours is, for whoever puts an instance into it. */
export const attachmentOf = (subnet: Subnet): AttachmentName => ({ namespace: subnet.metadata.namespace ?? '', name: subnet.metadata.name })

/** A VPC that is going away takes no new subnet; one that is in it already stays as it is until it is deleted. */
export const awaitVPC = ({ object, facts: { vpc, network } }: Context): Outcome => {
  if (vpc === undefined) return notFound('VPC', object.spec.vpcRef.name, object.metadata.namespace)
  if (network !== undefined) return ready
  return vpc.metadata.deletionTimestamp === undefined && vpc.status?.state === 'available' ? ready : notReady(vpc, 'VPC')
}

/** The door may have been open: what admission should have refused is not realised. What is realised already is left alone, and said. */
export const checkSpec = ({ object, facts: { violations } }: Context): Outcome => {
  const wrong = canNameAttachment(object.metadata.name) ? violations
    : [...violations, 'metadata.name: it becomes part of a network\'s name: create a new Subnet of a name without dots']
  return wrong.length === 0 ? ready : blocked('InvalidSpec', wrong.join('; '))
}

export const ensureAttachment = async ({ object, apply }: Context): Promise<Outcome> => {
  await apply(buildNetworkAttachment(attachmentOf(object)))
  return ready
}

export const ensureNetwork = async ({ object, facts, apply }: Context): Promise<Outcome> => {
  if (facts.vpc === undefined || facts.cidr === undefined) throw new Error('a step before this one lets no such subnet through')
  const vpcID = idOf(idPrefixes.vpc, facts.vpc.metadata.uid)
  const { id, cidr, routeTable, entries, hasResolver } = facts
  await apply(buildSubnet({ id, vpcID, cidr, attachment: attachmentOf(object), routeTable, entries, hasResolver }))
  const state = subnetStateOf(facts.network)
  switch (state.kind) {
    case 'ready': return ready
    case 'pending': return waiting('Progressing', `waiting for Kube-OVN to make the network of ${facts.id}`)
    case 'refused': return waiting('Progressing', `Kube-OVN does not take the network of ${facts.id} and keeps trying: ${state.message}`)
  }
}

/** Said once: the steps before it are done and the status doesn't know yet. */
export const announce = ({ object, facts, event }: Context): Outcome => {
  if (object.status?.state !== 'available') event('Normal', 'Available', `${facts.id} (${object.spec.cidrBlock}) is available`)
  return ready
}
