import test from 'ava'
import { type Cidr, parseCidr } from '../../../crds/cidr.ts'
import type { PublicIPPool } from '../../../crds/v1alpha1/public-ip-pool.ts'
import { ovnEipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { buildOvnEip, releasedAt } from '../../providers/kube-ovn/public-address.ts'
import { ready } from '../../runtime/outcome.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { externalSubnetProblem } from './external-subnet.ts'
import { observePublicIPPool } from './observe.ts'
import { publicIPPoolStatus } from './status.ts'
import { checkExternalSubnet, checkSpec, endQuarantine, finalizePublicIPPool, QUARANTINE } from './steps.ts'
import { publicIPPoolInformer } from './store.ts'

const now = Date.UTC(2026, 0, 1)
const pool = (name: string, cidrs: string[], creationTimestamp = '2026-01-01T00:00:00Z'): PublicIPPool => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'PublicIPPool', metadata: { name, uid: `uid-${name}`, resourceVersion: '3', generation: 1, creationTimestamp },
  spec: { cidrs, externalSubnet: 'external' },
})
const main = pool('default', ['203.0.113.16/30'])
const eip = (address: string, released?: number) => {
  const desired = buildOvnEip({ address, externalSubnet: 'external', poolUID: 'uid-default' })
  const annotations = released === undefined ? {} : { [releasedAt]: new Date(released).toISOString() }
  return made(main, { ...desired, metadata: { ...desired.metadata, annotations } })
}
const factsOf = (object: PublicIPPool, eips: object[] = [], others: PublicIPPool[] = []) =>
  observePublicIPPool(object, cacheOf(holding(ovnEipInformer, ...eips), holding(publicIPPoolInformer, object, ...others)))
const external = (spec: object) => [{ apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: 'external', uid: 'u', resourceVersion: '1' }, spec }]

test('an address that was given back rests five minutes, and the pool looks again in time', async t => {
  const context = recordingContext(main, factsOf(main, [eip('203.0.113.16', now - QUARANTINE), eip('203.0.113.17', now - 60_000), eip('203.0.113.18')]))
  t.deepEqual(await endQuarantine(context), { kind: 'ready', after: QUARANTINE - 60_000 })
  t.deepEqual(context.recording.acts, ['remove OvnEip eip-203-0-113-16'])
  const status = publicIPPoolStatus({ object: main, facts: context.facts, outcome: ready, outcomes: {}, now })
  t.like(status, { totalAddressCount: 4, availableAddressCount: 1 })
})

test('a pool is deleted when its addresses are released and have rested, and names nobody meanwhile', async t => {
  const used = await finalizePublicIPPool['users']?.(recordingContext(main, factsOf(main, [eip('203.0.113.18'), eip('203.0.113.17', now)])))
  t.like(used, { kind: 'waiting', reason: 'DependencyViolation', message: 'can\'t be deleted while an address of it is in use: release it first' })
  const rests = recordingContext(main, factsOf(main, [eip('203.0.113.17', now)]))
  t.like(await finalizePublicIPPool['users']?.(rests), { kind: 'waiting', after: QUARANTINE })
  t.deepEqual(await finalizePublicIPPool['users']?.(recordingContext(main, factsOf(main))), ready)
})

test('of two pools that overlap the younger gives nothing, and a block whose addresses are in use is missed', t => {
  const young = pool('young', ['203.0.113.18/31'], '2026-01-02T00:00:00Z')
  t.deepEqual(checkSpec(recordingContext(main, factsOf(main, [], [young]))), ready)
  t.like(checkSpec(recordingContext(young, factsOf(young, [], [main]))), { kind: 'blocked', reason: 'InvalidSpec' })
  t.like(checkSpec(recordingContext(main, factsOf(main, [eip('198.51.100.1')]))), { kind: 'blocked', reason: 'InvalidSpec' })
})

test('a pool waits for its external subnet, and looks at it again by itself', async t => {
  t.like(await checkExternalSubnet(recordingContext(main, factsOf(main))), { kind: 'waiting', reason: 'ExternalSubnetNotFound', after: 30_000 })
  const unfit = external({ cidrBlock: '203.0.113.0/24', gateway: '203.0.113.1', excludeIps: [] })
  t.like(await checkExternalSubnet(recordingContext(main, factsOf(main), unfit)), { kind: 'waiting', reason: 'ExternalSubnetUnfit', after: 30_000 })
  const fit = external({ cidrBlock: '203.0.113.0/24', gateway: '203.0.113.1', excludeIps: ['203.0.113.1', '203.0.113.16..203.0.113.31'] })
  t.deepEqual(await checkExternalSubnet(recordingContext(main, factsOf(main), fit)), ready)
})

const blocks = (...texts: string[]) => texts.map(text => parseCidr(text) as Cidr)
const subnet = { cidrBlock: '203.0.113.0/24', gateway: '203.0.113.1', excludeIps: ['203.0.113.64..203.0.113.100', '203.0.113.101', '203.0.113.102..203.0.113.127', '203.0.113.1'] }
for (const [title, given, spec, expected] of [
  ['whose ranges cover it together', blocks('203.0.113.64/26'), subnet, undefined],
  ['of which one address is left to draw', blocks('203.0.113.64/26'), { ...subnet, excludeIps: ['203.0.113.64..203.0.113.126'] }, /add "203\.0\.113\.64\.\.203\.0\.113\.127" to excludeIps/],
  ['that it is not inside', blocks('198.51.100.0/28'), subnet, /198\.51\.100\.0\/28 is not inside/],
  ['whose gateway it has', blocks('203.0.113.0/30'), { ...subnet, excludeIps: ['203.0.113.0..203.0.113.3'] }, /203\.0\.113\.0 is the network's own/],
  ['whose last address it has', blocks('203.0.113.252/30'), { ...subnet, excludeIps: ['203.0.113.252..203.0.113.255'] }, /203\.0\.113\.255 is the network's own/],
  ['without a block', blocks('203.0.113.64/26'), {}, /has no IPv4 block/],
] as const) {
  test(`a pool on an external subnet ${title} ${expected === undefined ? 'gives addresses' : 'says what to change'}`, t => {
    const problem = externalSubnetProblem(given, 'external', spec)
    if (expected === undefined) t.is(problem, undefined)
    else t.regex(problem ?? '', expected)
  })
}
