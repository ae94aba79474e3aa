import test from 'ava'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import { apiVersionOf, type ResourceType } from '../../crds/kubernetes.ts'
import { customResourceDefinitionOf } from '../../crds/generation/custom-resource-definition.ts'
import {
  definitions, elasticIP, image, instance, instanceAction, kumulus, natGateway, routeTable, securityGroup, snapshot, snapshotSchedule, subnet, volume,
  volumeAttachment, volumeType, vpc,
} from '../../crds/v1alpha1/index.ts'
import { controllers } from '../../operator/controllers.ts'
import { offerCatalog } from '../../operator/catalog/controller.ts'
import { preflight } from '../../operator/preflight/controller.ts'
import { dataSourceResource, dataVolumeResource } from '../../operator/providers/cdi/resources.ts'
import { attributesClassName, attributesClassResource } from '../../operator/providers/csi/attributes-class.ts'
import { adoptableBy } from '../../operator/providers/csi/adoption.ts'
import { claimResource, persistentVolumeResource, volumeSnapshotResource } from '../../operator/providers/csi/resources.ts'
import { ovnEipResource, ovnFipResource, ovnSnatRuleResource } from '../../operator/providers/kube-ovn/external-resources.ts'
import { networkAttachmentResource, securityGroupResource, subnetResource, vpcResource } from '../../operator/providers/kube-ovn/resources.ts'
import { machineSubresources, virtualMachineInstanceResource, virtualMachineResource } from '../../operator/providers/kubevirt/resources.ts'
import { networkPolicyResource } from '../../operator/providers/network-policy/resources.ts'
import { clusterInstancetypeResource } from '../../operator/providers/kubevirt/cluster-instancetype.ts'
import { instancetypeName } from '../../operator/providers/kubevirt/instancetype.ts'
import { resolverAttachment } from '../../operator/providers/resolver/deployment.ts'
import { deploymentResource } from '../../operator/providers/resolver/resources.ts'
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../operator/runtime/crd-guard.ts'
import { silentLog } from '../../operator/runtime/log.ts'
import { createRuntime } from '../../operator/runtime/runtime.ts'
import { inProcessTransport } from '../../sandbox/apiserver/in-process.ts'
import { storageClassName } from '../../sandbox/stand-ins/cluster.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import { manageAdmission } from '../../webhooks/manage.ts'
import { openAccount, operatorUser, roleBindings, systemNamespace } from '../access.ts'
import { createAdmissionServer } from './attacks/admission.ts'
import { secretResource } from '../../operator/resources/key-pair/secret.ts'
import { type Asked, dangerousRights, judgeAccess, recordingPermissions } from './permissions.ts'
import { type Anything, createWorld, type World } from './world.ts'

const manifest = (kind: string, name: string, spec: object, namespace?: string) =>
  ({ apiVersion: '', kind, metadata: { name, ...namespace === undefined ? {} : { namespace } }, spec })

const reasonOf = (object: Anything | undefined) =>
  (object?.status?.['conditions'] as { type: string; reason: string }[] | undefined)?.find(({ type }) => type === 'Ready')?.reason
const find = (world: World, resource: ResourceType, name: string, namespace?: string) => world.get(resource, name, namespace).catch(() => undefined)
const become = (world: World, resource: ResourceType, name: string, reason: string, namespace?: string) =>
  world.until(async () => reasonOf(await find(world, resource, name, namespace)) === reason)
const namespaces: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }

