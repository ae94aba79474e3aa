import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Route, RouteTable } from '../../../crds/v1alpha1/route-table.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { ready } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer } from '../instance/store.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { natGatewayInformer } from '../nat-gateway/store.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { subnetInformer } from '../subnet/store.ts'
import { buildMainRouteTable } from '../vpc/main-route-table.ts'
import { vpcInformer } from '../vpc/store.ts'
import { mainTableOf, tableOf } from './association.ts'
import { announce, awaitSubnets, awaitTargets, awaitVPC, checkSpec } from './checks.ts'
import { finalizeRouteTable } from './finalize.ts'
import { observeRouteTable } from './observe.ts'
import { routeTableStatus } from './status.ts'
import { routeTableInformer } from './store.ts'

const now = Date.UTC(2026, 0, 1)
const object = (kind: string, name: string, spec: object, more: { status?: object; metadata?: object } = {}) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind, spec, ...more,
  metadata: { name, namespace: 'team-a', uid: `${name}-uid`, resourceVersion: '1', generation: 2, creationTimestamp: '2026-01-01T00:00:00Z', ...more.metadata },
})
const inProd = { vpcRef: { name: 'prod' } }
const vpc = object('VPC', 'prod', { cidrBlocks: ['10.0.0.0/16'] }, { status: { state: 'available' } }) as VPC
const main = made(vpc, buildMainRouteTable(vpc)) as unknown as RouteTable
const subnetA = object('Subnet', 'a', { ...inProd, cidrBlock: '10.0.1.0/24' }, { status: { state: 'available' } })
const table = (name: string, spec: object, metadata: object = {}) => object('RouteTable', name, { ...inProd, ...spec }, { metadata }) as RouteTable
const gateway = object('InternetGateway', 'igw', inProd, { status: { state: 'available' } })
const nat = (status: object, spec: object = {}) => object('NATGateway', 'nat', { subnetRef: { name: 'a' }, connectivityType: 'Public', ...spec }, { status })
const router = (spec: object = {}, status: object = { state: 'running', privateIPAddress: '10.0.1.9' }) =>
  object('Instance', 'router', { subnetRef: { name: 'a' }, imageRef: { name: 'x' }, instanceType: 't3.micro', sourceDestCheck: false, ...spec }, { status })

type Held = Partial<Record<'instances' | 'gateways' | 'nats' | 'pools' | 'subnets' | 'tables' | 'vpcs', readonly object[]>>
const cacheWith = ({ instances = [], gateways = [], nats = [], pools, subnets = [subnetA], tables = [], vpcs = [vpc] }: Held): Cache => cacheOf(
  holding(vpcInformer, ...vpcs), holding(subnetInformer, ...subnets), holding(routeTableInformer, main, ...tables),
  holding(instanceInformer, ...instances),
  holding(internetGatewayInformer, ...gateways), holding(natGatewayInformer, ...nats),
  holding(publicIPPoolInformer, ...pools ?? [object('PublicIPPool', 'default', { externalSubnet: 'external' }, { metadata: { namespace: undefined } })]),
)
const routeTo = (target: object, destinationCIDR = '0.0.0.0/0') => ({ destinationCIDR, ...target }) as Route
const resolved = (route: Route, held: Held) => {
  const of = table('t', { routes: [route] })
  return observeRouteTable(of, cacheWith({ ...held, tables: [of] })).routes[0]
}

const toGateway = routeTo({ internetGatewayRef: { name: 'igw' } })
const toNAT = routeTo({ natGatewayRef: { name: 'nat' } })
const toInstance = routeTo({ instanceRef: { name: 'router' } })
const external = (by: 'ownAddress' | 'sharedAddress') => ({ kind: 'external', subnet: 'external', by })
const inside = { kind: 'inside', subnetID: idOf(idPrefixes.subnet, 'a-uid'), address: '10.0.1.9' }

