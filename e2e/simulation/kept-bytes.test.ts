import test from 'ava'
import type { ResourceType } from '../../crds/kubernetes.ts'
import { instance, volume } from '../../crds/v1alpha1/index.ts'
import { dataVolumeResource } from '../../operator/providers/cdi/resources.ts'
import { adoptableBy } from '../../operator/providers/csi/adoption.ts'
import { claimResource, persistentVolumeResource } from '../../operator/providers/csi/resources.ts'
import { isNotFound } from '../../operator/runtime/client.ts'
import { quickstart, web } from './instance-cloud.ts'
import { createWorld, type World } from './world.ts'

const find = (world: World, resource: ResourceType, name: string) => world.get(resource, name).catch((error: unknown) => {
  if (!isNotFound(error)) throw error
  return undefined
})
const readyOf = async (world: World, resource: ResourceType, name: string) =>
  ((await find(world, resource, name))?.status?.['conditions'] as { type: string; reason: string; message: string }[] | undefined)?.find(({ type }) => type === 'Ready')
const become = (world: World, resource: ResourceType, name: string, reason: string) =>
  world.until(async () => (await readyOf(world, resource, name))?.reason === reason)
const gone = (world: World, resource: ResourceType, name: string) => world.until(async () => (await find(world, resource, name)) === undefined)
const diskOf = async (world: World, claim: string) => (await find(world, claimResource, claim))?.spec['volumeName'] as string
const manifest = (kind: string, name: string, spec: object) => ({ apiVersion: '', kind, metadata: { name }, spec })
const offer = (world: World, name: string, to: string) =>
  world.client.mergePatch(persistentVolumeResource, { name }, { metadata: { annotations: { [adoptableBy]: `default/${to}` } } })

const launched = async (): Promise<World> => {
  const world = await createWorld()
  await world.apply(...quickstart.map(([kind, name, spec]) => manifest(kind, name, spec)), manifest('Instance', 'web', web))
  await become(world, instance, 'web', 'Running')
  return world
}

/** A world whose instance was terminated, and the PersistentVolume that its disk has left. */
const terminated = async () => {
  const world = await launched()
  const disk = await diskOf(world, 'web-sda1')
  await world.client.mergePatch(volume, { name: 'web-sda1', namespace: 'default' }, { spec: { deletionPolicy: 'Retain' } })
  await world.remove(instance, 'web')
  await gone(world, instance, 'web')
  await gone(world, claimResource, 'web-sda1')
  return { world, disk }
}

test('a disk whose claim was deleted is not replaced by the one that CDI makes anew: nothing starts on that, and the bytes come back', async t => {
  const world = await launched()
  await world.apply(manifest('Instance', 'web', { ...web, state: 'Stopped' }))
  await become(world, instance, 'web', 'Stopped')
  const disk = await diskOf(world, 'web-sda1')
  await world.client.delete(claimResource, { name: 'web-sda1', namespace: 'default' })
  await become(world, volume, 'web-sda1', 'VolumeLost')
  t.true((await readyOf(world, volume, 'web-sda1'))?.message.includes(disk))
  await world.apply(manifest('Instance', 'web', web))
  await world.clock.advance(600_000)
  t.not((await find(world, instance, 'web'))?.status?.['state'], 'running')
  t.deepEqual([...world.hypervisor.states().values()].filter(state => state === 'running'), [])
  t.is((await find(world, persistentVolumeResource, disk))?.spec['persistentVolumeReclaimPolicy'], 'Retain')
  await world.remove(dataVolumeResource, 'web-sda1')
  await gone(world, claimResource, 'web-sda1')
  await offer(world, disk, 'web-sda1')
  await become(world, instance, 'web', 'Running')
  t.is(await diskOf(world, 'web-sda1'), disk)
  await world.stop()
})

test('an instance that is launched anew boots from the disk that is offered under the name of its own, and its image is not asked for', async t => {
  const { world, disk } = await terminated()
  const disks = [...world.disks.all.keys()]
  await offer(world, disk, 'web-sda1')
  await world.apply(manifest('Instance', 'web', web))
  await become(world, instance, 'web', 'Running')
  t.is(await diskOf(world, 'web-sda1'), disk)
  t.deepEqual([...world.disks.all.keys()], disks, 'no disk was made')
  await world.stop()
})

test('what is offered to a volume of one account is nothing to its namesake in another', async t => {
  const { world, disk } = await terminated()
  await world.client.mergePatch(persistentVolumeResource, { name: disk }, { metadata: { annotations: { [adoptableBy]: 'victim/data' } } })
  await world.apply(manifest('Volume', 'data', { availabilityZone: 'zone-a', size: '1Gi' }))
  await become(world, volume, 'data', 'Available')
  await world.clock.advance(600_000)
  t.is(((await find(world, persistentVolumeResource, disk))?.spec['claimRef'] as { name: string }).name, 'web-sda1')
  t.not(await diskOf(world, 'data'), disk)
  await world.stop()
})
