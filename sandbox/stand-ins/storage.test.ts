import test from 'ava'
import type { DataVolume } from './cdi/types.ts'
import { basicDriver } from './csi/drivers.ts'
import type { Claim, Volume } from './csi/types.ts'
import { resources } from './resources.ts'
import { startCloud, type Cloud } from './testing.ts'

const disk = (name: string, storageClassName: string, size: string, source: object = { blank: {} }) => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', metadata: { name, namespace: 'a', annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': '' } },
  spec: { source, storage: { storageClassName, resources: { requests: { storage: size } } } },
})
const small = { provisioner: basicDriver, parameters: { capacity: '10Gi' }, reclaimPolicy: 'Delete' }
const storageClass = (name: string, spec: object) => ({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, ...spec })
const dataVolume = (cloud: Cloud, name: string) => cloud.get<DataVolume>(resources.dataVolumes, name, 'a')
const phaseOf = async (cloud: Cloud, name: string) => (await dataVolume(cloud, name))?.status?.phase
const claimOf = (cloud: Cloud, name: string) => cloud.get<Claim>(resources.claims, name, 'a')
const boundOf = async (cloud: Cloud, name: string) => (await dataVolume(cloud, name))?.status?.conditions?.find(({ type }) => type === 'Bound')
const made = (cloud: Cloud, name: string) => cloud.until(`disk ${name}`, async () => await phaseOf(cloud, name) === 'Succeeded' && claimOf(cloud, name))
const eventsOf = async (cloud: Cloud, name: string) => (await cloud.client.list<{ reason: string; message: string } & Claim>(resources.events, { namespace: 'a' })).items
  .filter((event) => event.metadata.name.startsWith(`${name}.`)).map(({ reason, message }) => `${reason} ${message}`)

test('a disk is cloned where its storage can, and else every byte of it is copied', async (t) => {
  const cloud = await startCloud({ importTime: 4000 })
  await cloud.client.create(resources.dataVolumes, disk('source', 'basic', '2Gi'))
  const { spec: { volumeName: source = '' } } = await made(cloud, 'source')
  t.is((await cloud.get<Volume>(resources.volumes, source))?.spec.csi?.driver, basicDriver)
  for (const [name, storage] of [['same', 'basic'], ['other', 'standard']] as const) {
    await cloud.client.create(resources.dataVolumes, disk(name, storage, '2Gi', { pvc: { namespace: 'a', name: 'source' } }))
    await cloud.until('progress', async () => (await dataVolume(cloud, name))?.status?.progress === '50.00%')
    t.is(await phaseOf(cloud, name), 'CloneInProgress')
    const copy = await made(cloud, name)
    t.like(cloud.disks.all.get(copy.spec.volumeName ?? ''), { from: source, copied: true })
  }
  await cloud.client.create(resources.dataVolumes, disk('cloned', 'standard', '4Gi', { pvc: { namespace: 'a', name: 'other' } }))
  t.is(cloud.disks.all.get((await made(cloud, 'cloned')).spec.volumeName ?? '')?.copied, undefined)
  await cloud.close()
})

test('storage that is full makes no volume, says so on the claim and the DataVolume, and goes on when there is room', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.storageClasses, storageClass('small', small))
  await cloud.client.create(resources.dataVolumes, disk('first', 'small', '6Gi'))
  await made(cloud, 'first')
  await cloud.client.create(resources.dataVolumes, disk('second', 'small', '6Gi'))
  await cloud.until('the refusal', async () => (await boundOf(cloud, 'second'))?.message?.includes('ResourceExhausted'))
  const why = 'failed to provision volume with StorageClass "small": rpc error: code = ResourceExhausted desc = 6442450944 bytes are asked for and 4294967296 of 10737418240 are free'
  const { metadata: { uid }, status } = await claimOf(cloud, 'second') as Claim
  t.is(status?.phase, 'Pending')
  t.like(await boundOf(cloud, 'second'), { status: 'False', reason: 'Pending', message: `target PVC second Pending and [prime-${uid}] : ${why}` })
  t.true((await eventsOf(cloud, 'second')).includes(`ProvisioningFailed [prime-${uid}] : ${why}`))
  await cloud.client.delete(resources.dataVolumes, { name: 'first', namespace: 'a' })
  await made(cloud, 'second')
  await cloud.close()
})

test('a plain claim for which there is no room waits, and disks that are made at once never share the same room', async (t) => {
  const cloud = await startCloud({ timings: { provision: 500 } })
  await cloud.client.create(resources.storageClasses, storageClass('small', small))
  const names = ['one', 'two', 'three']
  for (const name of names) {
    const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'small', resources: { requests: { storage: '5Gi' } } }
    await cloud.client.create(resources.claims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'a' }, spec })
  }
  await cloud.pass(3000)
  const phases = async () => Promise.all(names.map(async (name) => (await claimOf(cloud, name))?.status?.phase))
  t.deepEqual((await phases()).toSorted(), ['Bound', 'Bound', 'Pending'])
  const waiting = names[(await phases()).indexOf('Pending')] ?? ''
  t.regex((await eventsOf(cloud, waiting)).join(), /ProvisioningFailed failed to provision volume with StorageClass "small": rpc error: code = ResourceExhausted/)
  await cloud.client.delete(resources.claims, { name: names.find((name) => name !== waiting) ?? '', namespace: 'a' })
  await cloud.until('room', async () => (await claimOf(cloud, waiting))?.status?.phase === 'Bound')
  await cloud.close()
})

test('a volume grows no further than its storage, and does so when there is room', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.storageClasses, storageClass('small', { provisioner: 'sandbox.kumulus.dev', parameters: { capacity: '10Gi' }, allowVolumeExpansion: true }))
  for (const name of ['first', 'second']) await cloud.client.create(resources.dataVolumes, disk(name, 'small', '4Gi'))
  await Promise.all(['first', 'second'].map((name) => made(cloud, name)))
  await cloud.client.mergePatch(resources.claims, { name: 'first', namespace: 'a' }, { spec: { resources: { requests: { storage: '8Gi' } } } })
  const refused = await cloud.until('the refusal', async () => (await claimOf(cloud, 'first'))?.status?.conditions?.[0])
  t.like(refused, { type: 'ControllerResizeError', status: 'True' })
  t.regex(refused.message ?? '', /^failed to expand pvc with rpc error: code = ResourceExhausted/)
  await cloud.client.delete(resources.dataVolumes, { name: 'second', namespace: 'a' })
  await cloud.until('growth', async () => (await claimOf(cloud, 'first'))?.status?.capacity?.storage === '8Gi')
  t.deepEqual((await claimOf(cloud, 'first'))?.status?.conditions, [])
  await cloud.close()
})

test('a driver without snapshots and clones makes no volume of one, and says so', async (t) => {
  const cloud = await startCloud()
  const dataSource = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'any' }
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'basic', resources: { requests: { storage: '1Gi' } }, dataSource }
  await cloud.client.create(resources.claims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'restored', namespace: 'a' }, spec })
  await cloud.until('the refusal', async () => (await eventsOf(cloud, 'restored')).some((each) => each.includes('CSI driver does not support snapshot restore')))
  t.is((await claimOf(cloud, 'restored'))?.status?.phase, 'Pending')
  await cloud.close()
})
