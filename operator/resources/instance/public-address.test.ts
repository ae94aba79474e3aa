import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import { ovnEipInformer, ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { buildOvnEip, buildOvnFip } from '../../providers/kube-ovn/public-address.ts'
import { ready } from '../../runtime/outcome.ts'
import type { Cache, InformerSpec } from '../../runtime/store.ts'
import { elasticIPInformer } from '../elastic-ip/store.ts'
import { createAddressBook } from '../public-ip-pool/address-book.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { publicAddressGiven } from './annotations.ts'
import type { InstanceFacts } from './observe.ts'
import { ensurePublicAddress, givesAddress, observePublicAddress, publicAddressNow, publicAddressObstacle, releaseAtTermination, releasePublicAddress } from './public-address.ts'
import { type Around, factsFor, machineFor, runFor, stored } from './sample.ts'
import type { StoredInstance } from './store.ts'

const pool = (cidr = '203.0.113.16/30') => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'PublicIPPool', metadata: { name: 'default', uid: 'uid-pool', resourceVersion: '3', generation: 1 },
  spec: { cidrs: [cidr], externalSubnet: 'external' },
  status: { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True', reason: 'Available', message: '' }] },
})
const instance = stored({}, { status: { state: 'running', privateIPAddress: '10.0.1.5' } })
const target = { vpcID: idOf(idPrefixes.vpc, 'uid-VPC-main'), privateIPAddress: '10.0.1.5', uid: instance.metadata.uid }
const elasticIP = { apiVersion: 'kumulus.dev/v1alpha1', kind: 'ElasticIP', metadata: { name: 'own', namespace: 'team-a', uid: 'uid-own', resourceVersion: '1' },
  spec: { poolName: 'default', instanceRef: { name: 'web' } }, status: { observedGeneration: 1, publicIP: '203.0.113.19' } }
const eip = { ...made(instance, buildOvnEip({ address: '203.0.113.17', externalSubnet: 'external', poolUID: 'uid-pool' })), status: { v4Ip: '203.0.113.17', ready: true } }
const fip = (owner: KubeObject = instance, address = '203.0.113.17') => ({ ...made(owner, buildOvnFip(address, target)), status: { ready: true } })

type Held = { eips?: object[]; fips?: object[]; elasticIPs?: object[]; pools?: object[] }
const running = (given = 'true') => ({
  machine: machineFor(instance, { annotations: { [publicAddressGiven]: given } }), run: runFor(instance, 'Running'),
})
const off: Around = { machine: machineFor(instance, { runStrategy: 'Halted', printableStatus: 'Stopped', annotations: { [publicAddressGiven]: 'true' } }) }
const contextOf = (around: Around, { eips = [], fips = [], elasticIPs = [], pools = [pool()] }: Held = {}, of: StoredInstance = instance) => {
  const hold = (spec: unknown, objects: readonly object[]) => holding(spec as InformerSpec<KubeObject>, ...objects)
  const cache: Cache = cacheOf(
    hold(ovnEipInformer, eips), hold(ovnFipInformer, fips), hold(elasticIPInformer, elasticIPs), hold(publicIPPoolInformer, pools),
  )
  const facts: InstanceFacts = { ...factsFor(of, around), publicAddress: observePublicAddress(of, { target, book: createAddressBook() }, cache) }
  return recordingContext(of, facts)
}
const ensure = ensurePublicAddress(createAddressBook())

test('an instance that runs and is to have a public address gets one, and what leads there after it', async t => {
  const first = contextOf(running())
  await ensure(first)
  t.regex(first.recording.acts.join(), /^apply OvnEip eip-203-0-113-1[6-9]$/)
  const second = contextOf(running(), { eips: [eip] })
  await ensure(second)
  t.deepEqual(second.recording.acts, ['apply OvnEip eip-203-0-113-17', 'apply OvnFip eip-203-0-113-17'])
  t.is(publicAddressNow(contextOf(running(), { eips: [eip], fips: [fip()] }).facts.publicAddress), '203.0.113.17')
})

