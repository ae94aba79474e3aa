import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { SecurityGroup, SecurityGroupRule } from '../../../crds/v1alpha1/security-group.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNSecurityGroupInformer } from '../../providers/kube-ovn/informers.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import { obstacleTo } from '../../providers/network-policy/security-group.ts'
import { ready } from '../../runtime/outcome.ts'
import { golden } from '../golden.ts'
import { instanceInformer } from '../instance/store.ts'
import { prefixListInformer } from '../prefix-list/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { subnetInformer } from '../subnet/store.ts'
import { buildDefaultSecurityGroup } from '../vpc/default-security-group.ts'
import { vpcPeeringInformer } from '../vpc-peering/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { driverOf } from './driver.ts'
import { finalizeSecurityGroup } from './finalize.ts'
import { observeSecurityGroup } from './observe.ts'
import { announce, awaitPortGroup, awaitVPC, checkRules, ensurePolicy } from './policy.ts'
import { resolveRules } from './rules.ts'
import { securityGroupStatus } from './status.ts'
import { securityGroupInformer } from './store.ts'

const now = Date.UTC(2026, 0, 1)
const group = (name: string, spec: Partial<SecurityGroup['spec']> = {}, metadata: object = {}): SecurityGroup => ({
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'SecurityGroup',
  metadata: { name, namespace: 'team-a', uid: `${name}-uid`, resourceVersion: '5', generation: 3, ...metadata },
  spec: { vpcRef: { name: 'prod' }, ...spec },
})
const vpc: VPC = {
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'VPC',
  metadata: { name: 'prod', namespace: 'team-a', uid: 'vpc-uid', resourceVersion: '4' },
  spec: { cidrBlocks: ['10.0.0.0/16'], enableDNSSupport: true, enableDNSHostnames: false },
}
const going = { deletionTimestamp: '2026-01-01T00:00:00Z' }
const instance = (name: string, groups?: readonly string[], namespace = 'team-a') => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Instance', metadata: { name, namespace, uid: `${name}-uid`, resourceVersion: '6' },
  spec: { subnetRef: { name: 'public-a' }, imageRef: { name: 'debian' }, instanceType: 't3.micro',
    ...(groups === undefined ? {} : { securityGroupRefs: groups.map(name => ({ name })) }) },
})
const subnet = { apiVersion: 'kumulus.dev/v1alpha1', kind: 'Subnet', metadata: { name: 'public-a', namespace: 'team-a', uid: 's', resourceVersion: '6' },
  spec: { vpcRef: { name: 'prod' } } }

const nowhere = { group: () => undefined, prefixList: () => undefined, arePeered: () => false, isLate: () => false }

