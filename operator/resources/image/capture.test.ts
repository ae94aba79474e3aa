import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { volumeSpec } from '../../../crds/v1alpha1/volume.ts'
import { type Image, type ImageStatus, imageSpec } from '../../../crds/v1alpha1/image.ts'
import { type Snapshot, snapshotSpec } from '../../../crds/v1alpha1/snapshot.ts'
import { dataSourceInformer } from '../../providers/cdi/informers.ts'
import { volumeSnapshotInformer } from '../../providers/csi/informers.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { ready } from '../../runtime/outcome.ts'
import { instanceInformer } from '../instance/store.ts'
import { machineFor, runFor, stored } from '../instance/sample.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { keptName, snapshotInformer } from '../snapshot/store.ts'
import { volumeInformer } from '../volume/store.ts'
import { buildCapture } from './capture.ts'
import { imageController } from './controller.ts'
import { finalizeImage } from './finalize.ts'
import { observeImage } from './observe.ts'
import { imageStatus } from './status.ts'

const settings = { operatorNamespace: 'kumulus', imageSources: [], defaultVolumeType: 'gp3' }
const now = Date.UTC(2026, 0, 1)
const minutes = (count: number): string => new Date(now + count * 60_000).toISOString().replace('.000', '')

const hasRun = { blockDevices: [{ deviceName: '/dev/sda1', volumeName: 'web-sda1', state: 'attached', attachTime: '2026-01-01T00:00:00Z', deleteOnTermination: true }] }
const instance = stored({}, { status: hasRun as never })
const imageOf = (source: object, status?: Partial<ImageStatus>): Image => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Image',
  metadata: { name: 'golden', namespace: 'team-a', uid: 'uid-golden', resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: imageSpec.parse({ source }), ...status === undefined ? {} : { status: { observedGeneration: 1, ...status } },
})
const stopping = { instanceRef: { name: instance.metadata.name } }
const running = { instanceRef: { name: instance.metadata.name, noReboot: true } }
const instanceID = idOf(idPrefixes.instance, instance.metadata.uid)
const capture = { instanceID, startTime: minutes(-1) }

const snapshotOf = (image: Image, status?: object): Snapshot => ({
  ...made(image, buildCapture(image, idOf(idPrefixes.image, image.metadata.uid), instance.metadata.name)),
  spec: snapshotSpec.parse({ instanceRef: { name: instance.metadata.name } }), ...status === undefined ? {} : { status },
}) as never
const volume = (deviceName: string, more: object = {}) =>
  ({ volumeID: `vol-${deviceName.slice(5)}`, volumeName: deviceName, deviceName, encrypted: false, size: '8Gi', state: 'pending', ...more })
const taken = { startTime: minutes(0), state: 'completed' }

type Around = { hasEverRun?: boolean; power?: 'running' | 'stopped' | 'gone'; snapshot?: Snapshot; cut?: boolean; offered?: boolean; protectedFromStop?: boolean; volumes?: object[] }