test('an instance that is stopped, was launched without, or has an ElasticIP is given none', async t => {
  for (const context of [contextOf(off), contextOf(running('false')), contextOf(running(), { elasticIPs: [elasticIP] })]) {
    t.deepEqual(await ensure(context), ready)
    t.deepEqual(context.recording.acts, [])
  }
})

test('an address that was given goes at the stop, after what leads there, and nothing starts meanwhile', async t => {
  const leads = contextOf(off, { eips: [eip], fips: [fip()] })
  t.like(await releasePublicAddress(leads), { kind: 'waiting', reason: 'Stopping' })
  t.deepEqual(leads.recording.acts, ['remove OvnFip eip-203-0-113-17'])
  const left = contextOf(off, { eips: [eip] })
  t.deepEqual(await releasePublicAddress(left), ready)
  t.deepEqual(left.recording.acts, ['patch OvnEip eip-203-0-113-17'])
})

test('it makes way for an ElasticIP while the instance runs on, and for one without an address it does not', async t => {
  const displaced = contextOf(running(), { eips: [eip], fips: [fip()], elasticIPs: [elasticIP] })
  t.deepEqual(await releasePublicAddress(displaced), ready)
  t.deepEqual(displaced.recording.acts, ['remove OvnFip eip-203-0-113-17'])
  const waits = contextOf(running(), { eips: [eip], fips: [fip()], elasticIPs: [{ ...elasticIP, status: { observedGeneration: 1 } }] })
  t.deepEqual(await releasePublicAddress(waits), ready)
  t.deepEqual(waits.recording.acts, [])
})

test('an instance keeps its private address until nothing leads there any more, an ElasticIP neither', async t => {
  const own = contextOf({}, { eips: [eip], fips: [fip()] })
  t.like(await releaseAtTermination(own), { kind: 'waiting', reason: 'ShuttingDown' })
  t.deepEqual(own.recording.acts, ['remove OvnFip eip-203-0-113-17'])
  const elastic = contextOf({}, { fips: [fip(elasticIP, '203.0.113.19')] })
  t.like(await releaseAtTermination(elastic), { kind: 'waiting', reason: 'ShuttingDown' })
  t.deepEqual(elastic.recording.acts, [])
  t.deepEqual(await releaseAtTermination(contextOf({})), ready)
})

test('whether addresses are given is settled at launch, and by the spec where that says so', t => {
  const [yes, no] = [true, false].map(mapPublicIPOnLaunch => ({ spec: { mapPublicIPOnLaunch } }) as Subnet)
  const asked = stored({ associatePublicIP: true })
  const machine = contextOf(running('true')).facts.machine
  t.deepEqual([givesAddress(instance, undefined, yes), givesAddress(instance, undefined, no)], [true, false])
  t.deepEqual([givesAddress(asked, undefined, no), givesAddress(stored({ associatePublicIP: false }), machine, yes)], [true, false])
  t.deepEqual([givesAddress(instance, machine, no), givesAddress(instance, contextOf(running('false')).facts.machine, yes)], [true, false])
})

test('what keeps a public address from an instance is said, and nothing of a launch waits for it', async t => {
  const taken = ['16', '17', '18', '19'].map(last => made({ ...instance, metadata: { ...instance.metadata, uid: `other-${last}` } },
    buildOvnEip({ address: `203.0.113.${last}`, externalSubnet: 'external', poolUID: 'uid-pool' })))
  for (const [held, reason] of [
    [{ eips: taken }, 'PoolExhausted'], [{ pools: [] }, 'DependencyNotFound'], [{ pools: [{ ...pool(), status: undefined }] }, 'DependencyNotReady'],
    [{ eips: [eip] }, 'Progressing'],
  ] as const) {
    const context = contextOf(running(), held as unknown as Held)
    t.is((await ensure(context)).kind, 'ready')
    t.is(publicAddressObstacle(context.facts)?.reason, reason)
  }
  t.is(publicAddressObstacle(contextOf(off).facts), undefined)
})
