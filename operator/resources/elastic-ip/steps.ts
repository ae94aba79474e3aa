import type { ElasticIP } from '../../../crds/v1alpha1/elastic-ip.ts'
import { addressOfName, publicAddressName } from '../../providers/kube-ovn/public-address.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { AddressBook } from '../public-ip-pool/address-book.ts'
import { endOthers, lead } from '../public-ip-pool/association.ts'
import { giveBack, isOpen, keepAddress, takeAddress, unseenAddress } from '../public-ip-pool/holding.ts'
import { inUse, notFound, notReady } from '../waiting-for.ts'
import type { ElasticIPFacts } from './observe.ts'

type Context = StepContext<ElasticIP, ElasticIPFacts>

/** The address itself. Kept whatever becomes of the pool; one that was lost is taken again, and no other in its place. */
export const ensureAddress = (book: AddressBook) => async (context: Context): Promise<Outcome> => {
  const { object, facts: { pool, holding, home, choose, isKnown }, now } = context
  for (const each of holding.surplus) await giveBack(context, each, home)
  if (holding.eip !== undefined) {
    if (holding.eip.metadata.deletionTimestamp === undefined) await keepAddress(context, holding.eip)
    return ready
  }
  if (pool === undefined) return notFound('PublicIPPool', object.spec.poolName, undefined)
  if (!isOpen(pool)) return notReady(pool, 'PublicIPPool')
  const choice = choose(now)
  if (choice.kind === 'chosen') return takeAddress(context, { book, pool, address: choice.address, now })
  return refusalOf(object, choice.kind, isKnown)
}

/** Milliseconds until an address is asked for again that somebody has whom no watch tells of, or that was only promised to somebody. */
const UNSEEN_POLL = 30_000

const refusalOf = ({ spec, status }: ElasticIP, kind: 'taken' | 'outside' | 'exhausted', isKnown: (name: string) => boolean): Outcome => {
  const pool = `PublicIPPool "${spec.poolName}"`
  const told = status?.publicIP
  switch (kind) {
    case 'exhausted': return waiting('PoolExhausted',
      `no address of ${pool} is free: release an ElasticIP, name another pool in a new one, or ask the platform team for more`, UNSEEN_POLL)
    case 'outside': return blocked('InvalidSpec', told === undefined
      ? `spec.address: ${spec.address} is not of ${pool} (status of the pool, spec.cidrs): leave it out or ask for one of the pool in a new ElasticIP`
      : `${told}, which this ElasticIP has, is of ${pool} no more: have the platform team put its block back`)
    case 'taken': {
      if (told !== undefined) return waiting('Progressing', `waiting for ${told}, which this ElasticIP has, to be free again: what held it was deleted`, UNSEEN_POLL)
      // Nobody is told whose it is.
      const message = `spec.address: ${spec.address} is not free: leave it out, or ask for another in a new ElasticIP`
      return isKnown(publicAddressName(spec.address ?? '')) ? blocked('AddressInUse', message) : waiting('AddressInUse', message, UNSEEN_POLL)
    }
  }
}

/**
 * One step for its user, two for Kube-OVN, which takes no change: what led elsewhere has gone before the address leads anew, so that it never leads
 * to two places. Both have the address for their name, which makes it impossible besides.
 */
export const ensureAssociation = async (context: Context): Promise<Outcome> => {
  const { facts } = context
  const { aim, holding: { eip }, fips, fip, others, rival, natGateways: [gateway] } = facts
  const isGoing = eip === undefined || eip.metadata.deletionTimestamp !== undefined
  const isMine = aim.kind === 'there' && !isGoing && rival === undefined && (fip !== undefined || gateway === undefined)
  const ended = await endOthers(context, fips, eip, isMine ? aim.target : undefined)
  if (ended.kind !== 'ready') return ended
  if (isGoing) return waiting('Progressing', 'what holds the address was deleted: it is taken again', 1000)
  if (aim.kind === 'nowhere') return ready
  if (aim.kind === 'away') return aim.outcome
  if (rival !== undefined) return blocked('TargetInUse', `${aim.title} has ${rival} already: take ${fieldOf(context.object)} off one of the two`)
  if (!isMine) return blocked('TargetInUse', `${gateway?.title} has the address: take ${fieldOf(context.object)} off, or delete the gateway`)
  if (others.length > 0) {
    return waiting('Progressing', `waiting for ${others.map(({ metadata }) => addressOfName(metadata.name)).join(', ')} to lead to ${aim.title} no more`)
  }
  return lead(context, eip, aim.target, fip)
}

const fieldOf = ({ spec }: ElasticIP): string => spec.networkInterfaceRef === undefined ? 'instanceRef' : 'networkInterfaceRef'

/** Said once: where it leads now, or that it leads there no more. */
export const announce = ({ object, facts: { aim, fip, holding: { eip } }, event }: Context): Outcome => {
  if (eip === undefined) return ready
  const address = addressOfName(eip.metadata.name)
  const leadsNow = fip !== undefined && aim.kind === 'there'
  if (leadsNow && (object.status?.associationID === undefined || object.status.instanceID !== aim.instanceID)) event('Normal', 'Associated', `${address} leads to ${aim.title}`)
  if (!leadsNow && object.status?.associationID !== undefined) event('Normal', 'Disassociated', `${address} leads nowhere`)
  return ready
}

/** What leads in goes first, and the address back to its pool last. */
export const finalizeElasticIP: Readonly<Record<string, Step<ElasticIP, ElasticIPFacts>>> = {
  users: ({ facts: { natGateways } }) => natGateways.length === 0 ? ready : inUse(natGateways.map(({ title }) => title)),
  association: context => endOthers(context, context.facts.fips, undefined, undefined),
  address: async context => {
    const { object, facts: { holding, home, pool, isKnown } } = context
    const held = [...holding.eip === undefined ? [] : [holding.eip], ...holding.surplus]
    const unseen = held.length > 0 ? undefined : await unseenAddress(context, object.status?.publicIP, isKnown)
    for (const eip of [...held, ...unseen === undefined ? [] : [unseen]]) await giveBack(context, eip, home ?? pool)
    return ready
  },
}