const types = [
  manifest('InstanceType', 't3.micro', { vcpus: 1, memory: '1Gi' }),
  manifest('VolumeType', 'gp3', { storageClassName, iops: { min: 100 }, volumeAttributeParameters: { iops: '{iops}' } }),
]
const around = [
  manifest('VPC', 'main', { cidrBlocks: ['10.0.0.0/16'] }),
  manifest('Subnet', 'a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' }),
  manifest('PrefixList', 'offices', { entries: [{ cidr: '203.0.113.0/24' }] }),
  manifest('SecurityGroup', 'web', { vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'all', prefixListRef: { name: 'offices' } }] }),
  manifest('SecurityGroup', 'db', { vpcRef: { name: 'main' } }),
  manifest('VPC', 'peer', { cidrBlocks: ['10.1.0.0/16'] }),
  manifest('VPCPeering', 'there', { vpcRef: { name: 'main' }, peer: { name: 'peer' } }),
  manifest('VPCPeering', 'back', { vpcRef: { name: 'peer' }, peer: { name: 'main' } }),
  manifest('InternetGateway', 'main', { vpcRef: { name: 'main' } }),
  manifest('RouteTable', 'public', {
    vpcRef: { name: 'main' }, subnetRefs: [{ name: 'a' }],
    routes: [{ destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'main' } }, { destinationCIDR: '10.1.0.0/16', vpcPeeringRef: { name: 'there' } }],
  }),
  manifest('NetworkACL', 'open', { vpcRef: { name: 'main' }, entries: [{ ruleNumber: 100, direction: 'Ingress', action: 'Allow', protocol: 'all', cidr: '0.0.0.0/0' }] }),
  manifest('PublicIPPool', 'default', { cidrs: ['203.0.113.20/30'], externalSubnet: 'external' }),
  manifest('ElasticIP', 'any', { address: '203.0.113.20' }),
  manifest('ElasticIP', 'led', { address: '203.0.113.21', instanceRef: { name: 'web' } }),
  manifest('ElasticIP', 'out', { address: '203.0.113.22' }),
  manifest('Subnet', 'private', { vpcRef: { name: 'main' }, cidrBlock: '10.0.2.0/24', availabilityZone: 'zone-a' }),
  manifest('NATGateway', 'nat', { subnetRef: { name: 'a' }, elasticIPRef: { name: 'out' } }),
  manifest('RouteTable', 'private', {
    vpcRef: { name: 'main' }, subnetRefs: [{ name: 'private' }], routes: [{ destinationCIDR: '0.0.0.0/0', natGatewayRef: { name: 'nat' } }],
  }),
  manifest('ReachabilityAnalysis', 'why', { source: { instanceRef: { name: 'web' } }, destination: { address: '203.0.113.7' }, port: 443 }),
  manifest('KeyPair', 'ops', { generate: { type: 'ed25519' } }),
  manifest('Image', 'linux', { source: { http: { url: 'http://127.0.0.1:18080/linux.img' } }, minSize: '64Mi', launchPermissions: { namespaces: ['b'] } }),
]
const spec = {
  instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: 'a' }, securityGroupRefs: [{ name: 'web' }], keyPairRef: { name: 'ops' },
  blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }],
}
const web = (more: object = {}, name = 'web') => manifest('Instance', name, { ...spec, userData: '#!/bin/sh', ...more })

/** The platform's own: the network that public addresses are on. */
const makeExternal = async (world: World): Promise<void> => {
  await world.client.create(subnetResource, {
    apiVersion: apiVersionOf(subnetResource), kind: subnetResource.kind, metadata: { name: 'external' },
    spec: { cidrBlock: '203.0.113.0/24', gateway: '203.0.113.1', protocol: 'IPv4', vpc: 'ovn-cluster', excludeIps: ['203.0.113.1', '203.0.113.20..203.0.113.23'] },
  })
}

