import test from 'ava'
import type { Definition } from '../../../crds/definition.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import {
  instance, internetGateway, natGateway, networkACL, networkInterface, prefixList, publicIPPool, reachabilityAnalysis, routeTable,
  securityGroup, subnet, vpc, vpcPeering,
} from '../../../crds/v1alpha1/index.ts'
import { kubeOVNSecurityGroupInformer } from '../../providers/kube-ovn/informers.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { instanceInformer } from '../instance/store.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { natGatewayInformer } from '../nat-gateway/store.ts'
import { networkACLInformer } from '../network-acl/store.ts'
import { networkInterfaceInformer } from '../network-interface/store.ts'
import { prefixListInformer } from '../prefix-list/store.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { cacheOf, holding } from '../recording-context.ts'
import { routeTableInformer } from '../route-table/store.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcPeeringInformer } from '../vpc-peering/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { observeReachability } from './observe.ts'

/** Account team-a with a public and a private subnet behind a NATGateway, peered with the VPC of team-b, which has secrets in its names. */
const object = (definition: Definition, name: string, spec: object, status: object = {}, namespace = 'team-a'): KubeObject & { spec: never; status: never } => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: definition.kind,
  metadata: { name, uid: `${namespace}-${definition.kind}-${name}`, resourceVersion: '1', ...definition.namespaced ? { namespace } : {} },
  spec: definition.spec.parse(spec) as never, status: { observedGeneration: 1, ...status } as never,
})
const inMain = { vpcRef: { name: 'main' } }
const open = { protocol: 'all', cidr: '0.0.0.0/0' }
const bound = { vpcUID: 'team-a-VPC-main', peerVPCUID: 'team-b-VPC-secret' }
const back = { vpcUID: bound.peerVPCUID, peerVPCUID: bound.vpcUID }
const inPrivate = { subnetRef: { name: 'private' }, securityGroupRefs: [{ name: 'db' }] }
const launched = (subnetName: string, group: string) =>
  ({ instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: subnetName }, securityGroupRefs: [{ name: group }] })
const held: readonly [InformerSpec<never>, KubeObject[]][] = [
  [vpcInformer, [object(vpc, 'main', { cidrBlocks: ['10.0.0.0/16'] }), object(vpc, 'secret', { cidrBlocks: ['10.7.0.0/16'] }, {}, 'team-b')]],
  [subnetInformer, ['public', 'private'].map((name, index) =>
    object(subnet, name, { ...inMain, cidrBlock: `10.0.${index + 1}.0/24`, availabilityZone: 'a' }))],
  [instanceInformer, [
    object(instance, 'web', launched('public', 'web'), { privateIPAddress: '10.0.1.5', publicIPAddress: '203.0.113.5' }),
    object(instance, 'db', launched('private', 'db'), { privateIPAddress: '10.0.2.5' }),
    object(instance, 'new', launched('private', 'db')),
    object(instance, 'theirs', launched('secret', 'secret'), { privateIPAddress: '10.7.0.5' }, 'team-b'),
  ]],
  [networkInterfaceInformer, [
    object(networkInterface, 'second', { ...inPrivate, attachment: { instanceRef: { name: 'web' }, deviceIndex: 1 } }, { privateIPAddress: '10.0.2.9', state: 'in-use' }),
    object(networkInterface, 'spare', inPrivate, { privateIPAddress: '10.0.2.10', state: 'available' }),
    object(networkInterface, 'young', inPrivate),
  ]],
  [securityGroupInformer, [
    object(securityGroup, 'web', { ...inMain, ingressRules: [open] }),
    object(securityGroup, 'db', { ...inMain, ingressRules: [{ protocol: 'tcp', fromPort: 5432, toPort: 5432, securityGroupRef: { name: 'web' } }, { protocol: 'icmp', cidr: '0.0.0.0/0' }] }),
  ]],
  [routeTableInformer, [
    object(routeTable, 'public', { ...inMain, subnetRefs: [{ name: 'public' }], routes: [
      { destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'igw' } }, { destinationCIDR: '10.7.0.0/16', vpcPeeringRef: { name: 'pcx' } },
    ] }),
    object(routeTable, 'private', { ...inMain, subnetRefs: [{ name: 'private' }], routes: [{ destinationCIDR: '0.0.0.0/0', natGatewayRef: { name: 'nat' } }] }),
  ]],
  [internetGatewayInformer, [object(internetGateway, 'igw', inMain, { state: 'available' })]],
  [natGatewayInformer, [object(natGateway, 'nat', { subnetRef: { name: 'public' }, elasticIPRef: { name: 'nat' } }, { state: 'available', publicIP: '203.0.113.9' })]],
  [publicIPPoolInformer, [object(publicIPPool, 'default', { cidrs: ['203.0.113.0/24'], externalSubnet: 'external' })]],
  [vpcPeeringInformer, [
    object(vpcPeering, 'pcx', { ...inMain, peer: { name: 'secret', namespace: 'team-b' } }, { ...bound, state: 'active', peerCIDRBlocks: ['10.7.0.0/16'] }),
    object(vpcPeering, 'secret-pcx', { vpcRef: { name: 'secret' }, peer: { name: 'main', namespace: 'team-a' } }, { ...back, state: 'active' }, 'team-b'),
  ]],
  [networkACLInformer, [object(networkACL, 'strict', { ...inMain, subnetRefs: [{ name: 'private' }], entries: (['Ingress', 'Egress'] as const).map(direction =>
    ({ ruleNumber: 100, direction, action: 'Allow', ...open })) })]],
  [prefixListInformer, [object(prefixList, 'offices', {})]],
  [networkPolicyInformer, []],
  [kubeOVNSecurityGroupInformer, []],
] as never

