import test from 'ava'
import { parseCidr } from '../../../crds/cidr.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { NetworkACL, NetworkACLEntry } from '../../../crds/v1alpha1/network-acl.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { buildSubnet } from '../../providers/kube-ovn/subnet.ts'
import { ready } from '../../runtime/outcome.ts'
import { golden } from '../golden.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { attachmentOf } from '../subnet/network.ts'
import { observeSubnet } from '../subnet/observe.ts'
import { subnetInformer } from '../subnet/store.ts'
import { buildDefaultNetworkACL } from '../vpc/default-network-acl.ts'
import { vpcInformer } from '../vpc/store.ts'
import { egressPoliciesOf, listOf } from './association.ts'
import { awaitSubnets, awaitVPC, checkSubnets, enforcementOf, finalizeNetworkACL } from './checks.ts'
import { observeNetworkACL } from './observe.ts'
import { networkACLStatus } from './status.ts'
import { networkACLInformer } from './store.ts'

const meta = (name: string, creationTimestamp = '2026-01-01T00:00:00Z', more: object = {}) =>
  ({ name, namespace: 'team-a', uid: `${name}-uid`, resourceVersion: '5', generation: 1, creationTimestamp, ...more })
const vpc: VPC = {
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'VPC', metadata: meta('prod'),
  spec: { cidrBlocks: ['10.0.0.0/16'], enableDNSSupport: true, enableDNSHostnames: false }, status: { observedGeneration: 1, state: 'available' },
}
const subnet = (name: string, vpcName = 'prod', state: 'available' | 'pending' = 'available'): Subnet => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Subnet', metadata: meta(name),
  spec: { vpcRef: { name: vpcName }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a', mapPublicIPOnLaunch: false },
  status: { observedGeneration: 1, state },
})
const entries: NetworkACLEntry[] = [
  { ruleNumber: 100, direction: 'Ingress', action: 'Allow', protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' },
  { ruleNumber: 90, direction: 'Ingress', action: 'Deny', protocol: 'all', cidr: '198.51.100.0/24' },
  { ruleNumber: 110, direction: 'Ingress', action: 'Allow', protocol: 'icmp', icmp: { type: 8 }, cidr: '10.0.0.0/8' },
  { ruleNumber: 100, direction: 'Egress', action: 'Allow', protocol: 'tcp', fromPort: 1024, toPort: 65535, cidr: '0.0.0.0/0' },
]
const list = (name: string, subnets: readonly string[], more: { spec?: Partial<NetworkACL['spec']>; at?: string; metadata?: object } = {}): NetworkACL => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'NetworkACL', metadata: meta(name, more.at, more.metadata),
  spec: { vpcRef: { name: 'prod' }, entries, subnetRefs: subnets.map(name => ({ name })), ...more.spec },
})
const web = list('web', ['public-a'])
const defaultList = made(vpc, buildDefaultNetworkACL(vpc)) as unknown as NetworkACL
const cache = (...lists: NetworkACL[]) => cacheOf(
  holding(vpcInformer, vpc), holding(subnetInformer, subnet('public-a'), subnet('public-b'), subnet('elsewhere', 'other')), holding(networkACLInformer, ...lists),
)

test('what a NetworkACL becomes is as the golden file says: of its subnet and of the router of its VPC', t => {
  const held = cache(web, defaultList)
  const vpcID = idOf(idPrefixes.vpc, vpc.metadata.uid)
  const { id, entries: seen } = observeSubnet(subnet('public-a'), held)
  const switched = buildSubnet({
    id, vpcID, cidr: parseCidr('10.0.1.0/24') ?? { first: 0, prefixLength: 32 }, attachment: attachmentOf(subnet('public-a')), entries: seen,
  })
  const router = { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: vpcID }, spec: { policyRoutes: egressPoliciesOf(vpc, held) } }
  const { actual, expected } = golden(import.meta.dirname, 'web', switched, router)
  t.deepEqual(actual, expected)
})

test('a subnet that no list names has the default one of its VPC, and lets everything pass until its owner changes that', t => {
  const held = cache(web, defaultList)
  t.is(listOf(subnet('public-b'), held)?.metadata.name, 'prod-default')
  t.is(listOf(subnet('public-b'), cache(web)), undefined)
  const { id, entries: seen } = observeSubnet(subnet('public-b'), held)
  const plan = { id, vpcID: 'vpc-1', cidr: { first: 0x0a000100, prefixLength: 24 }, attachment: attachmentOf(subnet('public-b')) }
  t.is(buildSubnet({ ...plan, entries: seen }).spec.acls, undefined)
  const changed = { ...defaultList, spec: { ...defaultList.spec, entries: [] } }
  t.is(buildSubnet({ ...plan, entries: observeSubnet(subnet('public-b'), cache(changed)).entries }).spec.acls?.length, 1)
})