/** What accounts are, the whole life of everything in them. */
const live = async (world: World): Promise<void> => {
  await world.client.create(secretResource, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'seed', namespace: 'default' }, data: { script: 'IyEvYmluL3No' } })
  await makeExternal(world)
  await world.apply(...types, ...around)
  await become(world, image, 'linux', 'Available')
  await become(world, natGateway, 'nat', 'Available')
  const attachment = { instanceRef: { name: 'seeded' }, deviceIndex: 1, deleteOnTermination: true }
  await world.apply(manifest('NetworkInterface', 'extra', { subnetRef: { name: 'a' }, securityGroupRefs: [{ name: 'web' }], attachment }))
  await world.apply(web(), web({ userData: undefined, userDataSecretRef: { name: 'seed', key: 'script' } }, 'seeded'))
  for (const name of ['web', 'seeded']) await become(world, instance, name, 'Running')
  await world.apply(web({ securityGroupRefs: [{ name: 'db' }] }), manifest('InstanceAction', 'again', { instanceRef: { name: 'web' }, type: 'Reboot' }))
  await become(world, instanceAction, 'again', 'Completed')
  // A guest that is paused cannot be asked: it is reset.
  await world.client.putSubresource(machineSubresources, { name: 'seeded', namespace: 'default' }, 'pause')
  await world.apply(manifest('InstanceAction', 'paused', { instanceRef: { name: 'seeded' }, type: 'Reboot' }))
  await become(world, instanceAction, 'paused', 'Completed')
  await world.apply(manifest('InstanceAction', 'off', { instanceRef: { name: 'seeded' }, type: 'ForceStop' }))
  await become(world, instance, 'seeded', 'Stopped')
  // The same events again; then other user data at the next start.
  for (const round of [1, 2]) {
    await world.apply(web({ state: 'Stopped', securityGroupRefs: [{ name: 'db' }] }))
    await become(world, instance, 'web', 'Stopped')
    await world.apply(web({ userData: `#!/bin/sh\n# ${round} qemu-guest-agent`, securityGroupRefs: [{ name: 'db' }] }))
    await become(world, instance, 'web', 'Running')
  }
  await world.apply(manifest('Snapshot', 'all', { instanceRef: { name: 'web' } }))
  await become(world, snapshot, 'all', 'Completed')
  const minute = new Date(world.clock.now() + 120_000).getUTCMinutes()
  await world.apply(manifest('SnapshotSchedule', 'hourly', { selector: {}, resourceType: 'Instance', schedule: `${minute} * * * *`, retain: { count: 1 } }))
  await world.until(async () => ((await find(world, snapshotSchedule, 'hourly'))?.status?.['history'] as { state: string }[] | undefined)?.[0]?.state === 'completed')
  await world.remove(snapshotSchedule, 'hourly')
  // The instance is stopped for it, and what it is made of goes with it.
  await world.apply(manifest('Image', 'golden', { source: { instanceRef: { name: 'web' } } }))
  await become(world, image, 'golden', 'Available')
  await become(world, instance, 'web', 'Running')
  await world.remove(image, 'golden')
  await world.until(async () => await find(world, image, 'golden') === undefined)
  await world.apply(manifest('Image', 'nightly', { source: { http: { url: 'http://127.0.0.1:18080/linux.img', refresh: '0 4 * * *' } }, minSize: '64Mi' }))
  await become(world, image, 'nightly', 'Available')
  await world.remove(image, 'nightly')
  await world.until(async () => await find(world, image, 'nightly') === undefined)
  await world.apply(manifest('Volume', 'data', { availabilityZone: 'zone-a', size: '1Gi', deletionPolicy: 'Snapshot' }))
  await world.apply(manifest('VolumeAttachment', 'data', { volumeRef: { name: 'data' }, instanceRef: { name: 'web' }, device: '/dev/sdf' }))
  await become(world, volumeAttachment, 'data', 'Attached')
  await world.remove(volumeAttachment, 'data')
  await world.until(async () => await find(world, volumeAttachment, 'data') === undefined)
  await world.remove(volume, 'data')
  await world.until(async () => await find(world, volume, 'data') === undefined)
  for (const { metadata } of await world.list(snapshot)) await world.remove(snapshot, metadata.name)
  const disk = async () => (await find(world, volume, 'web-sda1'))?.status
  for (const iops of [200, 300]) {
    await world.client.mergePatch(volume, { name: 'web-sda1', namespace: 'default' }, { spec: { size: '2Gi', iops } })
    await world.until(async () => (await disk())?.['size'] === '2Gi' && (await disk())?.['iops'] === iops)
  }
  await world.until(async () => (await world.list(attributesClassResource)).length === 1)
}

