import test, { type ExecutionContext } from 'ava'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { volume } from '../../crds/v1alpha1/index.ts'
import { controllers } from '../../operator/controllers.ts'
import { storageClassResource } from '../../operator/providers/csi/resources.ts'
import { subnetResource } from '../../operator/providers/kube-ovn/resources.ts'
import { driver } from '../../sandbox/stand-ins/csi/drivers.ts'
import { operatorSettings } from '../simulation/operator-process.ts'
import { createWorld, type World } from '../simulation/world.ts'
import type { Manifest } from './examples.ts'
import { type Judged, kstatusOf, type KStatus } from './kstatus.ts'
import { liveOf, resourceOf, serverSide, targetOf } from './sync.ts'

const a = (kind: string, name: string, spec: Record<string, unknown>): Manifest => ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec })

const inMain = { vpcRef: { name: 'main' }, availabilityZone: 'zone-a' }
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNv1dKhFJxGRTLmUMqmwb0mUo1DcKhsZkLuHNP1hB1L ops'
const http = { http: { url: 'http://127.0.0.1:18080/linux.img' } }
const launch = { instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: 'public-a' } }

const ofMain = { vpcRef: { name: 'main' } }
const everything = { ruleNumber: 100, action: 'Allow', protocol: 'all', cidr: '0.0.0.0/0' }

/** One at least of every kind, as it should be. */
const well: readonly Manifest[] = [
  a('VPC', 'main', { cidrBlocks: ['10.0.0.0/16'] }),
  a('Subnet', 'public-a', { ...inMain, cidrBlock: '10.0.1.0/24' }),
  a('SecurityGroup', 'web', { vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0' }] }),
  a('KeyPair', 'ops', { publicKey }),
  a('InstanceType', 't3.micro', { vcpus: 1, memory: '1Gi' }),
  a('VolumeType', 'gp3', { storageClassName: 'standard', iops: { min: 100, max: 16000 } }),
  a('Image', 'linux', { source: http, minSize: '64Mi' }),
  a('Volume', 'data', { availabilityZone: 'zone-a', size: '1Gi' }),
  a('Instance', 'web', { ...launch, securityGroupRefs: [{ name: 'web' }], keyPairRef: { name: 'ops' } }),
  a('NetworkInterface', 'data', { subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }], attachment: { instanceRef: { name: 'web' }, deviceIndex: 1 } }),
  a('Snapshot', 'nightly', { volumeRef: { name: 'web-sda1' } }),
  a('SnapshotSchedule', 'nightly', { selector: {}, schedule: '0 3 * * *', retain: { count: 7 } }),
  a('VolumeAttachment', 'web-data', { volumeRef: { name: 'data' }, instanceRef: { name: 'web' }, device: '/dev/sdf' }),
  a('InstanceAction', 'reboot', { instanceRef: { name: 'web' }, type: 'Reboot' }),
  a('PrefixList', 'offices', { entries: [{ cidr: '203.0.113.0/24' }] }),
  a('NetworkACL', 'open', { ...ofMain, subnetRefs: [{ name: 'public-a' }], entries: ['Ingress', 'Egress'].map(direction => ({ ...everything, direction })) }),
  a('PublicIPPool', 'default', { cidrs: ['203.0.113.16/28'], externalSubnet: 'external' }),
  a('InternetGateway', 'igw', ofMain),
  a('RouteTable', 'public', { ...ofMain, subnetRefs: [{ name: 'public-a' }], routes: [{ destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'igw' } }] }),
  a('ElasticIP', 'nat', {}),
  a('NATGateway', 'nat', { subnetRef: { name: 'public-a' }, elasticIPRef: { name: 'nat' } }),
  a('VPC', 'peer', { cidrBlocks: ['10.7.0.0/16'] }),
  a('VPCPeering', 'there', { ...ofMain, peer: { name: 'peer' } }),
  a('VPCPeering', 'back', { vpcRef: { name: 'peer' }, peer: { name: 'main' } }),
  a('ReachabilityAnalysis', 'why', { source: { instanceRef: { name: 'web' } }, destination: { address: '203.0.113.7' }, port: 443 }),
]