for (const [title, route, held, expected] of [
  ['an internet gateway that is attached', toGateway, { gateways: [gateway] }, external('ownAddress')],
  ['an internet gateway that is being attached', toGateway, { gateways: [{ ...gateway, status: { state: 'attaching' } }] }, /is not attached/],
  ['an internet gateway of another VPC', toGateway, { gateways: [{ ...gateway, spec: { vpcRef: { name: 'dev' } } }] }, /is of another VPC/],
  ['an internet gateway that a VPC has beside an older one', toGateway, {
    gateways: [gateway, object('InternetGateway', 'older', inProd, { metadata: { creationTimestamp: '2025-01-01T00:00:00Z' } })],
  }, /is not attached/],
  ['a gateway where there are no public addresses', toGateway, { gateways: [gateway], pools: [] }, /is not attached/],
  ['nothing', toGateway, {}, /InternetGateway "igw" does not exist/],
  ['a NAT gateway', toNAT, { nats: [nat({ state: 'available' })] }, external('sharedAddress')],
  ['a NAT gateway that is not ready', toNAT, { nats: [nat({ state: 'pending' })] }, /is not available/],
  ['a NAT gateway of another VPC', toNAT, { nats: [nat({ state: 'available' })], subnets: [{ ...subnetA, spec: { vpcRef: { name: 'dev' } } }] }, /is in another VPC/],
  ['an instance that passes traffic on', toInstance, { instances: [router()] }, inside],
  ['an instance that passes none on', toInstance, { instances: [router({ sourceDestCheck: true })] }, /set its sourceDestCheck to false/],
  ['an instance that is stopped', toInstance, { instances: [router({}, { state: 'stopped', privateIPAddress: '10.0.1.9' })] }, /is not running/],
  ['an instance of another VPC', toInstance, { instances: [router()], subnets: [{ ...subnetA, spec: { vpcRef: { name: 'dev' } } }] }, /is in another VPC/],
  ['a place inside the VPC', routeTo({ internetGatewayRef: { name: 'igw' } }, '10.0.128.0/17'), { gateways: [gateway] }, /is inside VPC "prod"/],
] as const satisfies readonly (readonly [string, Route, Held, object])[]) {
  test(`a route to ${title} ${expected instanceof RegExp ? 'is a blackhole and says why' : 'leads there'}`, t => {
    const found = resolved(route, held)
    if (expected instanceof RegExp) {
      t.regex(found?.obstacle?.message ?? '', expected)
      t.deepEqual(found?.nextHop, { kind: 'blackhole' })
    } else {
      t.deepEqual(found?.nextHop as object, expected)
      t.is(found?.obstacle, undefined)
    }
  })
}