/**
 * An image that another account shares, a guest that ends itself, a claim that has lost its DataVolume, bytes given to another volume, and the end
 * of everything.
 */
const end = async (world: World): Promise<void> => {
  await world.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'b' } })
  await world.apply(manifest('Volume', 'copy', { availabilityZone: 'zone-a', imageRef: { name: 'linux', namespace: 'default' } }, 'b'))
  await become(world, volume, 'copy', 'Available', 'b')
  // Of what permissions don't share, roles are asked.
  await world.apply(manifest('Volume', 'unshared', { availabilityZone: 'zone-a', imageRef: { name: 'unshared', namespace: 'default' } }, 'b'))
  await become(world, volume, 'unshared', 'DependencyNotFound', 'b')
  await world.remove(volume, 'unshared', 'b')
  await world.client.delete(dataVolumeResource, { name: 'copy', namespace: 'b' }, { propagationPolicy: 'Orphan' })
  await world.remove(volume, 'copy', 'b')
  await world.apply(web({ instanceInitiatedShutdownBehavior: 'Terminate', securityGroupRefs: [{ name: 'db' }] }))
  await world.client.mergePatch(volume, { name: 'web-sda1', namespace: 'default' }, { spec: { deletionPolicy: 'Retain' } })
  const disk = (await find(world, claimResource, 'web-sda1'))?.spec['volumeName'] as string
  await world.clock.advance(10_000)
  world.hypervisor.guestShutdown((await find(world, virtualMachineInstanceResource, 'web'))?.metadata.uid ?? '')
  await world.until(async () => await find(world, instance, 'web') === undefined)
  await world.client.mergePatch(persistentVolumeResource, { name: disk }, { metadata: { annotations: { [adoptableBy]: 'default/again' } } })
  await world.apply(manifest('Volume', 'again', { availabilityZone: 'zone-a', size: '1Gi' }))
  await become(world, volume, 'again', 'Available')
  await world.remove(volume, 'again')
  await world.remove(instance, 'seeded')
  for (const { kind, metadata } of [...around, ...types]) {
    const resource = definitions.find(each => each.kind === kind)
    if (resource !== undefined) await world.remove(resource, metadata.name)
  }
  await world.until(async () => (await Promise.all(definitions.filter(({ kind }) => kind !== 'InstanceAction').map(each => world.list(each)))).flat().length === 0)
}