/** Others of each kind that can be so, with what must be said. */
const others: readonly [kstatus: KStatus, reason: string, manifest: Manifest][] = [
  ['Current', 'Stopped', a('Instance', 'stopped', { ...launch, state: 'Stopped' })],
  ['Current', 'Available', a('KeyPair', 'made', { generate: { type: 'ed25519' } })],
  ['Current', 'Deprecated', a('InstanceType', 't2.micro', { vcpus: 1, memory: '1Gi', state: 'Deprecated' })],
  // What can't be enforced is another condition's to say: the group works, and what it can't let through is closed.
  ['Current', 'Available', a('SecurityGroup', 'ping', { vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'icmp', fromPort: -1, toPort: -1, cidr: '0.0.0.0/0' }] })],
  ['Failed', 'NotModifiable', a('Volume', 'quick', { availabilityZone: 'zone-a', size: '1Gi', iops: 3000 })],
  ['InProgress', 'DependencyNotFound', a('Subnet', 'waiting', { vpcRef: { name: 'none' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' })],
  ['InProgress', 'DependencyNotFound', a('SecurityGroup', 'waiting', { vpcRef: { name: 'none' } })],
  ['InProgress', 'StorageClassNotFound', a('VolumeType', 'waiting', { storageClassName: 'none' })],
  ['InProgress', 'DependencyNotFound', a('Volume', 'waiting', { availabilityZone: 'zone-a', size: '1Gi', volumeType: 'none' })],
  ['InProgress', 'DependencyNotFound', a('Instance', 'waiting', { ...launch, imageRef: { name: 'none' } })],
  ['InProgress', 'InsufficientInstanceCapacity', a('Instance', 'waiting-for-room', { ...launch, instanceType: 'huge' })],
  ['InProgress', 'DependencyNotFound', a('InstanceAction', 'waiting', { instanceRef: { name: 'none' }, type: 'Reboot' })],
  ['Failed', 'InsufficientVolumeCapacity', a('Volume', 'too-large', { availabilityZone: 'zone-a', size: '9Gi', volumeType: 'small' })],
  ['Failed', 'NameConflict', a('VPC', 'taken', { cidrBlocks: ['10.1.0.0/16'] })],
  ['Failed', 'InvalidSpec', a('Subnet', 'overlapping', { ...inMain, cidrBlock: '10.0.1.128/25' })],
  ['Failed', 'InvalidSpec', a('SecurityGroup', 'foreign', { vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'all', securityGroupRef: { name: 'taken-default' } }] })],
  ['Failed', 'InvalidPublicKey', a('KeyPair', 'broken', { publicKey: 'ssh-ed25519 AAAA you@example.com' })],
  ['Current', 'Available', a('InstanceType', 'i3.large', { vcpus: 1, memory: '1Gi', instanceStore: [{ size: '1Gi', media: 'NVMe' }] })],
  ['Failed', 'SourceNotAllowed', a('Image', 'inside', { source: { http: { url: 'http://10.0.0.1/disk.img' } } })],
  ['InProgress', 'DependencyNotFound', a('Image', 'of-instance', { source: { instanceRef: { name: 'none' } } })],
  ['InProgress', 'DependencyNotFound', a('Snapshot', 'waiting', { volumeRef: { name: 'none' } })],
  ['Current', 'Suspended', a('SnapshotSchedule', 'suspended', { selector: {}, schedule: '0 3 * * *', retain: { age: '7d' }, suspend: true })],
  ['Failed', 'InvalidSpec', a('SnapshotSchedule', 'nowhere', { selector: {}, schedule: '0 3 * * *', timeZone: 'Europe/Bonn', retain: { count: 7 } })],
  ['InProgress', 'DependencyNotFound', a('VolumeAttachment', 'waiting', { volumeRef: { name: 'none' }, instanceRef: { name: 'web' }, device: '/dev/sdg' })],
  ['Failed', 'InvalidSpec', a('VolumeAttachment', 'again', { volumeRef: { name: 'data' }, instanceRef: { name: 'stopped' }, device: '/dev/sdf' })],
  ['Failed', 'InvalidSpec', a('Volume', 'shared', { availabilityZone: 'zone-a', size: '1Gi', multiAttach: true })],
  ['Failed', 'NotSupportedYet', a('Instance', 'asleep', { ...launch, state: 'Hibernated' })],
  ['Current', 'Unassociated', a('ElasticIP', 'kept', {})],
  ['InProgress', 'DependencyNotFound', a('RouteTable', 'waiting', { vpcRef: { name: 'none' } })],
  ['InProgress', 'DependencyNotFound', a('InternetGateway', 'waiting', { vpcRef: { name: 'none' } })],
  ['InProgress', 'DependencyNotFound', a('NetworkACL', 'waiting', { vpcRef: { name: 'none' } })],
  ['InProgress', 'DependencyNotFound', a('ElasticIP', 'waiting', { poolName: 'none' })],
  ['InProgress', 'DependencyNotFound', a('NATGateway', 'waiting', { subnetRef: { name: 'public-a' }, elasticIPRef: { name: 'none' } })],
  ['InProgress', 'PendingAcceptance', a('VPCPeering', 'waiting', { ...ofMain, peer: { name: 'main', namespace: 'other' } })],
  ['InProgress', 'DependencyNotFound', a('ReachabilityAnalysis', 'waiting', { source: { instanceRef: { name: 'none' } }, destination: { address: '203.0.113.7' }, port: 1 })],
  ['Failed', 'InvalidSpec', a('RouteTable', 'inside', { ...ofMain, routes: [{ destinationCIDR: '10.0.9.0/24', instanceRef: { name: 'web' } }] })],
  ['Failed', 'InvalidSpec', a('InternetGateway', 'second', ofMain)],
  ['Failed', 'InvalidSpec', a('NetworkACL', 'second', { ...ofMain, subnetRefs: [{ name: 'public-a' }] })],
  ['Failed', 'InvalidSpec', a('ElasticIP', 'outside', { address: '198.51.100.1' })],
  ['Failed', 'NotSupportedYet', a('NATGateway', 'secluded', { subnetRef: { name: 'public-a' }, connectivityType: 'Private' })],
  ['Failed', 'InvalidSpec', a('VPCPeering', 'again', { ...ofMain, peer: { name: 'peer' } })],
  ['InProgress', 'DependencyNotFound', a('ReachabilityAnalysis', 'interface', { source: { networkInterfaceRef: { name: 'none' } }, destination: { instanceRef: { name: 'web' } }, port: 1 })],
  ['Current', 'Available', a('NetworkInterface', 'spare', { subnetRef: { name: 'public-a' } })],
  ['InProgress', 'DependencyNotFound', a('NetworkInterface', 'waiting', { subnetRef: { name: 'none' } })],
  ['Failed', 'InvalidSpec', a('NetworkInterface', 'outside', { subnetRef: { name: 'public-a' }, privateIPAddress: '10.9.0.5' })],
  ['Failed', 'GroupsNotSupported', a('NetworkInterface', 'other-groups', { subnetRef: { name: 'public-a' }, attachment: { instanceRef: { name: 'web' }, deviceIndex: 2 } })],
  ['Failed', 'ActionFailed', a('InstanceAction', 'migrate', { instanceRef: { name: 'web' }, type: 'Migrate' })],
]

/** What they go with: types that no host and no storage has room for, and a group under the name that a VPC gives its default group. */
const surroundings: readonly Manifest[] = [
  a('InstanceType', 'huge', { vcpus: 512, memory: '8Ti' }),
  a('VolumeType', 'small', { storageClassName: 'small' }),
  a('VPC', 'other', { cidrBlocks: ['10.2.0.0/16'] }),
  a('SecurityGroup', 'taken-default', { vpcRef: { name: 'other' } }),
]

type Condition = { type: string; status: string; reason: string; message: string; observedGeneration: number; lastTransitionTime: string }
type Live = KubeObject & { status?: { observedGeneration?: number; conditions?: Condition[] } }

const seen = async (world: World, manifest: Manifest) => await liveOf(world.client, manifest) as Live | undefined
const titleOf = ({ kind, metadata }: Manifest) => `${kind} "${metadata.name}"`
const readyOf = (live: Live | undefined) => live?.status?.conditions?.find(({ type }) => type === 'Ready')

/** What the conventions ask of every status, whatever it says. Returns what is wrong. */
const malformed = ({ metadata, status }: Live): string[] => {
  const conditions = status?.conditions ?? []
  const types = conditions.map(({ type }) => type)
  return [
    ...new Set(types).size === types.length ? [] : ['a condition twice'],
    ...types.includes('Ready') ? [] : ['no Ready'],
    ...types.includes('Reconciling') && types.includes('Stalled') ? ['Reconciling and Stalled at once'] : [],
    ...conditions.flatMap(({ type, status: holds, reason, message, observedGeneration, lastTransitionTime }) => [
      ...(type === 'Reconciling' || type === 'Stalled') && holds !== 'True' ? [`${type} is there while it is ${holds}`] : [],
      ...type === 'Ready' && (holds === 'True') === (types.includes('Reconciling') || types.includes('Stalled')) ? ['Ready does not go with the others'] : [],
      ...observedGeneration === metadata.generation ? [] : [`${type} is of generation ${observedGeneration}`],
      ...Number.isNaN(Date.parse(lastTransitionTime)) || Date.parse(lastTransitionTime) < Date.parse(metadata.creationTimestamp ?? '') ? [`${type}: ${lastTransitionTime}`] : [],
      .../^[A-Z][A-Za-z]+$/.test(reason) ? [] : [`${type}: reason ${reason}`],
      ...holds === 'True' && type !== 'Stalled' && type !== 'Reconciling' || message !== '' ? [] : [`${type} says nothing`],
    ]),
    ...status?.observedGeneration === metadata.generation ? [] : [`observed ${status?.observedGeneration} of ${metadata.generation}`],
  ]
}

const untilKStatus = (world: World, manifest: Manifest, wanted: KStatus, reason?: string) => world.until(async () => {
  const live = await seen(world, manifest)
  return live !== undefined && kstatusOf(live) === wanted && (reason === undefined || readyOf(live)?.reason === reason)
}).catch(async (error: unknown) => {
  throw new Error(`${titleOf(manifest)} is not ${wanted}: ${JSON.stringify((await seen(world, manifest))?.status)}`, { cause: error })
})

/** A cluster in which the platform's network of public addresses is, and storage with little room. */
const startWorld = async (): Promise<World> => {
  const world = await createWorld()
  await world.client.create(subnetResource, {
    apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: 'external' },
    spec: { cidrBlock: '203.0.113.0/24', gateway: '203.0.113.1', protocol: 'IPv4', vpc: 'ovn-cluster', excludeIps: ['203.0.113.1', '203.0.113.16..203.0.113.63'] },
  })
  await world.client.create(storageClassResource, {
    apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'small' }, provisioner: driver, parameters: { capacity: '5Gi' },
  })
  return world
}