const pass = async (image: Image, { power = 'running', snapshot, cut = false, offered = false, protectedFromStop = false, hasEverRun = true, volumes = [] }: Around = {}) => {
  const machine = machineFor(instance, power === 'stopped' ? { runStrategy: 'Halted', printableStatus: 'Stopped' } : {})
  const kept = snapshot?.status?.volumes?.map(each => ({
    ...made(snapshot, { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name: keptName(snapshot, each.volumeID), namespace: 'team-a' } }),
    status: { readyToUse: true },
  })) ?? []
  const id = idOf(idPrefixes.image, image.metadata.uid)
  const source = made(image, { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataSource', metadata: { name: id, namespace: 'team-a' } })
  const facts = observeImage(settings)(image, cacheOf(
    holding(instanceInformer, ...power === 'gone' ? [] : [stored({ disableAPIStop: protectedFromStop }, hasEverRun ? { status: hasRun as never } : {})]),
    holding(virtualMachineInformer, machine), holding(virtualMachineInstanceInformer, ...power === 'running' ? [runFor(instance, 'Running')] : []),
    holding(snapshotInformer, ...snapshot === undefined ? [] : [snapshot]), holding(volumeSnapshotInformer, ...cut ? kept : []),
    holding(volumeInformer, ...volumes),
    holding(dataSourceInformer, ...offered ? [{ ...source, status: { conditions: [{ type: 'Ready', status: 'True' }] } }] : []),
  ))
  const context = { ...recordingContext(image, facts), now }
  let outcome = ready
  for (const step of Object.values(imageController(settings).steps)) {
    outcome = await step(context)
    if (outcome.kind !== 'ready') break
  }
  const { acts, applied } = context.recording
  return { facts, context, outcome, acts, applied, status: imageStatus({ object: image, facts, outcome, outcomes: {}, now }) }
}

test('an instance is stopped on record, then its volumes are taken, then it goes on', async t => {
  const begun = await pass(imageOf(stopping))
  t.deepEqual([begun.acts, begun.status.capture], [[], { instanceID, startTime: minutes(0) }], 'nothing before it is on record')
  const object = imageOf(stopping, { capture })
  t.deepEqual((await pass(object)).acts, [], 'not while it runs')
  t.deepEqual((await pass(object, { power: 'stopped' })).acts, [`apply Snapshot team-a/${begun.facts.id}`])
  const asked = snapshotOf(object, { state: 'pending', volumes: [volume('/dev/sda1'), volume('/dev/sdb', taken)] })
  t.deepEqual((await pass(object, { power: 'stopped', snapshot: asked })).status.capture, capture, 'not while a volume is still to be taken')
  const all = snapshotOf(object, { state: 'pending', volumes: [volume('/dev/sda1', taken), volume('/dev/sdb', taken)] })
  const released = await pass(object, { power: 'stopped', snapshot: all })
  t.deepEqual([released.status.capture?.endTime, released.status.state], [minutes(0), 'pending'])
})

test('an image is available when its Snapshot is completed, and its clones are made of the root', async t => {
  const object = imageOf(stopping, { capture: { ...capture, endTime: minutes(0) } })
  const snapshot = snapshotOf(object, { state: 'completed', volumes: [volume('/dev/sda1', { ...taken, encrypted: true }), volume('/dev/sdb', taken)] })
  const offered = await pass(object, { snapshot, cut: true })
  t.deepEqual(offered.acts, [`apply DataSource team-a/${offered.facts.id}`])
  t.deepEqual(offered.applied[0]?.['spec'], { source: { snapshot: { name: keptName(snapshot, 'vol-sda1'), namespace: 'team-a' } } })
  t.like((await pass(object, { snapshot, cut: true, offered: true })).status, { state: 'available', encrypted: true, size: '8Gi', progress: '100%' })
})

test('an image keeps the map of all disks: what each was is found while it is there, and stands when it has gone', async t => {
  const object = imageOf(stopping, { capture: { ...capture, endTime: minutes(0) } })
  const data = { apiVersion: 'kumulus.dev/v1alpha1', kind: 'Volume', metadata: { name: 'scratch', namespace: 'team-a', uid: 'uid-scratch', resourceVersion: '1' },
    spec: volumeSpec.parse({ availabilityZone: 'zone-a', size: '20Gi', volumeType: 'io2', iops: 500 }) }
  const volumeID = idOf(idPrefixes.volume, 'uid-scratch')
  const snapshot = snapshotOf(object, { state: 'completed', volumes: [volume('/dev/xvda', taken), volume('/dev/sdb', { ...taken, volumeID, volumeName: 'scratch', encrypted: true, size: '20Gi' })] })
  const first = await pass(object, { snapshot, cut: true, offered: true, volumes: [data] })
  const { snapshotID = '' } = first.status.blockDevices?.[0] ?? {}
  t.is(snapshotID, idOf(idPrefixes.snapshot, snapshot.metadata.uid))
  const map = [
    { deviceName: '/dev/sda1', snapshotID, size: '8Gi', encrypted: false, deleteOnTermination: true },
    { deviceName: '/dev/sdb', snapshotID, size: '20Gi', encrypted: true, deleteOnTermination: false, volumeType: 'io2', iops: 500 },
  ]
  t.deepEqual(first.status.blockDevices, map)
  const later = await pass({ ...object, status: first.status }, { snapshot, cut: true, offered: true, power: 'gone' })
  t.deepEqual(later.status.blockDevices, map, 'its volumes have gone')
  const namesake = { ...data, metadata: { ...data.metadata, uid: 'another' } }
  t.is((await pass(object, { snapshot, cut: true, volumes: [namesake] })).status.blockDevices?.[1]?.volumeType, undefined)
})

test('an instance that has never run is waited for and not held: there are no bytes to take', async t => {
  const { acts, outcome, status } = await pass(imageOf(stopping), { power: 'stopped', hasEverRun: false })
  t.like(outcome, { kind: 'waiting', reason: 'DependencyNotReady' })
  t.deepEqual([acts, status.capture], [[], undefined])
})

test('without a reboot nothing is stopped', async t => {
  const { acts, status, facts } = await pass(imageOf(running))
  t.deepEqual([acts, status.capture], [[`apply Snapshot team-a/${facts.id}`], undefined])
})

test('an instance that was stopped is held so, or a start would write under the snapshot', async t => {
  const { acts, status } = await pass(imageOf(stopping), { power: 'stopped' })
  t.deepEqual([acts, status.capture?.instanceID], [[], instanceID])
})

test('an instance that does not stop, or is not taken, goes on in time, and the image says what to do', async t => {
  const late = imageOf(stopping, { capture: { instanceID, startTime: minutes(-15) } })
  const unstoppable = await pass(late)
  t.like(unstoppable.outcome, { kind: 'blocked', reason: 'CaptureFailed' })
  t.deepEqual([unstoppable.acts, unstoppable.status.capture?.endTime, unstoppable.status.state], [[], minutes(0), 'failed'])
  const untaken = await pass(late, { power: 'stopped', snapshot: snapshotOf(late, { state: 'pending', volumes: [volume('/dev/sda1')] }) })
  t.deepEqual(untaken.acts, [`remove Snapshot team-a/${untaken.facts.id}`], 'it would be of a disk in use')
  t.is(untaken.status.capture?.endTime, minutes(0))
  const over = await pass(imageOf(stopping, { capture: { ...capture, endTime: minutes(0) } }), { power: 'stopped' })
  t.like(over.outcome, { kind: 'blocked', reason: 'CaptureFailed' })
  t.deepEqual(over.acts, [], 'it is not stopped a second time')
})

test('an instance that is protected from being stopped is not', async t => {
  const { acts, outcome } = await pass(imageOf(stopping), { protectedFromStop: true })
  t.deepEqual(acts, [])
  t.like(outcome, { kind: 'blocked', reason: 'StopProtected' })
  t.deepEqual((await pass(imageOf(running), { protectedFromStop: true })).acts.length, 1)
})

test('an image waits for its instance or its Snapshot, and says so when that is lost', async t => {
  t.like((await pass(imageOf(stopping), { power: 'gone' })).outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
  t.like((await pass(imageOf({ snapshotRef: { name: 'nightly' } }))).outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
  t.like((await pass(imageOf({ snapshotRef: { name: 'nightly' } }, { state: 'available' }))).outcome, { kind: 'blocked', reason: 'SnapshotLost' })
})

test('an image of somebody\'s Snapshot takes the volume of its root device and leaves the Snapshot alone', async t => {
  const spec = imageSpec.parse({ source: { snapshotRef: { name: 'nightly' } }, rootDeviceName: '/dev/sdb' })
  const object: Image = { ...imageOf(stopping), spec }
  const own = snapshotOf(object, { state: 'completed', volumes: [volume('/dev/sda1', taken), volume('/dev/sdb', taken)] })
  const snapshot = { ...own, metadata: { ...own.metadata, name: 'nightly', uid: 'uid-nightly', labels: {} } }
  const { applied, facts, context } = await pass(object, { snapshot, cut: true })
  t.deepEqual(applied[0]?.['spec'], { source: { snapshot: { name: keptName(snapshot, 'vol-sdb'), namespace: 'team-a' } } })
  t.deepEqual(await finalizeImage['captured']?.(context), ready)
  const ofInstance = await pass(imageOf(stopping), { snapshot: snapshotOf(imageOf(stopping), { state: 'pending', volumes: [] }) })
  t.is((await finalizeImage['captured']?.(ofInstance.context))?.kind, 'waiting')
  t.deepEqual(ofInstance.acts.at(-1), `remove Snapshot team-a/${facts.id}`)
})
