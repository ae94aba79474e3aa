import test from 'ava'
import type { KubeObject, NewObject } from '../../../crds/kubernetes.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { ElasticIP } from '../../../crds/v1alpha1/elastic-ip.ts'
import { ovnEipInformer, ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { buildOvnEip, buildOvnFip, type Target } from '../../providers/kube-ovn/public-address.ts'
import { NameConflictError } from '../../runtime/name-conflict.ts'
import { ready } from '../../runtime/outcome.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { golden } from '../golden.ts'
import { stored, world } from '../instance/sample.ts'
import { instanceInformer } from '../instance/store.ts'
import { natGatewayInformer } from '../nat-gateway/store.ts'
import { createAddressBook } from '../public-ip-pool/address-book.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { observeElasticIP } from './observe.ts'
import { elasticIPStatus } from './status.ts'
import { ensureAddress, ensureAssociation, finalizeElasticIP } from './steps.ts'
import { elasticIPInformer } from './store.ts'

const now = Date.UTC(2026, 0, 1)
const eip = (name: string, spec: Partial<ElasticIP['spec']> = {}, status?: object, creationTimestamp = '2026-01-01T00:00:00Z'): ElasticIP => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'ElasticIP',
  metadata: { name, namespace: 'team-a', uid: `uid-${name}`, resourceVersion: '5', generation: 1, creationTimestamp },
  spec: { poolName: 'default', ...spec },
  ...status === undefined ? {} : { status: { observedGeneration: 1, ...status } },
})
const pool = {
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'PublicIPPool', metadata: { name: 'default', uid: 'uid-pool', resourceVersion: '3', generation: 1 },
  spec: { cidrs: ['203.0.113.16/30'], externalSubnet: 'external' },
  status: { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True', reason: 'Available', message: '' }] },
}
const instance = stored({}, { status: { state: 'running', privateIPAddress: '10.0.1.5' } })
const target: Target = { vpcID: idOf(idPrefixes.vpc, 'uid-VPC-main'), privateIPAddress: '10.0.1.5', uid: instance.metadata.uid }
const ovnEip = (owner: KubeObject, address = '203.0.113.17') =>
  ({ ...made(owner, buildOvnEip({ address, externalSubnet: 'external', poolUID: 'uid-pool' })), status: { v4Ip: address, ready: true } })
const ovnFip = (owner: KubeObject, more: Partial<Target> = {}, address = '203.0.113.17') =>
  ({ ...made(owner, buildOvnFip(address, { ...target, ...more })), status: { ready: true } })

type Held = { eips?: object[]; fips?: object[]; elasticIPs?: ElasticIP[]; gateways?: object[]; without?: 'instance' | 'pool' }
const cacheFor = ({ eips = [], fips = [], elasticIPs = [], gateways = [], without }: Held) => {
  const hold = (spec: unknown, ...objects: object[]) => holding(spec as InformerSpec<KubeObject>, ...objects)
  return cacheOf(
    hold(publicIPPoolInformer, ...without === 'pool' ? [] : [pool]), hold(ovnEipInformer, ...eips), hold(ovnFipInformer, ...fips),
    hold(elasticIPInformer, ...elasticIPs), hold(natGatewayInformer, ...gateways), hold(instanceInformer, ...without === 'instance' ? [] : [instance]),
    hold(subnetInformer, world.subnet), hold(vpcInformer, world.vpc),
  )
}
const book = createAddressBook()
const contextOf = (object: ElasticIP, held: Held = {}) =>
  recordingContext(object, observeElasticIP(book)(object, cacheFor({ ...held, elasticIPs: [object, ...held.elasticIPs ?? []] })))
const messageOf = (outcome: { kind: string; message?: string } | undefined) => outcome?.message ?? ''

test('what an ElasticIP becomes is as the golden file says', t => {
  const { actual, expected } = golden(import.meta.dirname, 'web',
    buildOvnEip({ address: '203.0.113.17', externalSubnet: 'external', poolUID: 'uid-pool' }), buildOvnFip('203.0.113.17', target))
  t.deepEqual(actual, expected)
})

test('an address is taken from the pool once, and the one that is held is kept', async t => {
  const first = contextOf(eip('web'))
  t.deepEqual(await ensureAddress(book)(first), ready)
  t.regex(first.recording.acts.join(), /^apply OvnEip eip-203-0-113-1[6-9]$/)
  const object = eip('web')
  const again = contextOf(object, { eips: [ovnEip(object)] })
  t.deepEqual(await ensureAddress(book)(again), ready)
  t.deepEqual(again.recording.acts, ['apply OvnEip eip-203-0-113-17'])
})

test('an address that was told and lost is taken again, and no other in its place', async t => {
  const told = eip('web', {}, { publicIP: '203.0.113.18' })
  const lost = contextOf(told)
  t.deepEqual(await ensureAddress(createAddressBook())(lost), ready)
  t.deepEqual(lost.recording.acts, ['apply OvnEip eip-203-0-113-18'])
  const taken = contextOf(told, { eips: [ovnEip(eip('stranger'), '203.0.113.18')] })
  t.like(await ensureAddress(createAddressBook())(taken), { kind: 'waiting', reason: 'Progressing' })
  t.deepEqual(taken.recording.acts, [])
})

test('an address that is asked for is given if it is free, and it is not said whose it is', async t => {
  const asks = eip('web', { address: '203.0.113.18' })
  const taken = await ensureAddress(createAddressBook())(contextOf(asks, { eips: [ovnEip(eip('stranger'), '203.0.113.18')] }))
  t.like(taken, { kind: 'blocked', reason: 'AddressInUse' })
  t.false(messageOf(taken).includes('stranger'))
  t.like(await ensureAddress(createAddressBook())(contextOf(eip('web', { address: '198.51.100.1' }))), { kind: 'blocked', reason: 'InvalidSpec' })
})

test('a name that a stranger has is passed over for the next', async t => {
  const own = createAddressBook()
  const object = eip('web')
  const facts = observeElasticIP(own)(object, cacheFor({ elasticIPs: [object] }))
  const refused: string[] = []
  const apply = async ({ metadata }: NewObject) => {
    refused.push(metadata.name ?? '')
    throw new NameConflictError('a stranger has it')
  }
  t.like(await ensureAddress(own)({ ...recordingContext(object, facts), apply }), { kind: 'waiting' })
  const next = recordingContext(object, facts)
  t.deepEqual(await ensureAddress(own)(next), ready)
  t.is(refused.length, 1)
  t.false(next.recording.acts.includes(`apply OvnEip ${refused[0]}`))
})

test('without its pool, or with a full one, an ElasticIP waits and says the way out', async t => {
  t.like(await ensureAddress(book)(contextOf(eip('web'), { without: 'pool' })), { kind: 'waiting', reason: 'DependencyNotFound' })
  const full = ['16', '17', '18', '19'].map(last => ovnEip(eip(`other-${last}`), `203.0.113.${last}`))
  t.like(await ensureAddress(book)(contextOf(eip('web'), { eips: full })), { kind: 'waiting', reason: 'PoolExhausted' })
})

const leading = eip('web', { instanceRef: { name: 'web' } }, { publicIP: '203.0.113.17' })

test('a move ends what was before it begins what shall be', async t => {
  const before = contextOf(leading, { eips: [ovnEip(leading)], fips: [ovnFip(leading, { privateIPAddress: '10.0.1.9', uid: 'uid-other' })] })
  t.like(await ensureAssociation(before), { kind: 'waiting' })
  t.deepEqual(before.recording.acts, ['remove OvnFip eip-203-0-113-17'])
  const after = contextOf(leading, { eips: [ovnEip(leading)] })
  t.like(await ensureAssociation(after), { kind: 'waiting' })
  t.deepEqual(after.recording.acts, ['apply OvnFip eip-203-0-113-17'])
  const done = contextOf(leading, { eips: [ovnEip(leading)], fips: [ovnFip(leading)] })
  t.deepEqual(await ensureAssociation(done), ready)
  t.like(elasticIPStatus({ object: leading, facts: done.facts, outcome: ready, outcomes: {}, now }), {
    publicIP: '203.0.113.17', privateIPAddress: '10.0.1.5', instanceID: idOf(idPrefixes.instance, instance.metadata.uid),
  })
})

test('an association that Kube-OVN has only begun is not deleted before it has come to an end', async t => {
  const begun = { ...ovnFip(leading, { uid: 'uid-other' }), status: {} }
  const young = { ...begun, metadata: { ...begun.metadata, creationTimestamp: '2025-12-31T23:59:55Z' } }
  const context = contextOf(leading, { eips: [ovnEip(leading)], fips: [young] })
  t.like(await ensureAssociation(context), { kind: 'waiting', after: 10_000 })
  t.deepEqual(context.recording.acts, [])
  const old = contextOf(leading, { eips: [ovnEip(leading)], fips: [{ ...young, metadata: { ...young.metadata, creationTimestamp: '2025-12-31T23:59:00Z' } }] })
  await ensureAssociation(old)
  t.deepEqual(old.recording.acts, ['remove OvnFip eip-203-0-113-17'])
})

test('of two ElasticIPs of one instance the one that leads there has it, else the older, and the other says who', async t => {
  const older = eip('older', { instanceRef: { name: 'web' } }, { publicIP: '203.0.113.16' }, '2025-01-01T00:00:00Z')
  const beaten = await ensureAssociation(contextOf(leading, { eips: [ovnEip(leading)], elasticIPs: [older] }))
  t.like(beaten, { kind: 'blocked', reason: 'TargetInUse' })
  t.regex(messageOf(beaten), /ElasticIP "older"/)
  const has = contextOf(leading, { eips: [ovnEip(leading)], fips: [ovnFip(leading)], elasticIPs: [older] })
  t.deepEqual(await ensureAssociation(has), ready)
})

test('an address waits until no other leads to the instance, and never leads to one that terminates or is another account\'s', async t => {
  const auto = contextOf(leading, { eips: [ovnEip(leading)], fips: [ovnFip(instance, {}, '203.0.113.19')] })
  t.like(await ensureAssociation(auto), { kind: 'waiting', reason: 'Progressing' })
  t.deepEqual(auto.recording.acts, [])
  t.like(await ensureAssociation(contextOf(leading, { eips: [ovnEip(leading)], without: 'instance' })), { kind: 'waiting', reason: 'DependencyNotFound' })
  const foreign = { ...leading, metadata: { ...leading.metadata, namespace: 'team-b' } }
  t.like(await ensureAssociation(contextOf(foreign, { eips: [ovnEip(foreign)] })), { kind: 'waiting', reason: 'DependencyNotFound' })
})

test('what a NATGateway has leads nowhere else and is not released', async t => {
  const gateway = { apiVersion: 'kumulus.dev/v1alpha1', kind: 'NATGateway',
    metadata: { name: 'nat', namespace: 'team-a', uid: 'uid-nat', resourceVersion: '1' }, spec: { subnetRef: { name: 'public-a' }, elasticIPRef: { name: 'web' } } }
  t.like(await ensureAssociation(contextOf(leading, { eips: [ovnEip(leading)], gateways: [gateway] })), { kind: 'blocked', reason: 'TargetInUse' })
  t.like(await finalizeElasticIP['users']?.(contextOf(leading, { gateways: [gateway] })), { kind: 'waiting', reason: 'DependencyViolation' })
})

test('a released address is the pool\'s, with the time, after what leads in by it has gone; one that no store shows is looked for', async t => {
  const context = contextOf(leading, { eips: [ovnEip(leading)], fips: [ovnFip(leading)] })
  t.deepEqual(Object.keys(finalizeElasticIP), ['users', 'association', 'address'])
  t.like(await finalizeElasticIP['association']?.(context), { kind: 'waiting' })
  t.deepEqual(await finalizeElasticIP['address']?.(context), ready)
  t.deepEqual(context.recording.acts, ['remove OvnFip eip-203-0-113-17', 'patch OvnEip eip-203-0-113-17'])
  t.like(context.recording.patches[0], { metadata: { labels: { 'kumulus.dev/owner-uid': 'uid-pool', 'kumulus.dev/owner-namespace': null } } })
  const facts = observeElasticIP(book)(leading, cacheFor({ elasticIPs: [leading] }))
  for (const [owner, acts] of [[leading, ['read OvnEip eip-203-0-113-17', 'patch OvnEip eip-203-0-113-17']], [eip('stranger'), ['read OvnEip eip-203-0-113-17']]] as const) {
    const unseen = recordingContext(leading, facts, [ovnEip(owner) as unknown as KubeObject])
    await finalizeElasticIP['address']?.(unseen)
    t.deepEqual(unseen.recording.acts, [...acts])
  }
})