const withWell = async (): Promise<World> => {
  const world = await startWorld()
  for (const manifest of well) await serverSide(world.client, manifest)
  for (const manifest of well) await untilKStatus(world, manifest, 'Current')
  return world
}

test('every kind that has a controller is judged here', t => {
  const kinds = controllers(operatorSettings).map(({ kind }) => kind).sort()
  t.deepEqual([...new Set(well.map(({ kind }) => kind))].sort(), kinds)
  const failing = new Set(others.filter(([kstatus]) => kstatus === 'Failed').map(([, , { kind }]) => kind))
  t.deepEqual(kinds.filter(kind => !failing.has(kind)), ['InstanceType', 'PrefixList', 'PublicIPPool', 'ReachabilityAnalysis', 'Snapshot', 'VolumeType'],
    'nothing that a user does wrong stalls these')
})

/** While no operator runs, and once one does. */
const inProgressThenCurrent = async (t: ExecutionContext, world: World) => {
  for (const manifest of well) t.is(kstatusOf(await seen(world, manifest) as Judged), 'InProgress', titleOf(manifest))
  world.start()
  for (const manifest of well) await untilKStatus(world, manifest, 'Current')
  for (const manifest of well) t.deepEqual(malformed(await seen(world, manifest) as Live), [], titleOf(manifest))
  await world.stop()
}

