import test from 'ava'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNSecurityGroupInformer, kubeOVNSubnetInformer, kubeOVNVpcInformer } from '../../providers/kube-ovn/informers.ts'
import { buildResolverSubnet } from '../../providers/kube-ovn/resolver-network.ts'
import { buildIsolationGroup } from '../../providers/kube-ovn/security-group.ts'
import { buildVpc } from '../../providers/kube-ovn/vpc.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import { buildIsolation } from '../../providers/network-policy/isolation.ts'
import { buildResolver } from '../../providers/resolver/deployment.ts'
import { resolverInformer } from '../../providers/resolver/informer.ts'
import { ready, waiting } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { golden } from '../golden.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { networkACLInformer } from '../network-acl/store.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { subnetInformer } from '../subnet/store.ts'
import { buildDefaultNetworkACL } from './default-network-acl.ts'
import { buildDefaultSecurityGroup } from './default-security-group.ts'
import { finalizeVPC } from './finalize.ts'
import { buildMainRouteTable } from './main-route-table.ts'
import { announce, ensureDefaultNetworkACL, ensureDefaultSecurityGroup, ensureIsolation, ensureMainRouteTable, ensureRouter } from './network.ts'
import { observeVPC } from './observe.ts'
import { ensureResolver, resolverName } from './resolver.ts'
import { vpcStatus } from './status.ts'

const vpc: VPC = {
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'VPC',
  metadata: { name: 'prod', namespace: 'team-a', uid: 'b1e6a2c0-0000-4000-8000-000000000001', resourceVersion: '7', generation: 2 },
  spec: { cidrBlocks: ['10.0.0.0/16'], enableDNSSupport: true, enableDNSHostnames: false },
}
const id = observeVPC(vpc, cacheOf()).id
const emptyRouter = { id, namespace: 'team-a', blocks: ['10.0.0.0/16'], subnets: [], routeTables: [], external: [], peers: [] }
const now = Date.UTC(2026, 0, 1)

const router = { ...made(vpc, buildVpc(emptyRouter)), status: { standby: true } }
const isolation = made(vpc, buildIsolation({ vpcID: id, namespace: 'team-a' }))
const defaultGroup = made(vpc, buildDefaultSecurityGroup(vpc))
const defaultList = made(vpc, buildDefaultNetworkACL(vpc))
const mainTable = made(vpc, buildMainRouteTable(vpc))
const complete = cacheOf(
  holding(kubeOVNVpcInformer, router), holding(networkPolicyInformer, isolation), holding(securityGroupInformer, defaultGroup),
  holding(routeTableInformer, mainTable), holding(networkACLInformer, defaultList),
)
const sibling = (kind: string, name: string, namespace = 'team-a') => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name, namespace, uid: `${namespace}-${name}`, resourceVersion: '9' }, spec: { vpcRef: { name: 'prod' } },
})

test('what a VPC becomes is as the golden file says', t => {
  const { actual, expected } = golden(import.meta.dirname, 'prod',
    buildVpc(emptyRouter), buildIsolation({ vpcID: id, namespace: 'team-a' }), buildDefaultSecurityGroup(vpc),
    buildDefaultNetworkACL(vpc), buildMainRouteTable(vpc))
  t.deepEqual(actual, expected)
})

test('nothing is reachable in a VPC before its router is there', async t => {
  const context = recordingContext(vpc, observeVPC(vpc, cacheOf()))
  t.deepEqual(await ensureIsolation(context), ready)
  t.deepEqual(await ensureDefaultSecurityGroup(context), ready)
  t.deepEqual(await ensureDefaultNetworkACL(context), ready)
  t.deepEqual(await ensureMainRouteTable(context), ready)
  t.like(await ensureRouter(context), { kind: 'waiting', reason: 'Progressing' })
  t.deepEqual(context.recording.acts, [
    `apply NetworkPolicy team-a/${id}`, 'apply SecurityGroup team-a/prod-default', 'apply NetworkACL team-a/prod-default',
    'apply RouteTable team-a/prod-main', `apply Vpc ${id}`,
  ])
})

test('rules that a tenant gave the default group, entries of the default list and routes of the main table are never taken back', async t => {
  const context = recordingContext(vpc, observeVPC(vpc, complete))
  t.deepEqual(await ensureDefaultSecurityGroup(context), ready)
  t.deepEqual(await ensureDefaultNetworkACL(context), ready)
  t.deepEqual(await ensureMainRouteTable(context), ready)
  t.deepEqual(context.recording.acts, [])
})

test('a namesake that was made for somebody else is not taken for ours', t => {
  const stranger = { ...vpc, metadata: { ...vpc.metadata, uid: 'another' } }
  const facts = observeVPC(vpc, cacheOf(
    holding(kubeOVNVpcInformer, { ...made(stranger, buildVpc(emptyRouter)), status: { standby: true } }),
    holding(securityGroupInformer, made(stranger, buildDefaultSecurityGroup(vpc))),
  ))
  t.is(facts.router, undefined)
  t.is(facts.defaultGroup, undefined)
})