const rules: SecurityGroupRule[] = [
  { protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0', description: 'SSH from everywhere' },
  { protocol: 'tcp', fromPort: 8000, toPort: 8999, cidr: '2001:DB8::/32' },
  { protocol: 'all', securityGroupRef: { name: 'web' } },
  { protocol: 'tcp', fromPort: 5432, toPort: 5432, securityGroupRef: { name: 'db' } },
  { protocol: 'icmp', cidr: '10.0.0.0/8' },
]
const web = group('web', { ingressRules: rules, egressRules: [{ protocol: 'udp', fromPort: 53, toPort: 53, cidr: '10.0.0.2/32' }] })
const db = group('db')

test('what a SecurityGroup becomes is as the golden file says, without the rule that can\'t be expressed', async t => {
  const context = recordingContext(web, observeSecurityGroup(web, cacheOf(holding(vpcInformer, vpc), holding(securityGroupInformer, web, db))))
  t.deepEqual(awaitVPC(context), ready)
  t.deepEqual(await ensurePolicy(context), ready)
  t.deepEqual(checkRules(context), ready)
  const { actual, expected } = golden(import.meta.dirname, 'web', ...context.recording.applied)
  t.deepEqual(actual, expected)
})

test('a rule that can\'t be expressed is named by Enforced and in an event, and is closed', t => {
  const cache = cacheOf(holding(vpcInformer, vpc), holding(securityGroupInformer, web, db))
  const facts = { ...observeSecurityGroup(web, cache), policy: made(web, { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: {} }) }
  const status = securityGroupStatus({ object: web, facts, outcome: ready, outcomes: {}, now })
  const enforced = status.conditions?.find(({ type }) => type === 'Enforced')
  t.like(enforced, { status: 'False', reason: 'RulesNotSupported', observedGeneration: 3 })
  t.regex(enforced?.message ?? '', /ingressRules\[4\] \(icmp from 10\.0\.0\.0\/8\)/)
  t.is(status.rules?.length, 5)
  t.true(status.rules?.every(rule => rule.protocol !== 'icmp' && /^sgr-[0-9a-f]{17}$/.test(rule.ruleID)))
  const first = recordingContext(web, facts)
  announce(first)
  const again = recordingContext({ ...web, status }, facts)
  announce(again)
  t.deepEqual([first.recording.acts, again.recording.acts], [['event Warning RulesNotSupported'], []])
})

test('a group that a rule names and that isn\'t there lets nobody in, and is waited for by name', async t => {
  const facts = observeSecurityGroup(web, cacheOf(holding(vpcInformer, vpc), holding(securityGroupInformer, web)))
  const context = recordingContext(web, facts)
  t.deepEqual(await ensurePolicy(context), ready)
  t.is((context.recording.applied[0]?.['spec'] as { ingress: unknown[] }).ingress.length, 3)
  const outcome = checkRules(context)
  t.like(outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
  t.regex(outcome.kind === 'waiting' ? outcome.message : '', /SecurityGroup "db"/)
})

test('a group of another VPC is never let in, whatever its name', async t => {
  const foreign = group('db', { vpcRef: { name: 'other' } })
  const context = recordingContext(web, observeSecurityGroup(web, cacheOf(holding(vpcInformer, vpc), holding(securityGroupInformer, web, foreign))))
  t.deepEqual(await ensurePolicy(context), ready)
  t.false(JSON.stringify(context.recording.applied).includes('5432'))
  t.like(checkRules(context), { kind: 'blocked', reason: 'InvalidSpec' })
})

test('a namesake in another namespace is nobody\'s business', t => {
  const elsewhere = group('db', {}, { namespace: 'team-b' })
  const { rules } = observeSecurityGroup(web, cacheOf(holding(securityGroupInformer, web, elsewhere)))
  t.like(rules.find(({ rule }) => rule.securityGroupRef?.name === 'db'), { obstacle: { kind: 'missing' } })
})

for (const [title, spec, egress] of [
  ['says nothing of egress lets everything out', {}, [{}]],
  ['has an empty list of egress rules lets nothing out', { egressRules: [] }, []],
] as const) {
  test(`a group that ${title}`, async t => {
    const given = group('web', spec as Partial<SecurityGroup['spec']>)
    const context = recordingContext(given, observeSecurityGroup(given, cacheOf(holding(vpcInformer, vpc))))
    await ensurePolicy(context)
    t.deepEqual((context.recording.applied[0]?.['spec'] as { egress: unknown }).egress, egress)
  })
}

test('a rule keeps its ID when others come before it or it is described anew, and has another in another group', t => {
  const [ssh] = rules
  if (ssh === undefined) return t.fail()
  const idsOf = (given: SecurityGroup) => resolveRules(given, nowhere, obstacleTo).map(({ ruleID }) => ruleID)
  const before = idsOf(group('web', { ingressRules: [ssh] }))
  const after = idsOf(group('web', { ingressRules: [{ protocol: 'all', cidr: '10.0.0.0/8' }, { ...ssh, description: 'anew' }] }))
  t.is(before[0], after[1])
  t.not(before[0], idsOf(group('other', { ingressRules: [ssh] }))[0])
})

test('rules that say the same count once', t => {
  const twice = group('web', { ingressRules: [...rules.slice(0, 1), ...rules.slice(0, 1).map(rule => ({ ...rule, description: 'again' }))] })
  t.is(resolveRules(twice, nowhere, obstacleTo).length, 1)
})

test('nothing is said to be in force before the policy is there', t => {
  const facts = observeSecurityGroup(db, cacheOf(holding(vpcInformer, vpc)))
  const status = securityGroupStatus({ object: db, facts, outcome: ready, outcomes: {}, now })
  t.deepEqual(status.rules, [])
  t.like(status.conditions?.find(({ type }) => type === 'Enforced'), { status: 'False', reason: 'Progressing' })
})

test('the members of a group are those that name it; of the default group also those in the VPC that name none', t => {
  const defaultGroup = made(vpc, buildDefaultSecurityGroup(vpc)) as unknown as SecurityGroup
  const cache = cacheOf(holding(vpcInformer, vpc), holding(subnetInformer, subnet), holding(securityGroupInformer, web, defaultGroup),
    holding(instanceInformer, instance('a', ['web']), instance('b', ['web', 'db']), instance('c'), instance('d', ['prod-default']), instance('e', ['web'], 'team-b')))
  for (const [group, ...members] of [[web, 'Instance "a"', 'Instance "b"'], [defaultGroup, 'Instance "c"', 'Instance "d"']] as const) {
    const facts = observeSecurityGroup(group, cache)
    t.deepEqual(facts.users(), members)
    t.is(facts.members, members.length)
  }
})

test('a group in use, by instances or by rules of others, is not deleted and says by whom', async t => {
  const cache = cacheOf(holding(vpcInformer, vpc), holding(securityGroupInformer, web, db), holding(instanceInformer, instance('a', ['db'])))
  t.deepEqual(await finalizeSecurityGroup['users']?.(recordingContext(db, observeSecurityGroup(db, cache))),
    { kind: 'waiting', reason: 'DependencyViolation', message: 'can\'t be deleted while in use by Instance "a", SecurityGroup "web": delete them first' })
})

test('groups that name each other can be deleted together', async t => {
  const [a, b] = [['a', 'b'], ['b', 'a']].map(([name = '', other = '']) =>
    group(name, { ingressRules: [{ protocol: 'all', securityGroupRef: { name: other } }, { protocol: 'all', securityGroupRef: { name } }] }, going))
  if (a === undefined || b === undefined) return t.fail()
  const cache = cacheOf(holding(securityGroupInformer, a, b))
  for (const each of [a, b]) t.deepEqual(await finalizeSecurityGroup['users']?.(recordingContext(each, observeSecurityGroup(each, cache))), ready)
})

test('the default group of a VPC stays as long as its VPC, and goes with it', t => {
  const defaultGroup = made(vpc, buildDefaultSecurityGroup(vpc)) as unknown as SecurityGroup
  const look = (given: VPC) => {
    const cache = cacheOf(holding(vpcInformer, given), holding(securityGroupInformer, defaultGroup))
    return finalizeSecurityGroup['vpc']?.(recordingContext(defaultGroup, observeSecurityGroup(defaultGroup, cache)))
  }
  t.like(look(vpc), { kind: 'waiting', reason: 'DependencyViolation' })
  t.deepEqual(look({ ...vpc, metadata: { ...vpc.metadata, ...going } }), ready)
})

test('the policy goes when nobody uses the group any more', async t => {
  const { id } = observeSecurityGroup(db, cacheOf())
  const policy = made(db, { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: id, namespace: 'team-a' } })
  const context = recordingContext(db, observeSecurityGroup(db, cacheOf(holding(networkPolicyInformer, policy))))
  t.like(await finalizeSecurityGroup['policy']?.(context), { kind: 'waiting' })
  t.deepEqual(context.recording.acts, [`remove NetworkPolicy team-a/${id}`])
})

const offices = (entries: readonly string[], namespace = 'team-a') => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'PrefixList', metadata: { name: 'offices', namespace, uid: 'offices-uid', resourceVersion: '6' },
  spec: { addressFamily: 'IPv4', entries: entries.map(cidr => ({ cidr })) },
})
const byList = group('web', { ingressRules: [{ protocol: 'tcp', fromPort: 22, toPort: 22, prefixListRef: { name: 'offices' } }] })
const ingressWith = async (...lists: object[]) => {
  const context = recordingContext(byList, observeSecurityGroup(byList, cacheOf(holding(vpcInformer, vpc), holding(prefixListInformer, ...lists))))
  await ensurePolicy(context)
  return { context, ingress: (context.recording.applied[0]?.['spec'] as { ingress: { from: object[] }[] }).ingress }
}

