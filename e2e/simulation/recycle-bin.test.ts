import test from 'ava'
import { instance, volume } from '../../crds/v1alpha1/index.ts'
import { controllers } from '../../operator/controllers.ts'
import { adoptableBy, destroyAfter } from '../../operator/providers/csi/adoption.ts'
import { claimResource, persistentVolumeResource } from '../../operator/providers/csi/resources.ts'
import { emptyRecycleBin } from '../../operator/recycle-bin/controller.ts'
import { isNotFound } from '../../operator/runtime/client.ts'
import type { ResourceType } from '../../crds/kubernetes.ts'
import { quickstart, web } from './instance-cloud.ts'
import { createWorld, type World } from './world.ts'

const MINUTE = 60_000

const find = (world: World, resource: ResourceType, name: string) => world.get(resource, name).catch((error: unknown) => {
  if (!isNotFound(error)) throw error
  return undefined
})

/** A cloud that keeps deleted volumes for a while, and the disk of an instance that was terminated in it. */
const terminated = async () => {
  const world = await createWorld()
  world.crash()
  const bin = { kind: 'PersistentVolume', finalizer: undefined, register: (runtime: Parameters<typeof emptyRecycleBin>[0]) => emptyRecycleBin(runtime, world.clock) }
  world.start({ kinds: (settings) => [...controllers({ ...settings, keepDeletedVolumes: 24 * MINUTE }), bin] })
  await world.apply(...[...quickstart, ['Instance', 'web', web] as const].map(([kind, name, spec]) => ({ apiVersion: '', kind, metadata: { name }, spec })))
  await world.until(async () => (await find(world, instance, 'web'))?.status?.['state'] === 'running')
  const name = (await find(world, claimResource, 'web-sda1'))?.spec['volumeName'] as string
  await world.remove(instance, 'web')
  await world.until(async () => (await find(world, volume, 'web-sda1')) === undefined && (await find(world, claimResource, 'web-sda1')) === undefined)
  const disk = ((await find(world, persistentVolumeResource, name))?.spec['csi'] as { volumeHandle: string }).volumeHandle
  return { world, name, disk }
}

test('the disk of a terminated instance is there for the time that the platform says, and then gone', async t => {
  const { world, name, disk } = await terminated()
  const kept = await find(world, persistentVolumeResource, name)
  t.is(kept?.spec['persistentVolumeReclaimPolicy'], 'Retain')
  t.is(Math.round((Date.parse(kept?.metadata.annotations?.[destroyAfter] ?? '') - world.clock.now()) / MINUTE), 24)
  await world.clock.advance(23 * MINUTE)
  t.true(world.disks.all.has(disk))
  await world.clock.advance(2 * MINUTE)
  t.is(await find(world, persistentVolumeResource, name), undefined)
  t.false(world.disks.all.has(disk))
  await world.stop()
})

test('a disk that is given to another volume in time is no longer thrown away', async t => {
  const { world, name, disk } = await terminated()
  await world.client.mergePatch(persistentVolumeResource, { name }, { metadata: { annotations: { [adoptableBy]: 'default/again' } } })
  // Offered, and not taken for long.
  await world.clock.advance(48 * MINUTE)
  await world.apply({ apiVersion: '', kind: 'Volume', metadata: { name: 'again' }, spec: { availabilityZone: 'zone-a', size: '1Gi' } })
  await world.until(async () => (await find(world, volume, 'again'))?.status?.['state'] === 'available')
  await world.clock.advance(48 * MINUTE)
  t.true(world.disks.all.has(disk))
  const adopted = await find(world, persistentVolumeResource, name)
  t.is(adopted?.spec['persistentVolumeReclaimPolicy'], 'Retain')
  t.deepEqual(Object.keys(adopted?.metadata.annotations ?? {}).filter((key) => key.startsWith('kumulus.dev/')), [])
  t.is((await find(world, claimResource, 'again'))?.spec['volumeName'], name)
  await world.stop()
})

test('a disk whose end somebody takes off stays for good', async t => {
  const { world, name, disk } = await terminated()
  await world.client.mergePatch(persistentVolumeResource, { name }, { metadata: { annotations: { [destroyAfter]: null } } })
  await world.clock.advance(50 * MINUTE)
  t.true(world.disks.all.has(disk))
  await world.stop()
})

test('an end that is no time never comes', async t => {
  const { world, name, disk } = await terminated()
  await world.client.mergePatch(persistentVolumeResource, { name }, { metadata: { annotations: { [destroyAfter]: 'tomorrow' } } })
  await world.clock.advance(50 * MINUTE)
  t.true(world.disks.all.has(disk))
  await world.stop()
})
