import test from 'ava'
import fc from 'fast-check'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { VPCPeering } from '../../../crds/v1alpha1/vpc-peering.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNVpcInformer } from '../../providers/kube-ovn/informers.ts'
import { ready } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { cacheOf, holding, recordingContext } from '../recording-context.ts'
import { vpcInformer } from '../vpc/store.ts'
import { announce, awaitConnection, checkPeer, finalizeVPCPeering } from './connect.ts'
import { observeVPCPeering } from './observe.ts'
import { peerOf, peersOf } from './peer.ts'
import { vpcPeeringStatus } from './status.ts'
import { vpcPeeringInformer } from './store.ts'

type Side = 'one' | 'other'
const across = (side: Side): Side => side === 'one' ? 'other' : 'one'

const vpcOf = (side: Side, uid: string, blocks = [side === 'one' ? '10.0.0.0/16' : '10.9.0.0/16']): VPC => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'VPC', metadata: { name: 'main', namespace: side, uid, resourceVersion: '1' },
  spec: { cidrBlocks: blocks, enableDNSSupport: true, enableDNSHostnames: false },
})
const asking = (side: Side, uid = `${side}-asks`, more: Partial<VPCPeering['metadata']> = {}): VPCPeering => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'VPCPeering',
  metadata: { name: uid, namespace: side, uid, resourceVersion: '2', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z', ...more },
  spec: { vpcRef: { name: 'main' }, peer: { name: 'main', namespace: across(side) } },
})
const cacheWith = (vpcs: readonly VPC[], peerings: readonly VPCPeering[], routers: readonly object[] = []): Cache =>
  cacheOf(holding(vpcInformer, ...vpcs), holding(vpcPeeringInformer, ...peerings), holding(kubeOVNVpcInformer, ...routers))
const now = Date.UTC(2026, 0, 1)
const passed = (peering: VPCPeering, cache: Cache): VPCPeering => {
  const facts = observeVPCPeering(peering, cache)
  const outcome = [checkPeer, awaitConnection].map(step => step(recordingContext(peering, facts))).find(({ kind }) => kind !== 'ready') ?? ready
  return { ...peering, status: vpcPeeringStatus({ object: peering, facts, outcome, outcomes: {}, now }) }
}
const routerFor = (vpc: VPC, ...peers: VPC[]) => {
  const idOfVPC = ({ metadata }: VPC) => idOf(idPrefixes.vpc, metadata.uid)
  return {
    apiVersion: 'kubeovn.io/v1', kind: 'Vpc', status: { standby: true, vpcPeerings: peers.map(idOfVPC) },
    metadata: { name: idOfVPC(vpc), uid: `router-${vpc.metadata.uid}`, resourceVersion: '3', labels: { 'kumulus.dev/owner-uid': vpc.metadata.uid } },
  }
}

const [one, other] = [vpcOf('one', 'one-vpc'), vpcOf('other', 'other-vpc')]

/** What both sides have written down once they have met. */
const met = (): [VPCPeering, VPCPeering] => {
  const asked = [asking('one'), asking('other')] as const
  const cache = cacheWith([one, other], asked)
  return [passed(asked[0], cache), passed(asked[1], cache)]
}

test('two sides that ask for each other are connected once both have written down whom they mean', t => {
  const [ours, theirs] = met()
  t.like(ours.status, { state: 'provisioning', vpcUID: 'one-vpc', peerVPCUID: 'other-vpc', peerCIDRBlocks: ['10.9.0.0/16'] })
  t.deepEqual(peersOf(one, cacheWith([one, other], [ours, asking('other')])), [])
  t.deepEqual(peersOf(one, cacheWith([one, other], [ours, theirs])), [{ vpcID: idOf(idPrefixes.vpc, 'other-vpc'), blocks: ['10.9.0.0/16'] }])
  const connected = cacheWith([one, other], [ours, theirs], [routerFor(one, other), routerFor(other, one)])
  const facts = observeVPCPeering(ours, connected)
  const context = recordingContext(ours, facts)
  t.deepEqual([checkPeer(context), awaitConnection(context), announce(context)], [ready, ready, ready])
  t.deepEqual(context.recording.acts, ['event Normal Active'])
  t.is(passed(ours, connected).status?.state, 'active')
})

test('a side that asks alone is told the same whether or not there is anybody at the other end', t => {
  const alone = [[one], [one, other], [one, vpcOf('other', 'other-vpc', ['10.0.0.0/16'])]].map(vpcs => passed(asking('one'), cacheWith(vpcs, [asking('one')])).status)
  for (const status of alone) t.deepEqual(status, alone[0])
  t.like(alone[0], { state: 'pending-acceptance' })
})