test('a rule by prefix list lets in the blocks of the list, all in one write', async t => {
  const { context, ingress } = await ingressWith(offices(['203.0.113.0/24', '198.51.100.0/24']))
  t.deepEqual(ingress.map(({ from }) => from), [[{ ipBlock: { cidr: '203.0.113.0/24' } }, { ipBlock: { cidr: '198.51.100.0/24' } }]])
  t.is(context.recording.acts.length, 1)
  t.deepEqual(checkRules(context), ready)
})

test('a prefix list without entries, of another account or missing lets nobody in', async t => {
  t.deepEqual((await ingressWith(offices([]))).ingress, [])
  for (const lists of [[], [offices(['203.0.113.0/24'], 'team-b')]]) {
    const { context, ingress } = await ingressWith(...lists)
    t.deepEqual(ingress, [])
    const outcome = checkRules(context)
    t.like(outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
    t.regex(outcome.kind === 'waiting' ? outcome.message : '', /PrefixList "offices"/)
  }
})

test('a rule by a group of another account lets nobody in unless the two VPCs are peered, and tells nothing of that account', async t => {
  const given = group('web', { ingressRules: [{ protocol: 'all', securityGroupRef: { name: 'db', namespace: 'team-b' } }] })
  const others = [[], [group('db')], [group('db', {}, { namespace: 'team-b', uid: 'foreign-uid' })]]
  const told = await Promise.all(others.map(async each => {
    const cache = cacheOf(holding(vpcInformer, vpc), holding(securityGroupInformer, given, ...each))
    const context = recordingContext(given, observeSecurityGroup(given, cache))
    await ensurePolicy(context)
    return [(context.recording.applied[0]?.['spec'] as { ingress: unknown[] }).ingress, checkRules(context)]
  }))
  for (const each of told) t.deepEqual(each, told[0])
  t.deepEqual(told[0]?.[0], [])
  t.like(told[0]?.[1], { kind: 'waiting', reason: 'DependencyNotReady' })
})

test('a group that another account\'s rules name can be deleted all the same', async t => {
  const foreign = group('web', { ingressRules: [{ protocol: 'all', securityGroupRef: { name: 'db', namespace: 'team-a' } }] }, { namespace: 'team-b' })
  const cache = cacheOf(holding(vpcInformer, vpc), holding(securityGroupInformer, db, foreign))
  t.deepEqual(await finalizeSecurityGroup['users']?.(recordingContext(db, observeSecurityGroup(db, cache))), ready)
})

const inKubeOVN = (owner: SecurityGroup | VPC, name: string, isReady = true) => ({
  ...made(owner, { apiVersion: 'kubeovn.io/v1', kind: 'SecurityGroup', metadata: { name } }),
  status: { portGroup: `ovn.sg.${name.replaceAll('-', '.')}`, ingressLastSyncSuccess: isReady, egressLastSyncSuccess: isReady },
})
const byGroups = (given: SecurityGroup, ...held: object[]) => observeSecurityGroup(given,
  cacheOf(holding(vpcInformer, vpc), holding(securityGroupInformer, web, db), holding(kubeOVNSecurityGroupInformer, ...held)), 'kubeOVN')
const idOfGroup = (given: SecurityGroup) => observeSecurityGroup(given, cacheOf()).id

test('with the driver kubeOVN a group becomes one group of Kube-OVN\'s, as the golden file says, ICMP included', async t => {
  const context = recordingContext(web, byGroups(web, inKubeOVN(db, idOfGroup(db)), inKubeOVN(web, idOfGroup(web))))
  t.deepEqual(await ensurePolicy(context), ready)
  t.deepEqual([awaitPortGroup(context), checkRules(context)], [ready, ready])
  const { actual, expected } = golden(import.meta.dirname, 'web-kube-ovn', ...context.recording.applied)
  t.deepEqual(actual, expected)
})

test('with the driver kubeOVN a rule is left out, and named, until the group that it names is there: it would block the whole group', async t => {
  const context = recordingContext(web, byGroups(web, inKubeOVN(web, idOfGroup(web))))
  await ensurePolicy(context)
  t.false(JSON.stringify(context.recording.applied).includes(idOfGroup(db)))
  t.like(checkRules(context), { kind: 'waiting', reason: 'DependencyNotReady' })
  const status = securityGroupStatus({ object: web, facts: context.facts, outcome: ready, outcomes: {}, now })
  t.like(status.conditions?.find(({ type }) => type === 'Enforced'), { status: 'False', reason: 'DependencyNotFound' })
})

test('with the driver kubeOVN nothing is in force before the port group is there', t => {
  for (const held of [[], [inKubeOVN(db, idOfGroup(db), false)]]) {
    const facts = byGroups(db, ...held)
    t.like(awaitPortGroup(recordingContext(db, facts)), { kind: 'waiting', reason: 'Progressing' })
    t.deepEqual(securityGroupStatus({ object: db, facts, outcome: ready, outcomes: {}, now }).rules, [])
  }
})

test('a VPC keeps the driver that it was closed by, whatever the operator is set to later', t => {
  const vpcID = idOf(idPrefixes.vpc, vpc.metadata.uid)
  const policy = made(vpc, { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: vpcID, namespace: 'team-a' } })
  t.is(driverOf(vpc, 'kubeOVN', cacheOf(holding(networkPolicyInformer, policy))), 'networkPolicy')
  t.is(driverOf(vpc, 'networkPolicy', cacheOf(holding(kubeOVNSecurityGroupInformer, inKubeOVN(vpc, vpcID)))), 'kubeOVN')
  t.deepEqual((['networkPolicy', 'kubeOVN'] as const).map(setting => driverOf(vpc, setting, cacheOf())), ['networkPolicy', 'kubeOVN'])
})