/** Strangers under every name that will be wanted: each is found, read once, and left alone. */
const plant = async (world: World): Promise<void> => {
  world.crash()
  const at = (name: string) => ({ name, namespace: 'default' })
  await makeExternal(world)
  await world.apply(...types, ...around, web(), manifest('Volume', 'spare', { availabilityZone: 'zone-a', size: '1Gi', iops: 200 }))
  const idAt = async (resource: ResourceType, prefix: Parameters<typeof idOf>[0], name: string) => idOf(prefix, (await find(world, resource, name))?.metadata.uid ?? '')
  const [vpcID, subnetID, imageID, groupID] = [
    await idAt(vpc, idPrefixes.vpc, 'main'), await idAt(subnet, idPrefixes.subnet, 'a'),
    await idAt(image, idPrefixes.image, 'linux'), await idAt(securityGroup, idPrefixes.securityGroup, 'web'),
  ]
  const strangers: [ResourceType, { name: string; namespace?: string }, object][] = [
    [securityGroup, at('main-default'), { vpcRef: { name: 'main' } }],
    [routeTable, at('main-main'), { vpcRef: { name: 'main' } }],
    [vpcResource, { name: vpcID }, {}],
    [networkAttachmentResource, at('a'), { config: '{}' }],
    [subnetResource, { name: subnetID }, { cidrBlock: '10.77.0.0/24' }],
    [clusterInstancetypeResource, { name: instancetypeName('t3.micro') }, { cpu: { guest: 1 }, memory: { guest: '1Gi' } }],
    [networkPolicyResource, at(groupID), { podSelector: {} }],
    [dataVolumeResource, at('spare'), { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } } }],
    [volumeSnapshotResource, at(imageID), { source: { persistentVolumeClaimName: 'x' } }],
    [dataSourceResource, at(imageID), { source: { pvc: { namespace: 'default', name: 'x' } } }],
    [volume, at('web-sda1'), { availabilityZone: 'zone-b', size: '1Gi' }],
    [ovnEipResource, { name: 'eip-203-0-113-20' }, { externalSubnet: 'external', v4Ip: '203.0.113.20', type: 'nat' }],
    [ovnSnatRuleResource, { name: await idAt(subnet, idPrefixes.subnet, 'private') }, {}],
    [ovnFipResource, { name: 'eip-203-0-113-21' }, {}],
    [virtualMachineResource, at('web'), { runStrategy: 'Halted', template: { spec: { domain: { devices: {} } } } }],
  ]
  const type = { name: 'gp3', uid: (await find(world, volumeType, 'gp3'))?.metadata.uid ?? '' }
  await world.client.create(attributesClassResource, {
    apiVersion: apiVersionOf(attributesClassResource), kind: attributesClassResource.kind, driverName: 'stranger', parameters: { iops: '200' },
    metadata: { name: attributesClassName(type, { driver: 'sandbox.kumulus.dev', parameters: { iops: '200' } }) },
  })
  for (const [resource, metadata, given] of strangers) {
    await world.client.create(resource, { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, spec: given })
  }
  world.start()
  await world.clock.advance(60_000)
  // In the order in which they are met: whoever waits behind one comes to the next.
  for (const [resource, { name }] of strangers) {
    await world.remove(resource, name)
    await world.clock.advance(120_000)
  }
  await become(world, instance, 'web', 'Running')
  for (const name of ['any', 'led']) await become(world, elasticIP, name, name === 'led' ? 'Associated' : 'Unassociated')
  await become(world, natGateway, 'nat', 'Available')
}

/** Takes a name away from the operator in the moment in which it wants it, before any watch can tell. */
const racing = (transport: Transport, rivals: Map<string, () => Promise<unknown>>): Transport => ({
  ...transport,
  request: async request => {
    const rival = request.method === 'PATCH' ? rivals.get(request.path) : undefined
    rivals.delete(request.path)
    await rival?.()
    return transport.request(request)
  },
})

/** A tenant's own Volume, SecurityGroup, NetworkACL and RouteTable, made in the moment in which the operator was about to. */
const race = async (world: World, rivals: Map<string, () => Promise<unknown>>): Promise<void> => {
  const path = (plural: string, name: string) => `/apis/kumulus.dev/v1alpha1/namespaces/default/${plural}/${name}`
  rivals.set(path('volumes', 'raced-sda1'), () => world.apply(manifest('Volume', 'raced-sda1', { availabilityZone: 'zone-a', size: '1Gi' })))
  const own = [['SecurityGroup', 'securitygroups', 'default'], ['NetworkACL', 'networkacls', 'default'], ['RouteTable', 'routetables', 'main']] as const
  for (const [kind, plural, suffix] of own) {
    const name = `raced-${plural}`
    rivals.set(path(plural, `${name}-${suffix}`), () => world.apply(manifest(kind, `${name}-${suffix}`, { vpcRef: { name } })))
    await world.apply(manifest('VPC', name, { cidrBlocks: ['10.1.0.0/16'] }))
    await become(world, vpc, name, 'NameConflict')
  }
  await world.apply(web({}, 'raced'))
  await become(world, instance, 'raced', 'NameConflict')
}

