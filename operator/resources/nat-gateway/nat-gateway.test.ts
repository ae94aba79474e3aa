import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { NATGateway } from '../../../crds/v1alpha1/nat-gateway.ts'
import { ovnEipInformer, ovnSnatRuleInformer } from '../../providers/kube-ovn/external-informers.ts'
import { buildOvnEip } from '../../providers/kube-ovn/public-address.ts'
import { buildOvnSnatRule } from '../../providers/kube-ovn/source-nat.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { elasticIPInformer } from '../elastic-ip/store.ts'
import { golden } from '../golden.ts'
import { world } from '../instance/sample.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { observeNATGateway } from './observe.ts'
import { natGatewayStatus } from './status.ts'
import { awaitInternet, awaitReferences, endOthers, ensureRules, finalizeNATGateway } from './steps.ts'
import { natGatewayInformer } from './store.ts'

const now = Date.UTC(2026, 0, 1)
const object = (kind: string, name: string, spec: object, status?: object) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind,
  metadata: { name, namespace: 'team-a', uid: `uid-${name}`, resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec, ...status === undefined ? {} : { status: { observedGeneration: 1, ...status } },
}) as unknown as KubeObject
const gateway = (name: string, spec: object = {}, status?: object): NATGateway =>
  object('NATGateway', name, { subnetRef: { name: 'public-a' }, elasticIPRef: { name: 'out' }, connectivityType: 'Public', ...spec }, status) as NATGateway
const nat = gateway('nat')
const privateSubnet = object('Subnet', 'private-a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.2.0/24' }, { state: 'available' })
const elasticIP = object('ElasticIP', 'out', { poolName: 'default' }, { publicIP: '203.0.113.20' })
const table = (routes: object[]) => object('RouteTable', 'private', { vpcRef: { name: 'main' }, routes, subnetRefs: [{ name: 'private-a' }] })
const toNat = [{ destinationCIDR: '0.0.0.0/0', natGatewayRef: { name: 'nat' } }]
const eip = { ...made(elasticIP, buildOvnEip({ address: '203.0.113.20', externalSubnet: 'external', poolUID: 'p' })), status: { v4Ip: '203.0.113.20', ready: true } }
const needed = {
  subnetID: idOf(idPrefixes.subnet, 'uid-private-a'), vpcID: idOf(idPrefixes.vpc, 'uid-VPC-main'), cidrBlock: '10.0.2.0/24', address: '203.0.113.20',
}
const rule = (owner: KubeObject, isReady = true) => ({ ...made(owner, buildOvnSnatRule(needed)), status: isReady ? { ready: true } : {} })

type Held = { routes?: object[]; rules?: object[]; gateways?: NATGateway[]; elasticIPs?: object[]; eips?: object[] }
const contextOf = (of: NATGateway, { routes = toNat, rules = [], gateways = [of], elasticIPs = [elasticIP], eips = [eip] }: Held = {}) => {
  const hold = (spec: unknown, ...objects: object[]) => holding(spec as InformerSpec<KubeObject>, ...objects)
  return recordingContext(of, observeNATGateway(of, cacheOf(
    hold(vpcInformer, world.vpc), hold(subnetInformer, world.subnet, privateSubnet), hold(routeTableInformer, table(routes)),
    hold(elasticIPInformer, ...elasticIPs), hold(ovnEipInformer, ...eips), hold(ovnSnatRuleInformer, ...rules), hold(natGatewayInformer, ...gateways),
  )))
}

test('what a NATGateway becomes for a subnet is as the golden file says', t => {
  const { actual, expected } = golden(import.meta.dirname, 'nat', buildOvnSnatRule(needed))
  t.deepEqual(actual, expected)
})

test('every subnet that is routed to the gateway leaves by its address, and no other', async t => {
  const routed = contextOf(nat)
  t.like(await ensureRules(routed), { kind: 'waiting' })
  t.deepEqual(routed.recording.acts, [`apply OvnSnatRule ${needed.subnetID}`])
  t.deepEqual(await ensureRules(contextOf(nat, { rules: [rule(nat)] })), ready)
  const none = contextOf(nat, { routes: [] })
  t.deepEqual(await ensureRules(none), ready)
  t.deepEqual(none.recording.acts, [])
})

test('a subnet that is routed elsewhere is let go first, and taken over when the other gateway has let go', async t => {
  const left = contextOf(nat, { routes: [], rules: [rule(nat)] })
  t.like(await endOthers(left), { kind: 'waiting' })
  t.deepEqual(left.recording.acts, [`remove OvnSnatRule ${needed.subnetID}`])
  const late = contextOf(nat, { rules: [rule(gateway('former'))] })
  t.like(await ensureRules(late), { kind: 'waiting' })
  t.deepEqual(late.recording.acts, [])
})

test('traffic stops when the address is lost, and the gateway has failed', async t => {
  const lost = contextOf(gateway('nat', {}, { state: 'available' }), { eips: [], rules: [rule(nat)] })
  t.like(await endOthers(lost), { kind: 'waiting' })
  t.deepEqual(lost.recording.acts, [`remove OvnSnatRule ${needed.subnetID}`])
  const status = natGatewayStatus({ object: lost.object, facts: lost.facts, outcome: waiting('Progressing', ''), outcomes: {}, now })
  t.is(status.state, 'failed')
  t.is(status.publicIP, undefined)
})

for (const [what, held, of, expected] of [
  ['an ElasticIP that is not there', { elasticIPs: [] }, nat, { kind: 'waiting', reason: 'DependencyNotFound' }],
  ['an ElasticIP without an address yet', { eips: [] }, nat, { kind: 'waiting', reason: 'DependencyNotReady' }],
  ['an ElasticIP of an instance', { elasticIPs: [{ ...elasticIP, spec: { poolName: 'default', instanceRef: { name: 'web' } } }] }, nat, { kind: 'waiting', reason: 'AddressInUse' }],
  ['an ElasticIP of another gateway', { gateways: [nat, gateway('a-first', {}, { state: 'available' })] }, nat, { kind: 'waiting', reason: 'AddressInUse' }],
  ['connectivityType Private', {}, gateway('nat', { connectivityType: 'Private' }), { kind: 'blocked', reason: 'NotSupportedYet' }],
] as const satisfies readonly (readonly [string, object, NATGateway, Partial<Outcome>])[]) {
  test(`a gateway with ${what} serves nobody and says why`, t => {
    t.like(awaitReferences(contextOf(of, held as unknown as Held)), expected)
  })
}

test('a gateway in a subnet without a way to the internet says so', t => {
  t.deepEqual(awaitReferences(contextOf(nat)), ready)
  t.like(awaitInternet(contextOf(nat)), { kind: 'waiting', reason: 'GatewayNotAttached' })
})

test('a gateway that goes lets go of its subnets; what Kube-OVN has only begun is waited for', async t => {
  const context = contextOf(nat, { rules: [rule(nat)] })
  t.like(await finalizeNATGateway['rules']?.(context), { kind: 'waiting' })
  t.deepEqual(context.recording.acts, [`remove OvnSnatRule ${needed.subnetID}`])
  const begun = rule(nat, false)
  const young = contextOf(nat, { rules: [{ ...begun, metadata: { ...begun.metadata, creationTimestamp: '2025-12-31T23:59:59Z' } }] })
  t.like(await finalizeNATGateway['rules']?.(young), { kind: 'waiting', after: 14_000 })
  t.deepEqual(young.recording.acts, [])
  t.deepEqual(await finalizeNATGateway['rules']?.(contextOf(nat)), ready)
})