test.serial('what nobody has looked at is in progress, of every kind, and current once it is as it should be', async t => {
  const world = await startWorld()
  world.crash()
  for (const manifest of well) await serverSide(world.client, manifest)
  await inProgressThenCurrent(t, world)
})

test.serial('what was changed since it was last looked at is in progress, of every kind, and then current again', async t => {
  const world = await withWell()
  world.crash()
  for (const manifest of well) await serverSide(world.client, { ...manifest, spec: { ...manifest.spec, tags: { changed: 'yes' } } })
  await inProgressThenCurrent(t, world)
})

test.serial('what waits is in progress, what a user must mend has failed, and what can be used is current', async t => {
  const world = await withWell()
  for (const manifest of surroundings) await serverSide(world.client, manifest)
  await world.clock.advance(5000)
  for (const [, , manifest] of others) await serverSide(world.client, manifest)
  for (const [kstatus, reason, manifest] of others) await untilKStatus(world, manifest, kstatus, reason)
  await world.clock.advance(120_000)
  for (const [kstatus, reason, manifest] of others) {
    const live = await seen(world, manifest) as Live
    t.is(kstatusOf(live as Judged), kstatus, titleOf(manifest))
    t.is(readyOf(live)?.reason, reason, titleOf(manifest))
    t.deepEqual(malformed(live), [], titleOf(manifest))
  }
  await world.stop()
})

