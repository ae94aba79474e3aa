/** Manifests through the real operator, in one process on a clock that stands still: what the cloud makes of a generated world. */
import type { ResourceType } from '../../crds/kubernetes.ts'
import { definitions } from '../../crds/v1alpha1/index.ts'
import { subnetResource } from '../../operator/providers/kube-ovn/resources.ts'
import { storageClassName } from '../../sandbox/stand-ins/cluster.ts'
import { type SavedCloud, startCloud } from '../simulation/cloud.ts'
import { createWorld, type World, type WorldOptions } from '../simulation/world.ts'
import { type Manifest, toObject } from './manifests.ts'
import { addressIn } from './model/addresses.ts'
import { external, pool, tenants } from './worlds/render.ts'

const namespaces: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }

/** What instances of the worlds are launched from. */
export const machine = {
  instanceType: 't3.micro', imageRef: { name: 'linux', namespace: 'default' }, blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }],
}

/** A cloud with what the manifests ask for in it, running; anything that never comes to rest throws. */
export const build = async (manifests: readonly Manifest[], options: WorldOptions = {}): Promise<World> => {
  const world = await createWorld({ from: await base(), ...options })
  await world.apply(...manifests.map(each => toObject(each.kind === 'Instance' ? { ...each, spec: { ...machine, ...each.spec } } : each)))
  await settle(world)
  const late = await instancesThatDoNotRun(world)
  if (late.length > 0) throw new Error(`these do not run: ${late.join('; ')}`)
  return world
}

/** Lets everything come to rest that a change has set off. */
export const settle = async (world: World): Promise<void> => {
  for (const before = { writes: -1 }; before.writes !== world.writes.length;) {
    before.writes = world.writes.length
    await world.clock.advance(30_000)
  }
}

const instancesThatDoNotRun = async (world: World): Promise<string[]> => (await world.list(resourceOf('Instance')))
  .filter(({ status }) => status?.['state'] !== 'running')
  .map(({ metadata, status }) => `${metadata.namespace}/${metadata.name} ${JSON.stringify(status?.['conditions'])}`)

export const resourceOf = (kind: string): ResourceType => {
  const found = definitions.find(each => each.kind === kind)
  if (found === undefined) throw new Error(`${kind} is no kind of ours`)
  return found
}

/** The platform's own: a VLAN of the nodes, of which the pool's addresses are kept from Kube-OVN's drawing. */
const externalSubnet = {
  apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: external.name },
  spec: {
    cidrBlock: external.cidr, gateway: external.gateway, protocol: 'IPv4', vpc: 'ovn-cluster', vlan: 'external',
    excludeIps: [external.gateway, `${addressIn(pool.cidr, 0)}..${addressIn(pool.cidr, 63)}`],
  },
}

let saved: Promise<SavedCloud> | undefined

/** Two accounts and what instances are launched from. Set up once a process. */
const base = (): Promise<SavedCloud> => saved ??= (async () => {
  const world = await createWorld({ from: await emptyCloud() })
  for (const name of tenants) await world.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await world.client.create(subnetResource, externalSubnet)
  await world.apply(
    { apiVersion: '', kind: 'PublicIPPool', metadata: { name: pool.name }, spec: { cidrs: [pool.cidr], externalSubnet: external.name } },
    { apiVersion: '', kind: 'InstanceType', metadata: { name: 't3.micro' }, spec: { vcpus: 1, memory: '64Mi' } },
    { apiVersion: '', kind: 'VolumeType', metadata: { name: 'gp3' }, spec: { storageClassName } },
    {
      apiVersion: '', kind: 'Image', metadata: { name: 'linux' },
      spec: { source: { http: { url: 'http://127.0.0.1:18080/linux.img' } }, minSize: '64Mi', launchPermissions: { public: true } },
    },
  )
  await world.until(async () => (await world.get(resourceOf('Image'), 'linux'))?.status?.['state'] === 'available')
  await settle(world)
  const state = world.save()
  await world.stop()
  return state
})()

const emptyCloud = async (): Promise<SavedCloud> => {
  const cloud = await startCloud()
  const state = cloud.save()
  await cloud.stop()
  return state
}