test('a VPC is available once its router, its isolation and its default group are there, and that is said once', t => {
  const facts = observeVPC(vpc, complete)
  const status = vpcStatus({ object: vpc, facts, outcome: ready, outcomes: {}, now })
  t.like(status, { observedGeneration: 2, vpcID: id, state: 'available', defaultSecurityGroup: 'prod-default', mainRouteTable: 'prod-main' })
  t.like(status.conditions?.[0], { type: 'Ready', status: 'True', reason: 'Available' })
  const first = recordingContext(vpc, facts)
  announce(first)
  const again = recordingContext({ ...vpc, status }, facts)
  announce(again)
  t.deepEqual([first.recording.acts, again.recording.acts], [['event Normal Available'], []])
})

for (const [missing, cache] of [
  ['router', cacheOf(holding(networkPolicyInformer, isolation), holding(securityGroupInformer, defaultGroup))],
  ['isolation', cacheOf(holding(kubeOVNVpcInformer, router), holding(securityGroupInformer, defaultGroup))],
  ['default group', cacheOf(holding(kubeOVNVpcInformer, router), holding(networkPolicyInformer, isolation))],
] as const) {
  test(`a VPC without its ${missing} is pending`, t => {
    const facts = observeVPC(vpc, cache)
    t.is(vpcStatus({ object: vpc, facts, outcome: waiting('Progressing', ''), outcomes: {}, now }).state, 'pending')
  })
}

test('a VPC that is in use is not deleted, and says by whom', async t => {
  const facts = observeVPC(vpc, cacheOf(
    holding(subnetInformer, sibling('Subnet', 'public-a'), sibling('Subnet', 'elsewhere', 'team-b')),
    holding(securityGroupInformer, defaultGroup, sibling('SecurityGroup', 'web')),
  ))
  const outcome = await finalizeVPC['users']?.(recordingContext(vpc, facts))
  t.deepEqual(outcome, waiting('DependencyViolation', 'can\'t be deleted while in use by SecurityGroup "web", Subnet "public-a": delete them first'))
})

test('the router of a VPC that waits for its users is kept as they want it, and is not made anew', async t => {
  const used = holding(subnetInformer, sibling('Subnet', 'public-a'))
  const context = recordingContext(vpc, observeVPC(vpc, cacheOf(used, holding(kubeOVNVpcInformer, router))))
  t.like(await finalizeVPC['users']?.(context), { kind: 'waiting' })
  t.deepEqual(context.recording.acts, [`apply Vpc ${id}`])
  const without = recordingContext(vpc, observeVPC(vpc, cacheOf(used)))
  t.like(await finalizeVPC['users']?.(without), { kind: 'waiting' })
  t.deepEqual(without.recording.acts, [])
})

test('what a VPC became goes in order: default group and list, main table, DNS servers and their switch, router, and the isolation last', async t => {
  const context = recordingContext(vpc, observeVPC(vpc, withServers(2), platform))
  t.deepEqual(Object.keys(finalizeVPC), ['users', 'defaultSecurityGroup', 'defaultNetworkACL', 'mainRouteTable', 'resolver', 'resolverNetwork', 'router', 'isolation'])
  for (const step of Object.values(finalizeVPC).slice(1)) t.is((await step(context)).kind, 'waiting')
  t.deepEqual(context.recording.acts, [
    'remove SecurityGroup team-a/prod-default', 'remove NetworkACL team-a/prod-default', 'remove RouteTable team-a/prod-main',
    `remove Deployment kumulus-system/${dns}`, `remove Subnet ${dns}`, `remove Vpc ${id}`, `remove NetworkPolicy team-a/${id}`,
  ])
  const gone = recordingContext(vpc, observeVPC(vpc, cacheOf()))
  for (const step of Object.values(finalizeVPC)) t.deepEqual(await step(gone), ready)
})

test('with the driver kubeOVN a VPC is closed by a group without rules, and is not available before that has its port group', async t => {
  const held = (isReady: boolean) => holding(kubeOVNSecurityGroupInformer, {
    ...made(vpc, buildIsolationGroup(id)), status: { portGroup: isReady ? 'ovn.sg' : '', ingressLastSyncSuccess: isReady, egressLastSyncSuccess: isReady },
  })
  const others = [holding(kubeOVNVpcInformer, router), holding(securityGroupInformer, defaultGroup), holding(routeTableInformer, mainTable)]
  const first = recordingContext(vpc, observeVPC(vpc, cacheOf(...others), { securityGroupDriver: 'kubeOVN' }))
  t.like(await ensureIsolation(first), { kind: 'waiting' })
  t.deepEqual(first.recording.acts, [`apply SecurityGroup ${id}`])
  for (const isReady of [false, true]) {
    const facts = observeVPC(vpc, cacheOf(...others, held(isReady)), { securityGroupDriver: 'kubeOVN' })
    t.is((await ensureIsolation(recordingContext(vpc, facts))).kind, isReady ? 'ready' : 'waiting')
    t.is(vpcStatus({ object: vpc, facts, outcome: ready, outcomes: {}, now }).state, isReady ? 'available' : 'pending')
    const context = recordingContext(vpc, facts)
    await finalizeVPC['isolation']?.(context)
    t.deepEqual(context.recording.acts, [`remove SecurityGroup ${id}`])
  }
})

