import { keyOf } from '../../../crds/kubernetes.ts'
import { defaultPoolName, type PublicIPPool } from '../../../crds/v1alpha1/public-ip-pool.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { byPlace, ovnEipInformer, ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import type { OvnFip } from '../../providers/kube-ovn/external-resources.ts'
import { addressOfName, isFipReady, leadsTo, placeOf, type Target } from '../../providers/kube-ovn/public-address.ts'
import type { VirtualMachine } from '../../providers/kubevirt/resources.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, readyFor, waiting } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { elasticIPInformer } from '../elastic-ip/store.ts'
import type { AddressBook, PublicAddressChoice } from '../public-ip-pool/address-book.ts'
import { associationsOf, endOthers, lead } from '../public-ip-pool/association.ts'
import { chooseIn, giveBack, type Holding, holdingOf, isOpen, keepAddress, poolOf, takeAddress, unseenAddress } from '../public-ip-pool/holding.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { publicAddressGiven } from './annotations.ts'
import type { InstanceFacts } from './observe.ts'
import { isOff } from './power.ts'
import type { StoredInstance } from './store.ts'

/** What is known of the public addresses of an instance: the one that it is given, and what else leads to it. */
export type PublicAddressFacts = {
  target: Target | undefined
  holding: Holding
  /** The pool of the address that it holds: where the address goes back to. */
  home: PublicIPPool | undefined
  pool: PublicIPPool | undefined
  /** Its own associations. */
  fips: readonly OvnFip[]
  /** All that leads to it, others' too. */
  leading: readonly OvnFip[]
  /** An ElasticIP has an address for it: the one that it was given makes way. */
  isDisplaced: boolean
  choose: (now: number) => PublicAddressChoice
  isKnown: (name: string) => boolean
}

type Seen = { target: Target | undefined; book: AddressBook }

export const observePublicAddress = (instance: StoredInstance, { target, book }: Seen, cache: Cache): PublicAddressFacts => {
  const { metadata, status } = instance
  const pool = cache.of(publicIPPoolInformer).get(defaultPoolName)
  const holding = holdingOf(instance, status?.publicIPAddress, cache)
  return {
    target,
    holding,
    home: holding.eip === undefined ? undefined : poolOf(holding.eip, cache),
    pool,
    fips: associationsOf(instance, cache),
    leading: target === undefined ? [] : cache.of(ovnFipInformer).by(byPlace, placeOf(target.vpcID, target.privateIPAddress)),
    isDisplaced: cache.of(elasticIPInformer).by('instance', keyOf(metadata))
      .some(each => each.metadata.deletionTimestamp === undefined && each.status?.publicIP !== undefined),
    choose: now => pool === undefined ? { kind: 'exhausted' }
      // Another place to begin at each start: what its last address was is no reason to be given that again.
      : chooseIn(book, pool, cache, { holder: metadata.uid, hint: `${metadata.uid}/${status?.launchTime ?? ''}`, now }),
    isKnown: name => cache.of(ovnEipInformer).get(name) !== undefined,
  }
}

type Context = Pick<StepContext<StoredInstance, InstanceFacts>, 'object' | 'facts' | 'apply' | 'remove' | 'patch' | 'read' | 'now'>

/**
 * Whether an instance is given a public address at its start. As in EC2 that is settled at launch, and what its machine has written down holds: a
 * subnet that changes its mind changes nothing of the instances in it.
 */
export const givesAddress = ({ spec }: StoredInstance, machine: VirtualMachine | undefined, subnet: Subnet | undefined): boolean =>
  spec.associatePublicIP ?? (machine === undefined ? subnet?.spec.mapPublicIPOnLaunch === true : hasGiven(machine))

const hasGiven = (machine: VirtualMachine | undefined): boolean => machine?.metadata.annotations?.[publicAddressGiven] === 'true'

const isWanted = ({ facts }: Pick<Context, 'facts'>): boolean =>
  hasGiven(facts.machine) && !isOff(facts) && !facts.publicAddress.isDisplaced && facts.publicAddress.target !== undefined

/**
 * The address that it was given goes at its stop, and makes way for an elastic one. What leads to it goes first and is waited for: only of a machine
 * that runs nothing else has to wait meanwhile.
 */
export const releasePublicAddress = async (context: Context): Promise<Outcome> => {
  const { facts } = context
  const { holding, fips } = facts.publicAddress
  if (isWanted(context) || (holding.eip === undefined && fips.length === 0)) return ready
  const released = await release(context)
  return isOff(facts) && facts.machine !== undefined ? released : soon(released)
}