/** What is deleted while something else needs it, and the reason that it says then. */
const needed: readonly [kind: string, reason: string][] = [
  ['VPC', 'DependencyViolation'], ['Subnet', 'DependencyViolation'], ['SecurityGroup', 'DependencyViolation'], ['InstanceType', 'DependencyViolation'],
  ['Instance', 'TerminationProtected'],
]

test.serial('what is being deleted is terminating for as long as it has to wait, says what for, and is gone at last', async t => {
  const world = await withWell()
  const manifestOf = (kind: string) => well.find(each => each.kind === kind) as Manifest
  const web = manifestOf('Instance')
  await serverSide(world.client, { ...web, spec: { ...web.spec, disableAPITermination: true } })
  await world.clock.advance(5000)
  for (const [kind] of needed) await world.client.delete(resourceOf(manifestOf(kind)), targetOf(manifestOf(kind)))
  for (const [kind, reason] of needed) await untilKStatus(world, manifestOf(kind), 'Terminating', reason)
  for (const [kind] of needed) t.deepEqual(malformed(await seen(world, manifestOf(kind)) as Live), [], kind)
  await serverSide(world.client, web)
  for (const manifest of well) await world.client.delete(resourceOf(manifest), targetOf(manifest)).catch(() => undefined)
  await world.until(async () => (await Promise.all(well.map(manifest => seen(world, manifest)))).every(live => live === undefined))
  t.deepEqual(await world.list(volume), [])
  await world.stop()
})