const ask = (source: object, destination: object, more: object = { port: 443 }) => observeReachability(
  object(reachabilityAnalysis, 'why', { source, destination, ...more }),
  cacheOf(...held.map(([spec, objects]) => holding(spec, ...objects))),
)
const named = (name: string) => ({ instanceRef: { name } })
const port = (name: string) => ({ networkInterfaceRef: { name } })
const outside = { address: '198.51.100.7' }

test('The stores are asked for what is on the way: groups, lists, tables and gateways, each by its name and ID', t => {
  const { answer } = ask(named('web'), named('db'), { port: 5432 })
  t.is(answer?.result, 'Reachable')
  t.deepEqual(answer?.hops.map(({ component, name, rule }) => `${component} ${name} ${rule}`), [
    'SecurityGroup web ', 'NetworkACL strict entries[0]', 'SecurityGroup db ingressRules[0]', 'Instance db ', 'NetworkACL strict entries[1]', 'Instance web ',
  ])
  t.true(answer?.hops.every(({ id }) => /^(sg|acl|i)-[0-9a-f]{17}$/.test(id)))
  t.regex(ask(named('web'), named('db'), { protocol: 'icmp' }).answer?.explanation ?? '', /ingressRules\[1\] \(icmp from 0\.0\.0\.0\/0\), which is not in force: /)
})

test('The internet is reached by the gateway or by a NATGateway, and comes in to public addresses', t => {
  t.is(ask(named('web'), outside).answer?.result, 'Reachable')
  const byNAT = ask(named('db'), outside).answer
  t.is(byNAT?.result, 'Reachable')
  t.deepEqual(byNAT?.hops.filter(({ component }) => component === 'NATGateway').map(({ name, direction }) => `${direction} ${name}`), ['Forward nat', 'Return nat'])
  t.is(ask(outside, named('web')).answer?.result, 'Reachable')
  t.is(ask(outside, named('db')).answer?.result, 'NotReachable')
})

test('A network interface is asked by its own subnet and groups, and nobody is behind one that is in no machine', t => {
  t.is(ask(named('web'), port('second'), { port: 5432 }).answer?.result, 'Reachable')
  t.is(ask(named('web'), { address: '10.0.2.9' }, { port: 5432 }).answer?.result, 'Reachable')
  t.is(ask(named('db'), port('second'), { port: 5432 }).answer?.result, 'NotReachable')
  const spare = ask(named('web'), port('spare'), { port: 5432 }).answer
  t.is(spare?.result, 'NotReachable')
  t.like(spare?.hops.at(-1), { component: 'NetworkInterface', name: 'spare', message: 'NetworkInterface "spare" is attached to no instance: give it an attachment' })
  t.regex(ask(port('spare'), outside).answer?.explanation ?? '', /attached to no instance/)
})

test('Of another account nothing is told but that the peering leads there', t => {
  for (const { answer } of [ask(named('web'), { address: '10.7.0.5' }), ask({ address: '10.7.0.5' }, named('web'))]) {
    t.is(answer?.result, 'ReachableToPeer')
    t.notRegex(JSON.stringify(answer), /secret|theirs|team-b/)
  }
  const unused = ask(named('web'), { address: '10.7.0.99' }).answer
  t.deepEqual(unused?.result, 'ReachableToPeer', 'not even whether anybody has an address')
})

test('Ends that are not there, or have no address yet, are waited for by name', t => {
  t.like(ask(named('none'), outside).ends, { reason: 'DependencyNotFound' })
  t.like(ask(named('new'), outside).ends, { reason: 'DependencyNotReady' })
  t.like(ask(port('none'), outside).ends, { reason: 'DependencyNotFound' })
  t.like(ask(port('young'), outside).ends, { reason: 'DependencyNotReady' })
})