test('a table shows the local routes first, waits for what its routes lead to and tells of a hole once', t => {
  const of = table('public', { routes: [toGateway, routeTo({ natGatewayRef: { name: 'nat' } }, '192.0.2.0/24')], subnetRefs: [{ name: 'a' }] })
  const facts = observeRouteTable(of, cacheWith({ gateways: [gateway], tables: [of] }))
  const context = recordingContext(of, facts)
  t.deepEqual([awaitVPC(context), checkSpec(context), awaitSubnets(context)], [ready, ready, ready])
  const outcome = awaitTargets(context)
  t.like(outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
  const status = routeTableStatus({ object: of, facts, outcome, outcomes: {}, now })
  t.deepEqual(status.routes?.map(({ destinationCIDR, target, state, origin }) => [destinationCIDR, target, state, origin]), [
    ['10.0.0.0/16', 'local', 'active', 'CreateRouteTable'],
    ['0.0.0.0/0', idOf(idPrefixes.internetGateway, 'igw-uid'), 'active', 'CreateRoute'],
    ['192.0.2.0/24', '', 'blackhole', 'CreateRoute'],
  ])
  t.deepEqual(status.associations, [{ subnetName: 'a', subnetID: idOf(idPrefixes.subnet, 'a-uid'), state: 'associated' }])
  t.like(status.conditions?.find(({ type }) => type === 'RoutesActive'), { status: 'False', reason: 'Blackhole' })
  const before = recordingContext({ ...of, status: { ...status, conditions: status.conditions?.map(each => ({ ...each, status: 'True' as const })) ?? [] } }, facts)
  announce(before)
  const again = recordingContext({ ...of, status }, facts)
  announce(again)
  t.deepEqual([before.recording.acts, again.recording.acts], [['event Warning Blackhole'], []])
})

test('a subnet follows the oldest table of its VPC that names it, else the main one, else none', t => {
  const subnet = subnetA as never
  const [old, young] = [table('old', { subnetRefs: [{ name: 'a' }] }, { creationTimestamp: '2025-01-01T00:00:00Z' }), table('young', { subnetRefs: [{ name: 'a' }] })]
  const foreign = object('RouteTable', 'foreign', { vpcRef: { name: 'dev' }, subnetRefs: [{ name: 'a' }] }, { metadata: { creationTimestamp: '2024-01-01T00:00:00Z' } })
  t.is(tableOf(subnet, cacheWith({ tables: [young, foreign, old] }))?.metadata.name, 'old')
  t.is(tableOf(subnet, cacheWith({ tables: [foreign] }))?.metadata.name, 'prod-main')
  const pointing = (name: string) => ({ ...vpc, spec: { ...vpc.spec, mainRouteTableRef: { name } } })
  t.is(tableOf(subnet, cacheWith({ vpcs: [pointing('other')], tables: [table('other', {})] }))?.metadata.name, 'other')
  for (const name of ['foreign', 'missing']) t.is(tableOf(subnet, cacheWith({ vpcs: [pointing(name)], tables: [foreign] })), undefined)
  const stranger = object('RouteTable', 'prod-main', inProd)
  t.is(mainTableOf(vpc, cacheOf(holding(routeTableInformer, stranger))), undefined)
})

test('a table that another table or VPC has its subnet from says so, and what is in order of it is in force', t => {
  const old = table('old', { subnetRefs: [{ name: 'a' }] }, { creationTimestamp: '2025-01-01T00:00:00Z' })
  const young = table('young', { subnetRefs: [{ name: 'a' }, { name: 'far' }] })
  const far = object('Subnet', 'far', { vpcRef: { name: 'dev' }, cidrBlock: '10.0.1.0/24' })
  const facts = observeRouteTable(young, cacheWith({ tables: [old, young], subnets: [subnetA, far] }))
  t.deepEqual(facts.associations.map(({ state }) => state), ['failed', 'failed'])
  const outcome = checkSpec(recordingContext(young, facts))
  t.like(outcome, { kind: 'blocked', reason: 'InvalidSpec' })
  t.regex(outcome.kind === 'blocked' ? outcome.message : '', /follows the table "old".*"far" is of another VPC/)
})

test('a table waits for its subnets before it goes, and the main one for its VPC', async t => {
  const of = table('public', { subnetRefs: [{ name: 'a' }, { name: 'missing' }] })
  const facts = observeRouteTable(of, cacheWith({ tables: [of] }))
  t.deepEqual(await finalizeRouteTable['vpc']?.(recordingContext(of, facts)), ready)
  t.like(await finalizeRouteTable['subnets']?.(recordingContext(of, facts)), { kind: 'waiting', message: 'can\'t be deleted while in use by Subnet "a": delete it first' })
  const mainFacts = observeRouteTable(main, cacheWith({}))
  t.like(await finalizeRouteTable['vpc']?.(recordingContext(main, mainFacts)), { kind: 'waiting', reason: 'DependencyViolation' })
  const going = { ...vpc, metadata: { ...vpc.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  t.deepEqual(await finalizeRouteTable['vpc']?.(recordingContext(main, observeRouteTable(main, cacheWith({ vpcs: [going] })))), ready)
})