const program = { image: 'registry.example.com/kumulus:1', upstreams: ['192.0.2.53'], withheldDomains: ['corp.example.com'], pullSecrets: ['registry'] }
const platform = { operatorNamespace: 'kumulus-system', resolver: program }
const dns = resolverName(vpc.metadata.uid)
const network = {
  ...made(vpc, buildResolverSubnet({ name: dns, namespace: 'kumulus-system', vpcID: id })), status: { conditions: [{ type: 'Ready', status: 'True' }] },
}
const servers = (availableReplicas: number) => ({
  ...made(vpc, buildResolver({ name: dns, namespace: 'kumulus-system', domain: 'prod.internal', blocks: vpc.spec.cidrBlocks, program })), status: { availableReplicas },
})
const withServers = (availableReplicas: number) => cacheOf(
  holding(kubeOVNVpcInformer, router), holding(networkPolicyInformer, isolation), holding(securityGroupInformer, defaultGroup),
  holding(routeTableInformer, mainTable), holding(networkACLInformer, defaultList),
  holding(kubeOVNSubnetInformer, network), holding(resolverInformer('kumulus-system'), servers(availableReplicas)),
)

test('what the DNS servers of a VPC become is as the golden file says, and so is what is closed around them', t => {
  const subnets = [{ id: 'subnet-1', cidr: '10.0.1.0/24', routeTable: undefined }]
  const { actual, expected } = golden(import.meta.dirname, 'prod-dns',
    buildVpc({ ...emptyRouter, subnets, resolver: dns }), buildIsolation({ vpcID: id, namespace: 'team-a', hasResolver: true }), buildIsolationGroup(id, true),
    buildResolverSubnet({ name: dns, namespace: 'kumulus-system', vpcID: id }),
    buildResolver({ name: dns, namespace: 'kumulus-system', domain: 'prod.internal', blocks: vpc.spec.cidrBlocks, program }))
  t.deepEqual(actual, expected)
})

test('the router and the isolation are closed around DNS servers before there is a switch for them, and for as long as it is there', async t => {
  const wanted = recordingContext(vpc, observeVPC(vpc, complete, platform))
  await ensureRouter(wanted)
  await ensureResolver(wanted)
  t.deepEqual(wanted.recording.acts, [`apply Vpc ${id}`, `apply Subnet ${dns}`])
  t.true(JSON.stringify(wanted.recording.applied[0]).includes('192.0.0.248/29'))
  const early = recordingContext(vpc, observeVPC(vpc, cacheOf(), platform))
  t.deepEqual(await ensureResolver(early), ready)
  t.deepEqual(early.recording.acts, [])
  const unwanted = recordingContext(vpc, observeVPC(vpc, withServers(2), { operatorNamespace: 'kumulus-system' }))
  await ensureRouter(unwanted)
  await ensureResolver(unwanted)
  t.deepEqual(unwanted.recording.acts, [`apply Vpc ${id}`, `remove Deployment kumulus-system/${dns}`])
  t.true(JSON.stringify(unwanted.recording.applied[0]).includes('192.0.0.248/29'))
})

test('a VPC says whether its DNS servers answer, why there are none and what it asks for in vain, and is available all the same', t => {
  const told = (cache: Cache, settings: object, spec: object = {}) => {
    const object = { ...vpc, spec: { ...vpc.spec, ...spec } }
    const { conditions = [], state } = vpcStatus({ object, facts: observeVPC(object, cache, settings), outcome: ready, outcomes: {}, now })
    t.is(state, 'available')
    return conditions.filter(({ type }) => type.startsWith('DNS')).map(({ type, status, reason }) => `${type}=${status} ${reason}`)
  }
  t.deepEqual(told(complete, {}), ['DNSAvailable=False NotInstalled'])
  t.deepEqual(told(complete, platform), ['DNSAvailable=False Progressing'])
  t.deepEqual(told(withServers(0), platform), ['DNSAvailable=False Progressing'])
  t.deepEqual(told(withServers(1), platform), ['DNSAvailable=True Available'])
  t.deepEqual(told(withServers(2), platform, { enableDNSHostnames: true }), ['DNSAvailable=True Available', 'DNSHostnamesAvailable=False NotSupportedYet'])
  t.deepEqual(told(complete, platform, { cidrBlocks: ['10.0.0.0/16', '192.0.0.0/24'] }), ['DNSAvailable=False InvalidSpec'])
  t.deepEqual(told(complete, platform, { enableDNSSupport: false }), [])
})