test('with the driver kubeOVN what a group became goes when nobody uses it any more', async t => {
  const context = recordingContext(db, byGroups(db, inKubeOVN(db, idOfGroup(db))))
  t.like(await finalizeSecurityGroup['policy']?.(context), { kind: 'waiting' })
  t.deepEqual(context.recording.acts, [`remove SecurityGroup ${idOfGroup(db)}`])
})

test('a rule by a group of another account lets in its members, and nobody of the same label elsewhere, once both accounts have peered their VPCs', async t => {
  const theirs = { ...vpc, metadata: { ...vpc.metadata, name: 'data', namespace: 'team-b', uid: 'data-uid' }, spec: { ...vpc.spec, cidrBlocks: ['10.1.0.0/16'] } }
  const peering = (from: VPC, to: VPC) => ({
    apiVersion: 'kumulus.dev/v1alpha1', kind: 'VPCPeering', metadata: { name: 'p', namespace: from.metadata.namespace, uid: `${from.metadata.uid}-p`, resourceVersion: '3' },
    spec: { vpcRef: { name: from.metadata.name }, peer: { name: to.metadata.name, namespace: to.metadata.namespace } },
    status: { vpcUID: from.metadata.uid, peerVPCUID: to.metadata.uid },
  })
  const given = group('web', { ingressRules: [{ protocol: 'all', securityGroupRef: { name: 'db', namespace: 'team-b' } }] })
  const foreign = group('db', { vpcRef: { name: 'data' } }, { namespace: 'team-b', uid: 'foreign-uid' })
  const ingressWith = async (...peerings: object[]) => {
    const context = recordingContext(given, observeSecurityGroup(given, cacheOf(
      holding(vpcInformer, vpc, theirs), holding(securityGroupInformer, given, foreign), holding(vpcPeeringInformer, ...peerings))))
    await ensurePolicy(context)
    return (context.recording.applied[0]?.['spec'] as { ingress: unknown }).ingress
  }
  t.deepEqual(await ingressWith(peering(vpc, theirs)), [])
  t.deepEqual(await ingressWith(peering(vpc, theirs), peering(theirs, vpc)), [{ from: [{
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'team-b' } },
    podSelector: { matchExpressions: [{ key: `sg.kumulus.dev/${idOfGroup(foreign)}`, operator: 'Exists' }] },
  }] }])
})