test('of two lists that name a subnet the older guards it, and the other says which', t => {
  const late = list('late', ['public-a', 'public-b'], { at: '2026-01-01T00:00:01Z' })
  const held = cache(late, web)
  t.is(listOf(subnet('public-a'), held)?.metadata.name, 'web')
  t.is(listOf(subnet('public-b'), held)?.metadata.name, 'late')
  t.deepEqual(checkSubnets(recordingContext(web, observeNetworkACL(web, held))), ready)
  const facts = observeNetworkACL(late, held)
  const outcome = checkSubnets(recordingContext(late, facts))
  t.like(outcome, { kind: 'blocked', reason: 'InvalidSpec' })
  t.regex(outcome.kind === 'blocked' ? outcome.message : '', /spec\.subnetRefs: subnet "public-a" has the list "web"/)
  t.like(networkACLStatus({ object: late, facts, outcome, outcomes: {}, now: 0 }), {
    isDefault: false, associations: [{ subnetName: 'public-a', state: 'failed' }, { subnetName: 'public-b', state: 'associated' }],
  })
})

test('a subnet of another VPC is not guarded, whoever names it', t => {
  const given = list('web', ['elsewhere'])
  t.is(listOf(subnet('elsewhere', 'other'), cache(given)), undefined)
  t.like(checkSubnets(recordingContext(given, observeNetworkACL(given, cache(given)))), { kind: 'blocked', reason: 'InvalidSpec' })
})

test('a list waits for its VPC and its subnets, whatever the order of arrival, and says where it isn\'t in force', t => {
  const given = list('web', ['public-a', 'late'])
  t.like(awaitVPC(recordingContext(given, observeNetworkACL(given, cacheOf()))), { kind: 'waiting', reason: 'DependencyNotFound' })
  const missing = observeNetworkACL(given, cache(given))
  t.like(awaitSubnets(recordingContext(given, missing)), { kind: 'waiting', reason: 'DependencyNotFound' })
  t.like(enforcementOf(missing), { status: 'False', reason: 'Progressing', message: 'not in force in Subnet "late"' })
  const pending = cacheOf(holding(vpcInformer, vpc), holding(subnetInformer, subnet('public-a', 'prod', 'pending')), holding(networkACLInformer, web))
  t.like(awaitSubnets(recordingContext(web, observeNetworkACL(web, pending))), { kind: 'waiting', reason: 'DependencyNotReady' })
  t.deepEqual(enforcementOf(observeNetworkACL(web, cache(web))), { status: 'True', reason: 'Enforced', message: 'every entry is in force' })
})

test('subnets that share a list share what the router is told', t => {
  const both = cache(list('web', ['public-a', 'public-b']))
  const [one, two] = [egressPoliciesOf(vpc, cache(web)), egressPoliciesOf(vpc, both)]
  t.is(one.length, two.length)
  t.true(two.every(({ match }) => /^inport == \{"vpc-[0-9a-f]{17}-subnet-[0-9a-f]{17}", "vpc-[0-9a-f]{17}-subnet-[0-9a-f]{17}"\} && /.test(match)))
})

test('a list that guards a subnet is not deleted and stays in force; one that names none, or none that is there, goes', async t => {
  const finalized = (given: NetworkACL) => finalizeNetworkACL['subnets']?.(recordingContext(given, observeNetworkACL(given, cache(given))))
  t.deepEqual(await finalized(web),
    { kind: 'waiting', reason: 'DependencyViolation', message: 'can\'t be deleted while in use by Subnet "public-a": delete it first' })
  for (const names of [[], ['gone'], ['elsewhere']]) t.deepEqual(await finalized(list('web', names)), ready)
  const going = list('web', ['public-a'], { metadata: { deletionTimestamp: '2026-01-02T00:00:00Z' } })
  t.is(listOf(subnet('public-a'), cache(going, defaultList))?.metadata.name, 'web')
})

test('the default list stays as long as its VPC, and goes with it', async t => {
  const finalized = (given: VPC) => finalizeNetworkACL['vpc']?.(recordingContext(defaultList,
    observeNetworkACL(defaultList, cacheOf(holding(vpcInformer, given), holding(networkACLInformer, defaultList)))))
  t.like(await finalized(vpc), { kind: 'waiting', reason: 'DependencyViolation' })
  t.deepEqual(await finalized({ ...vpc, metadata: { ...vpc.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } }), ready)
})