/** A VPC whose groups are Kube-OVN's own, and that has DNS servers: strangers under its names, a rule and a block that change, and the end of it. */
const port = async (world: World): Promise<void> => {
  world.crash()
  await world.client.create(networkAttachmentResource, {
    apiVersion: apiVersionOf(networkAttachmentResource), kind: networkAttachmentResource.kind, spec: { config: '{}' },
    metadata: { name: resolverAttachment, namespace: systemNamespace },
  })
  await world.apply(manifest('VPC', 'ported', { cidrBlocks: ['10.2.0.0/16'] }), manifest('SecurityGroup', 'ported', { vpcRef: { name: 'ported' } }))
  const name = idOf(idPrefixes.vpc, (await find(world, vpc, 'ported'))?.metadata.uid ?? '')
  const { plural, kind } = securityGroupResource
  await world.client.create(securityGroupResource, { apiVersion: apiVersionOf(securityGroupResource), kind, metadata: { name }, spec: {} })
  const servers = { name: name.replace('vpc-', 'dns-'), namespace: systemNamespace }
  const pod = { metadata: { labels: { app: 'stranger' } }, spec: { containers: [{ name: 'a', image: 'a' }] } }
  await world.client.create(deploymentResource, {
    apiVersion: apiVersionOf(deploymentResource), kind: deploymentResource.kind, metadata: servers, spec: { selector: { matchLabels: { app: 'stranger' } }, template: pod },
  })
  const resolver = { image: 'kumulus', upstreams: [], withheldDomains: [], pullSecrets: [] }
  world.start({ kinds: settings => controllers({ ...settings, securityGroupDriver: 'kubeOVN', resolver }) })
  await become(world, vpc, 'ported', 'NameConflict')
  await world.remove(securityGroupResource, name)
  await world.clock.advance(120_000)
  await become(world, vpc, 'ported', 'NameConflict')
  await world.remove(deploymentResource, servers.name, servers.namespace)
  await become(world, vpc, 'ported', 'Available')
  await world.until(async () => ((await find(world, deploymentResource, servers.name, servers.namespace))?.status?.['availableReplicas'] ?? 0) === 2)
  await world.apply(manifest('VPC', 'ported', { cidrBlocks: ['10.2.0.0/16', '10.3.0.0/16'] }))
  await world.until(async () => JSON.stringify(await find(world, deploymentResource, servers.name, servers.namespace)).includes('10.3.0.0/16'))
  await world.apply(manifest('SecurityGroup', 'ported', { vpcRef: { name: 'ported' }, ingressRules: [{ protocol: 'icmp', cidr: '0.0.0.0/0' }] }))
  await world.until(async () => JSON.stringify(await world.list(securityGroupResource)).includes('"icmp"'))
  for (const [resource, each] of [[securityGroup, 'ported'], [vpc, 'ported']] as const) {
    await world.remove(resource, each)
    await world.until(async () => await find(world, resource, each) === undefined)
  }
  if ((await world.list(securityGroupResource)).length > 0) throw new Error(`${plural} are left`)
}

/** The certificate and the webhook configurations, for one address and then for another. */
const administer = async (world: World, asked: Asked[]): Promise<void> => {
  const admission = createAdmissionServer(true)
  admission.start(world.server, world.clock, transport => recordingPermissions(transport, asked))
  for (const url of ['https://127.0.0.1:9443', 'https://127.0.0.2:9443']) {
    const transport = recordingPermissions(inProcessTransport(world.server, operatorUser), asked)
    const runtime = createRuntime({ transport, clock: world.clock, log: silentLog, identity: 'operator' })
    manageAdmission(runtime, { clock: world.clock, log: silentLog, namespace: 'kumulus-system', endpoint: { url } })
    runtime.start()
    for (let round = 0; round < 20; round++) {
      // Keys are made by threads, which the clock knows nothing of.
      await new Promise(resolve => setTimeout(resolve, 20))
      await world.clock.advance(1000)
    }
    await runtime.stop()
  }
  await admission.stop()
}

