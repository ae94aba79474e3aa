import test from 'ava'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { volume, volumeType } from '../../crds/v1alpha1/index.ts'
import { controllers } from '../../operator/controllers.ts'
import { attributesClassResource } from '../../operator/providers/csi/attributes-class.ts'
import { claimResource } from '../../operator/providers/csi/resources.ts'
import { isNotFound } from '../../operator/runtime/client.ts'
import { quickstart, web } from './instance-cloud.ts'
import { createWorld, type World } from './world.ts'

const MINUTE = 60_000
const parameters = { iops: '{iops}', throughput: '{throughput}' }
const gp3 = { storageClassName: 'standard', iops: { perGiB: 5000, min: 3000, max: 300_000 }, throughput: { min: 125, max: 1000 }, volumeAttributeParameters: parameters }

type Seen = {
  state: string; volumeType: string; size: string; iops: number; throughput: number; modification: Record<string, unknown>
  conditions: { type: string; status: string; reason: string; message: string }[]
}

const find = (world: World, resource: ResourceType, name: string) => world.get(resource, name).catch((error: unknown) => {
  if (!isNotFound(error)) throw error
  return undefined
})
const statusOf = async (world: World, name = 'web-sda1') => (await find(world, volume, name))?.status as unknown as Seen
const readyOf = async (world: World) => (await statusOf(world)).conditions.find(({ type }) => type === 'Ready')
const change = (world: World, spec: object, name = 'web-sda1') => world.client.mergePatch(volume, { name, namespace: 'default' }, { spec })
const classes = async (world: World) =>
  (await world.list(attributesClassResource) as unknown as (KubeObject & { parameters: object })[]).map(each => each.parameters)
const settled = (world: World) => world.until(async () => (await readyOf(world))?.status === 'True')

/** An instance that runs, on a disk of a type whose storage takes figures. */
const running = async (volumeModificationInterval = 0) => {
  const world = await createWorld()
  world.crash()
  world.start({ kinds: settings => controllers({ ...settings, volumeModificationInterval }) })
  const made = [...quickstart, ['VolumeType', 'gp3', gp3], ['Instance', 'web', web]] as const
  await world.apply(...made.map(([kind, name, spec]) => ({ apiVersion: '', kind, metadata: { name }, spec })))
  await world.until(async () => (await statusOf(world))?.state === 'in-use' && (await readyOf(world))?.status === 'True')
  return world
}

test('a live volume grows and gets more iops in one change, and its status tells of it from beginning to end', async t => {
  const world = await running()
  t.like(await statusOf(world), { volumeType: 'gp3', iops: 3000, throughput: 125, modification: undefined })
  t.deepEqual(await classes(world), [], 'what its StorageClass gives to all needs no class')
  await change(world, { size: '4Gi', iops: 5000 })
  await settled(world)
  await world.until(async () => (await statusOf(world)).modification !== undefined && (await readyOf(world))?.status === 'True')
  t.like(await statusOf(world), {
    state: 'in-use', size: '4Gi', iops: 5000, throughput: 125,
    modification: {
      state: 'completed', progress: '100%', original: { size: '1Gi', volumeType: 'gp3', iops: 3000, throughput: 125 },
      target: { size: '4Gi', volumeType: 'gp3', iops: 5000, throughput: 125 },
    },
  })
  t.deepEqual(await classes(world), [{ iops: '5000', throughput: '125' }])
  t.is((await find(world, claimResource, 'web-sda1'))?.spec['volumeAttributesClassName'], (await world.list(attributesClassResource))[0]?.metadata.name)
  const writes = world.writes.length
  await world.clock.advance(2 * MINUTE)
  t.deepEqual(world.writes.slice(writes), [], 'and then nothing is written')
  await change(world, { iops: null })
  await world.until(async () => (await statusOf(world)).iops === 3000)
  await world.clock.advance(12 * MINUTE)
  t.deepEqual(await classes(world), [{ iops: '3000', throughput: '125' }], 'the class that nobody needs is gone')
  await world.stop()
})

test('two changes of a volume lie as far apart as the platform says, and what the storage can\'t do may be mended at once', async t => {
  const world = await running(6 * MINUTE)
  await change(world, { iops: 290_000, size: '64Gi' })
  await world.until(async () => (await statusOf(world)).modification?.['state'] === 'failed')
  t.like(await readyOf(world), { status: 'False', reason: 'ModificationFailed' })
  t.regex((await readyOf(world))?.message ?? '', /iops must be from 1 to 256000, not 290000: ask for less, or set the fields back/)
  t.is((await statusOf(world)).iops, 3000)
  await change(world, { iops: 4000 })
  await world.until(async () => (await statusOf(world)).iops === 4000)
  await settled(world)
  await change(world, { iops: 5000 })
  await world.until(async () => (await readyOf(world))?.reason === 'ModificationTooSoon')
  await world.clock.advance(5 * MINUTE)
  t.is((await statusOf(world)).iops, 4000)
  await world.clock.advance(MINUTE)
  t.like(await statusOf(world), { iops: 5000, state: 'in-use' })
  await world.stop()
})

test('a volume keeps its storage: another type of it is a change, one of other storage is refused with the way out', async t => {
  const world = await running()
  await world.apply(
    { apiVersion: '', kind: 'VolumeType', metadata: { name: 'io2' }, spec: { ...gp3, iops: { min: 100, max: 64_000 } } },
    { apiVersion: '', kind: 'VolumeType', metadata: { name: 'elsewhere' }, spec: { storageClassName: 'other' } },
    { apiVersion: '', kind: 'VolumeType', metadata: { name: 'mute' }, spec: { storageClassName: 'standard', iops: { min: 100, max: 64_000 } } },
  )
  await change(world, { volumeType: 'io2', iops: 700 })
  await world.until(async () => (await statusOf(world)).volumeType === 'io2')
  t.like(await statusOf(world), { iops: 700, modification: { state: 'completed', original: { volumeType: 'gp3', iops: 3000 } } })
  await change(world, { volumeType: 'elsewhere', iops: null })
  await world.until(async () => (await readyOf(world))?.reason === 'NotModifiable')
  t.regex((await readyOf(world))?.message ?? '', /elsewhere is other storage \(StorageClass "other"\).*create a new Volume from a Snapshot of this one, or set volumeType: io2/)
  await change(world, { volumeType: 'mute', iops: 900 })
  await world.until(async () => (await readyOf(world))?.message.startsWith('iops: 900') === true)
  await change(world, { volumeType: 'io2', iops: 700 })
  await settled(world)
  t.is((await statusOf(world)).volumeType, 'io2')
  await world.remove(volumeType, 'gp3')
  await world.stop()
})
