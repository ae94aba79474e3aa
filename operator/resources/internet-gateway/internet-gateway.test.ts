import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { InternetGateway } from '../../../crds/v1alpha1/internet-gateway.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { ovnFipInformer } from '../../providers/kube-ovn/external-informers.ts'
import { kubeOVNVpcInformer } from '../../providers/kube-ovn/informers.ts'
import { buildOvnFip } from '../../providers/kube-ovn/public-address.ts'
import { ready } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { vpcInformer } from '../vpc/store.ts'
import { announce, awaitConnection, awaitNetwork, awaitVPC, checkSpec, finalizeInternetGateway } from './attach.ts'
import { gatewayOf, publicNetwork } from './attachment.ts'
import { observeInternetGateway } from './observe.ts'
import { internetGatewayStatus } from './status.ts'
import { internetGatewayInformer } from './store.ts'

const now = Date.UTC(2026, 0, 1)
const vpc: VPC = {
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'VPC', metadata: { name: 'prod', namespace: 'team-a', uid: 'vpc-uid', resourceVersion: '1' },
  spec: { cidrBlocks: ['10.0.0.0/16'], enableDNSSupport: true, enableDNSHostnames: false }, status: { observedGeneration: 1, state: 'available' },
}
const vpcID = idOf(idPrefixes.vpc, 'vpc-uid')
const gateway = (name: string, metadata: object = {}): InternetGateway => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'InternetGateway', spec: { vpcRef: { name: 'prod' } },
  metadata: { name, namespace: 'team-a', uid: `${name}-uid`, resourceVersion: '2', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
})
const pool = (name: string, externalSubnet: string) =>
  ({ apiVersion: 'kumulus.dev/v1alpha1', kind: 'PublicIPPool', metadata: { name, uid: name, resourceVersion: '3' }, spec: { externalSubnet } })
const router = (enableExternal: boolean) => ({ ...made(vpc, { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: vpcID } }), status: { standby: true, enableExternal } })
const fip = made(vpc, buildOvnFip('203.0.113.20', { vpcID, privateIPAddress: '10.0.1.5', uid: 'web' }))
const going = { deletionTimestamp: '2026-01-01T00:00:01Z' }

type Held = { gateways: readonly InternetGateway[]; isExternal?: boolean; pools?: readonly object[]; fips?: readonly object[] }
const cacheWith = ({ gateways, isExternal = true, pools = [pool('default', 'external')], fips = [] }: Held): Cache => cacheOf(
  holding(vpcInformer, vpc), holding(internetGatewayInformer, ...gateways), holding(kubeOVNVpcInformer, router(isExternal)),
  holding(publicIPPoolInformer, ...pools), holding(ovnFipInformer, ...fips),
)
const statusOf = (object: InternetGateway, cache: Cache) =>
  internetGatewayStatus({ object, facts: observeInternetGateway(object, cache), outcome: ready, outcomes: {}, now })

test('a gateway is available once Kube-OVN has connected its VPC, and says so once', t => {
  const igw = gateway('igw')
  const early = cacheWith({ gateways: [igw], isExternal: false })
  t.like(awaitConnection(recordingContext(igw, observeInternetGateway(igw, early))), { kind: 'waiting', reason: 'Progressing' })
  t.is(statusOf(igw, early).state, 'attaching')
  const cache = cacheWith({ gateways: [igw] })
  const context = recordingContext(igw, observeInternetGateway(igw, cache))
  for (const step of [awaitVPC, checkSpec, awaitNetwork, awaitConnection, announce]) t.deepEqual(step(context), ready)
  const status = statusOf(igw, cache)
  t.like(status, { state: 'available', vpcID })
  const again = recordingContext({ ...igw, status }, observeInternetGateway(igw, cache))
  announce(again)
  t.deepEqual([context.recording.acts, again.recording.acts], [['event Normal Attached'], []])
})

test('a VPC has one gateway: of several the oldest', t => {
  const [old, young] = [gateway('old'), gateway('young', { creationTimestamp: '2026-01-01T00:00:01Z' })]
  const cache = cacheWith({ gateways: [young, old] })
  t.is(gatewayOf(vpc, cache)?.metadata.name, 'old')
  const outcome = checkSpec(recordingContext(young, observeInternetGateway(young, cache)))
  t.regex(outcome.kind === 'blocked' ? outcome.message : '', /has the gateway "old" already/)
  t.is(statusOf(young, cache).state, 'attaching')
})

test('a gateway that public addresses lead through keeps leading out; without any the VPC is cut off before it goes', async t => {
  const igw = gateway('igw', going)
  const used = cacheWith({ gateways: [igw], fips: [fip] })
  t.is(gatewayOf(vpc, used)?.metadata.name, 'igw')
  t.is(statusOf(igw, used).state, 'available')
  t.like(await finalizeInternetGateway['users']?.(recordingContext(igw, observeInternetGateway(igw, used))),
    { kind: 'waiting', reason: 'DependencyViolation', message: 'can\'t be deleted while in use by public address 203.0.113.20: delete it first' })
  const unused = cacheWith({ gateways: [igw] })
  t.is(gatewayOf(vpc, unused), undefined)
  t.is(statusOf(igw, unused).state, 'detaching')
  const context = recordingContext(igw, observeInternetGateway(igw, unused))
  t.deepEqual(await finalizeInternetGateway['users']?.(context), ready)
  t.like(await finalizeInternetGateway['connection']?.(context), { kind: 'waiting' })
  const next = cacheWith({ gateways: [igw, gateway('next')] })
  for (const cache of [cacheWith({ gateways: [igw], isExternal: false }), next]) {
    t.deepEqual(await finalizeInternetGateway['connection']?.(recordingContext(igw, observeInternetGateway(igw, cache))), ready)
  }
})

test('gateways lead to the network of the default pool, else of the first by name, else they wait for one', t => {
  const networkWith = (...pools: object[]) => publicNetwork(cacheWith({ gateways: [], pools }))
  t.is(networkWith(pool('a', 'first'), pool('default', 'external')), 'external')
  t.is(networkWith(pool('b', 'second'), pool('a', 'first')), 'first')
  t.is(networkWith(), undefined)
  const igw = gateway('igw')
  t.like(awaitNetwork(recordingContext(igw, observeInternetGateway(igw, cacheWith({ gateways: [igw], pools: [] })))), { kind: 'waiting', reason: 'DependencyNotFound' })
})