/** What the operator does beside its kinds: looks at the cluster, tells of it, and offers the catalogue. */
const furnish = async (world: World, asked: Asked[]): Promise<void> => {
  await world.client.create(CUSTOM_RESOURCE_DEFINITIONS, customResourceDefinitionOf(kumulus))
  const transport = recordingPermissions(inProcessTransport(world.server, operatorUser), asked)
  const runtime = createRuntime({ transport, clock: world.clock, log: silentLog, identity: 'operator' })
  preflight(runtime, { clock: world.clock, log: silentLog })
  offerCatalog(runtime, [
    { apiVersion: 'kumulus.dev/v1alpha1', kind: 'InstanceType', metadata: { name: 'm5.large' }, spec: { vcpus: 2, memory: '8Gi' } },
    { apiVersion: 'kumulus.dev/v1alpha1', kind: 'VolumeType', metadata: { name: 'io2' }, spec: { media: 'SSD' } },
  ])
  runtime.start()
  await world.until(async () => ((await find(world, kumulus, 'cluster'))?.status?.['conditions'] as { type: string; status: string }[] | undefined)?.[0]?.status === 'True')
  await world.until(async () => await find(world, volumeType, 'io2') !== undefined)
  await runtime.stop()
}

test('the programs of ours ask for nothing that their roles do not give, and their roles give nothing that they do not ask for', async t => {
  const asked: Asked[] = []
  const world = await createWorld({ guestAgent: () => true, wrap: transport => recordingPermissions(transport, asked) })
  world.crash()
  world.start({ elect: true })
  await live(world)
  await end(world)
  await administer(world, asked)
  await furnish(world, asked)
  await world.stop()
  const rivals = new Map<string, () => Promise<unknown>>()
  const planted = await createWorld({ wrap: transport => racing(recordingPermissions(transport, asked), rivals) })
  await plant(planted)
  await race(planted, rivals)
  await port(planted)
  await planted.stop()
  const { refused, unexplained, unused } = judgeAccess(asked)
  t.deepEqual(refused, [], 'asked for and not given')
  t.deepEqual(unexplained, [])
  t.deepEqual(unused, [], 'given and never asked for')
})

test('no role of ours has a wildcard, none that holds everywhere names Secrets, and none can make itself more', t => {
  t.deepEqual(dangerousRights(), [])
})

test('in a namespace that is no account nothing comes about and everything says what to do; once it is opened it goes on by itself', async t => {
  const world = await createWorld()
  await world.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'closed' } })
  await world.clock.advance(1000)
  await world.client.delete(roleBindings, { name: 'kumulus-system:operator', namespace: 'closed' })
  await world.apply(manifest('VPC', 'main', { cidrBlocks: ['10.0.0.0/16'] }, 'closed'))
  await become(world, vpc, 'main', 'Forbidden', 'closed')
  const conditions = (await find(world, vpc, 'main', 'closed'))?.status?.['conditions'] as { message: string }[]
  t.regex(conditions[0]?.message ?? '', /cannot (patch|create) resource "networkpolicies".*have the platform team open it/)
  t.deepEqual((await world.list(networkPolicyResource)).filter(({ metadata }) => metadata.namespace === 'closed'), [])
  await openAccount(world.client, 'closed')
  await become(world, vpc, 'main', 'Available', 'closed')
  await world.client.delete(roleBindings, { name: 'kumulus-system:operator', namespace: 'closed' })
  await world.client.delete(namespaces, { name: 'closed' })
  await world.until(async () => await find(world, namespaces, 'closed') === undefined)
  t.deepEqual((await world.list(vpcResource)).filter(({ metadata }) => metadata.labels?.['kumulus.dev/owner-namespace'] === 'closed'), [])
  await world.stop()
})