const release = async (context: Context): Promise<Outcome> => {
  const { holding, fips, home, pool } = context.facts.publicAddress
  const ended = await endOthers(context, fips, undefined, undefined)
  if (ended.kind !== 'ready') return waiting('Stopping', ended.kind === 'waiting' ? ended.message : '', ended.kind === 'waiting' ? ended.after : undefined)
  for (const eip of [...holding.eip === undefined ? [] : [holding.eip], ...holding.surplus]) await giveBack(context, eip, home ?? pool)
  return ready
}

/** Milliseconds until an address is looked for again: those that were only promised to somebody, or are a stranger's, come free without an event. */
const UNSEEN_POLL = 30_000

/** Nothing of a launch waits for a public address: its condition says what keeps it. */
export const ensurePublicAddress = (book: AddressBook) => async (context: Context): Promise<Outcome> => {
  const { facts, now } = context
  const { holding, pool, home, target, fips, leading, choose } = facts.publicAddress
  if (!isWanted(context) || target === undefined) return ready
  for (const each of holding.surplus) await giveBack(context, each, home)
  const { eip } = holding
  if (eip === undefined) {
    if (pool === undefined || !isOpen(pool)) return ready
    const choice = choose(now)
    return choice.kind === 'chosen' ? soon(await takeAddress(context, { book, pool, address: choice.address, now })) : readyFor(UNSEEN_POLL)
  }
  if (eip.metadata.deletionTimestamp !== undefined) return soon(await endOthers(context, fips, undefined, undefined))
  await keepAddress(context, eip)
  const ended = await endOthers(context, fips, eip, target)
  if (ended.kind !== 'ready') return soon(ended)
  if (leading.some(fip => ownerUIDOf(fip) !== context.object.metadata.uid)) return ready
  return soon(await lead(context, eip, target, fips.find(fip => leadsTo(fip, target))))
}

/** What is waited for comes by events, or after its time: of the instance's own readiness it is no part. */
const soon = (outcome: Outcome): Outcome => outcome.kind === 'waiting' && outcome.after !== undefined ? { kind: 'ready', after: outcome.after } : ready

/**
 * Before an instance lets go of its private address, nothing may lead there any more, an ElasticIP's association neither: the next to have the
 * address would get a stranger's callers.
 */
export const releaseAtTermination = async (context: Context): Promise<Outcome> => {
  const { object, facts: { publicAddress: { holding, leading, fips, home, pool, isKnown }, id } } = context
  const released = await release(context)
  if (released.kind !== 'ready') return waiting('ShuttingDown', `${id} is being terminated: ${released.kind === 'waiting' ? released.message : ''}`, 500)
  const unseen = holding.eip !== undefined ? undefined : await unseenAddress(context, object.status?.publicIPAddress, isKnown)
  if (unseen !== undefined) await giveBack(context, unseen, home ?? pool)
  const elses = leading.filter(fip => !fips.includes(fip)).map(({ metadata }) => addressOfName(metadata.name))
  return elses.length === 0 ? ready : waiting('ShuttingDown', `${id} is being terminated: waiting for ${elses.join(', ')} to lead to it no more`, 500)
}

/** The public address by which it can be reached now, if its subnet leads there. */
export const publicAddressNow = ({ leading }: PublicAddressFacts): string | undefined => {
  const [fip] = leading.filter(each => isFipReady(each) && each.metadata.deletionTimestamp === undefined)
  return fip === undefined ? undefined : addressOfName(fip.metadata.name)
}

/** The Kube-OVN Subnet of the public address that leads to it. */
export const networkOf = ({ leading }: PublicAddressFacts, cache: Cache): string | undefined =>
  leading.flatMap(fip => cache.of(ovnEipInformer).get(fip.metadata.name)?.spec.externalSubnet ?? [])[0]

/** Whether it shall have a public address of its own and has none yet, and why. */
export const publicAddressObstacle = (facts: InstanceFacts): { reason: string; message: string } | undefined => {
  const { pool, holding } = facts.publicAddress
  if (!isWanted({ facts }) || publicAddressNow(facts.publicAddress) !== undefined) return undefined
  if (holding.eip !== undefined) return { reason: 'Progressing', message: 'waiting for Kube-OVN to lead its public address to it' }
  if (pool === undefined) return { reason: 'DependencyNotFound', message: `waiting for PublicIPPool "${defaultPoolName}": the platform has no public addresses` }
  return isOpen(pool)
    ? { reason: 'PoolExhausted', message: `no address of PublicIPPool "${defaultPoolName}" is free: name an ElasticIP of another pool for it, or ask the platform team for more` }
    : { reason: 'DependencyNotReady', message: `waiting for PublicIPPool "${defaultPoolName}" to give out addresses` }
}
