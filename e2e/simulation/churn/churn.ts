/** A cloud in which disks come and go without rest while everything goes wrong, until nothing does and all of them are given up. */
import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import { definitions } from '../../../crds/v1alpha1/index.ts'
import { dataVolumeResource } from '../../../operator/providers/cdi/resources.ts'
import { claimResource, persistentVolumeResource, volumeSnapshotContentResource, volumeSnapshotResource } from '../../../operator/providers/csi/resources.ts'
import { isNotFound } from '../../../operator/runtime/api-error.ts'
import { type Random, seededRandom } from '../../../operator/runtime/random.ts'
import { timings } from '../explorer/timings.ts'
import { quickstart, web } from '../instance-cloud.ts'
import { steadySilence, steadyWatches } from '../steady-watches.ts'
import { type Anything, createWorld, type World } from '../world.ts'
import { createFaults, type Faults } from './faults.ts'
import { createTenant, type Hands } from './tenant.ts'
import { type Watchman, watchGuests } from './watchman.ts'

export type Churn = {
  /** Volumes and Snapshots. */
  made: number
  faults: Faults['counts']
  /** What no moment may show, in words. */
  wrong: readonly string[]
  /** How often a disk came into a guest, and a guest stood still. */
  seen: Watchman['seen']
  /** What was not as it should be when everything had come to rest. */
  unsettled: readonly string[]
  /** What is there in the end and was not in the beginning. */
  left: readonly string[]
  /** What the operator wrote in an hour after that. */
  restless: readonly string[]
}

const namespace = 'a'
const instances = ['web', 'db', 'app']
const restartDelay = 1000
/** Everything has come to rest within so many milliseconds of the clock. */
const settling = 15 * 60_000
/** How many milliseconds somebody waits between two acts. */
const pauses = [0, 0, 200, 2000, 9000, 30_000]

/** @param count - Volumes and Snapshots to be made. */
export const churn = async (seed: number, count: number): Promise<Churn> => {
  const random = seededRandom(seed)
  const { world, faults } = await startedWorld(seed)
  await launch(world)
  const before = await keptIn(world)
  const watchman = watchGuests(world)
  faults.begin()
  const tenant = createTenant(handsOf(world), random, instances)
  // One who waits for what never comes makes nothing any more: then what stands in the way is found unsettled.
  for (let acts = 0; tenant.made < count && acts < 40 * count; acts++) {
    await tenant.act()
    await world.clock.advance(drawn(pauses, random))
  }
  faults.end()
  await tenant.tidy()
  await world.clock.advance(settling)
  const unsettled = await unsettledIn(world)
  await giveUp(world)
  const left = (await keptIn(world)).filter((each) => !before.includes(each))
  world.writes.length = 0
  await world.clock.advance(3_600_000)
  const restless = [...world.writes]
  const { wrong, seen } = watchman.end()
  await world.stop()
  return { made: tenant.made, faults: faults.counts, wrong, seen, unsettled, left, restless }
}

const drawn = <T>(items: readonly [T, ...T[]] | readonly T[], random: Random): T => items[Math.floor(random() * items.length)] as T

const startedWorld = async (seed: number) => {
  const late: { world?: World } = {}
  const die = () => {
    late.world?.crash()
    late.world?.clock.after(restartDelay, () => late.world?.start())
  }
  const faults = createFaults({ random: seededRandom(seed + 1), clock: () => late.world?.clock, die })
  const world = await createWorld({
    seed, timings, steady: true, silence: steadySilence, wrap: (transport) => faults.wrap(steadyWatches(transport)),
  })
  late.world = world
  return { world, faults }
}

const launch = async (world: World): Promise<void> => {
  await world.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const { apply } = handsOf(world)
  for (const [kind, name, spec] of quickstart) await apply(kind, name, spec)
  for (const [index, name] of instances.entries()) await apply('Instance', name, { ...web, userData: '#cloud-config\npackages: [qemu-guest-agent]\n', privateIPAddress: `10.0.1.${10 + index}` })
  await world.until(async () => (await all(world, 'Instance')).every(({ status }) => status?.['state'] === 'running'))
  await world.clock.advance(60_000)
}

const namespaces: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }

const handsOf = (world: World): Hands => ({
  apply: (kind, name, spec) =>
    world.apply({ apiVersion: '', kind, metadata: { name, ...resourceOf(kind).namespaced ? { namespace } : {} }, spec }),
  remove: (kind, name) => world.remove(resourceOf(kind), name, namespace).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  }),
  isReady: async (kind, name) => {
    const found = (await all(world, kind)).find(({ metadata }) => metadata.name === name)
    return found === undefined || readyOf(found)?.status === 'True'
  },
})

const resourceOf = (kind: string): ResourceType => {
  const found = definitions.find((each) => each.kind === kind)
  if (found === undefined) throw new Error(`${kind} is no kind of ours`)
  return found
}

const all = (world: World, kind: string): Promise<Anything[]> => world.list(resourceOf(kind))

const unsettledIn = async (world: World): Promise<string[]> =>
  (await Promise.all(['Volume', 'VolumeAttachment', 'Snapshot', 'Instance'].map((kind) => all(world, kind)))).flat().flatMap((object) => {
    const { status, reason, message } = readyOf(object) ?? {}
    return status === 'True' ? [] : [`${object.kind} ${object.metadata.name} ${reason ?? 'says nothing'}: ${message ?? ''}`]
  })

const readyOf = ({ status }: Anything): Condition | undefined => (status?.['conditions'] as Condition[] | undefined)?.find(({ type }) => type === 'Ready')

type Condition = { type: string; status: string; reason: string; message: string }

/** All disks but those that the instances began with, and all that is kept of them; last snapshots too. */
const giveUp = async (world: World): Promise<void> => {
  const { remove } = handsOf(world)
  const rest = async () => [
    ...await all(world, 'VolumeAttachment'), ...(await all(world, 'Volume')).filter(({ metadata }) => !metadata.name.endsWith('-sda1')), ...await all(world, 'Snapshot'),
  ]
  for (let left = await rest(), tries = 0; left.length > 0 && tries < 10; left = await rest(), tries++) {
    for (const { kind, metadata: { name } } of left) await remove(kind, name)
    await world.clock.advance(settling)
  }
}

/** Everything that has bytes or is about some, and the disks themselves. */
const keptIn = async ({ list, disks, hypervisor, client }: World): Promise<string[]> => {
  const stored = await Promise.all([
    claimResource, persistentVolumeResource, dataVolumeResource, volumeSnapshotResource, volumeSnapshotContentResource,
    ...['Volume', 'VolumeAttachment', 'Snapshot'].map(resourceOf),
  ].map(async (resource) => (await list(resource)).map((object) => nameOf(resource, object))))
  const claims = (await client.list(claimResource, {})).items.flatMap(({ metadata }) =>
    Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith('attachment.kumulus.dev/')).map((key) => `${metadata.name} has ${key}`))
  const guests = hypervisor.machines().flatMap(({ uid, name }) => [
    ...[...hypervisor.hotDisks(uid)].map((disk) => `${name} has ${disk}`), ...hypervisor.agent(uid)?.frozen === true ? [`${name} stands still`] : [],
  ])
  return [...stored.flat(), ...claims, ...guests, ...[...disks.all.keys()].map((id) => `disk ${id}`)]
}

const nameOf = ({ kind }: ResourceType, { metadata: { name } }: KubeObject): string => `${kind} ${name}`