test('blocks that overlap are refused, and are told of only when both have asked', t => {
  const same = vpcOf('other', 'other-vpc', ['10.0.128.0/17', '10.7.0.0/16'])
  const outcome = checkPeer(recordingContext(asking('one'), observeVPCPeering(asking('one'), cacheWith([one, same], [asking('one'), asking('other')]))))
  t.like(outcome, { kind: 'blocked', reason: 'OverlappingCIDRs', message: 'blocks of the two VPCs overlap: 10.0.128.0/17 of the other one' })
})

test('of two peerings of one side that ask for the same the older counts', t => {
  const [old, young] = [asking('one', 'old'), asking('one', 'young', { creationTimestamp: '2026-01-01T00:00:01Z' })]
  const cache = cacheWith([one, other], [old, young, asking('other')])
  t.is(peerOf(old, cache).kind, 'meeting')
  t.deepEqual(peerOf(young, cache), { kind: 'repeated', name: 'old' })
})

test('a VPC that is made anew under the name of one that was peered gets nothing, and neither side is told who has the name', t => {
  const [ours, theirs] = met()
  for (const vpcs of [[one], [one, vpcOf('other', 'newcomer')]]) {
    for (const peerings of [[ours], [ours, theirs], [ours, asking('other')]]) {
      const cache = cacheWith(vpcs, peerings)
      t.deepEqual(peerOf(ours, cache), { kind: 'ended' })
      for (const vpc of vpcs) t.deepEqual(peersOf(vpc, cache), [])
    }
  }
})

test('the moment that one side is on its way out nobody is connected, and it waits for its own router alone', async t => {
  const [ours, theirs] = met()
  const going = { ...ours, metadata: { ...ours.metadata, deletionTimestamp: '2026-01-01T00:00:01Z' } }
  const cache = cacheWith([one, other], [going, theirs], [routerFor(one, other), routerFor(other, one)])
  for (const vpc of [one, other]) t.deepEqual(peersOf(vpc, cache), [])
  const finalize = (held: Cache) => finalizeVPCPeering['connection']?.(recordingContext(going, observeVPCPeering(going, held)))
  t.like(await finalize(cache), { kind: 'waiting' })
  t.deepEqual(await finalize(cacheWith([one, other], [going, theirs], [routerFor(one), routerFor(other, one)])), ready)
})

const events = fc.array(fc.record({
  side: fc.constantFrom<Side>('one', 'other'),
  what: fc.constantFrom('vpc', 'vpc', 'ask', 'ask', 'pass', 'pass', 'pass', 'no vpc', 'ask no more'),
}), { minLength: 10, maxLength: 60, size: 'max' })

test('whatever happens in whatever order, both sides agree, and only VPCs that asked for each other are connected', t => {
  let connected = 0
  fc.assert(fc.property(events, history => {
    const vpcs = new Map<Side, VPC>()
    const peerings = new Map<Side, VPCPeering>()
    let count = 0
    for (const { side, what } of history) {
      const cache = cacheWith([...vpcs.values()], [...peerings.values()])
      const mine = peerings.get(side)
      if (what === 'vpc' && !vpcs.has(side)) vpcs.set(side, vpcOf(side, `vpc-${++count}`))
      if (what === 'no vpc') vpcs.delete(side)
      if (what === 'ask' && mine === undefined) peerings.set(side, asking(side, `asking-${++count}`))
      if (what === 'ask no more') peerings.delete(side)
      if (what === 'pass' && mine !== undefined) peerings.set(side, passed(mine, cache))
      const seen = cacheWith([...vpcs.values()], [...peerings.values()])
      const [ours, theirs] = (['one', 'other'] as const).map(each => vpcs.get(each)).map(vpc => vpc === undefined ? [] : peersOf(vpc, seen))
      t.is(ours?.length, theirs?.length)
      if (ours?.length === 0) continue
      connected++
      const uids = (['one', 'other'] as const).map(each => vpcs.get(each)?.metadata.uid)
      t.deepEqual((['one', 'other'] as const).map(each => peerings.get(each)?.status?.vpcUID), uids)
      t.deepEqual((['other', 'one'] as const).map(each => peerings.get(each)?.status?.peerVPCUID), uids)
    }
  }), { numRuns: 120 })
  t.true(connected > 0, `${connected} were connected`)
})
