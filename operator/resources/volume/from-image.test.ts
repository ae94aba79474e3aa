import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { type Image, imageSpec } from '../../../crds/v1alpha1/image.ts'
import { snapshotSpec } from '../../../crds/v1alpha1/snapshot.ts'
import { type Volume, volumeSpec } from '../../../crds/v1alpha1/volume.ts'
import type { Access } from '../../runtime/access.ts'
import type { Cache } from '../../runtime/store.ts'
import { claimInformer } from '../../providers/csi/informers.ts'
import { ownerLabels } from '../../runtime/ownership.ts'
import { imageInformer } from '../image/store.ts'
import { world } from '../instance/sample.ts'
import { cacheOf, holding, recordingContext } from '../recording-context.ts'
import { keptName, snapshotInformer } from '../snapshot/store.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { buildVolumeData, checkReferences } from './data.ts'
import { observeVolume, questionOfVolume } from './observe.ts'
import { volumeInformer } from './store.ts'

const meta = (name: string, namespace: string) => ({ name, namespace, uid: `uid-${name}`, resourceVersion: '1', generation: 1 })
const volumeOf = (imageRef: object): Volume =>
  ({ apiVersion: 'kumulus.dev/v1alpha1', kind: 'Volume', metadata: meta('web-sdb', 'team-a'), spec: volumeSpec.parse({ availabilityZone: 'zone-a', imageRef }) })

const device = (deviceName: string, size: string) => ({ deviceName, snapshotID: 'snap-1', size, encrypted: false, deleteOnTermination: true })
const imageOf = (namespaces: string[], source: object = { instanceRef: { name: 'db' } }): Image => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Image', metadata: meta('golden', 'images'), spec: imageSpec.parse({ source, launchPermissions: { namespaces } }),
  status: { observedGeneration: 1, state: 'available', size: '8Gi', blockDevices: [device('/dev/sda1', '8Gi'), device('/dev/sdb', '20Gi')] },
})
const id = idOf(idPrefixes.image, 'uid-golden')
const kept = (deviceName: string) => ({ volumeID: `vol-${deviceName.slice(5)}`, volumeName: 'x', deviceName, encrypted: false, state: 'completed' })
const snapshotOf = (name: string, owner: string) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Snapshot', metadata: { ...meta(name, 'images'), labels: { 'kumulus.dev/owner-uid': owner } },
  spec: snapshotSpec.parse({ instanceRef: { name: 'db' } }), status: { observedGeneration: 1, state: 'completed', volumes: [kept('/dev/sda1'), kept('/dev/sdb')] },
}) as KubeObject

const around = (volume: Volume, image: Image, ...snapshots: KubeObject[]) => cacheOf(
  holding(volumeInformer, volume), holding(volumeTypeInformer, world.gp3), holding(imageInformer, image), holding(snapshotInformer, ...snapshots),
)

const outcomeOf = (volume: Volume, image: Image, ...snapshots: KubeObject[]) => outcomeIn(volume, around(volume, image, ...snapshots))

const outcomeIn = (volume: Volume, cache: Cache, access?: Access) => {
  const facts = observeVolume(volume, cache, 0, access)
  const outcome = checkReferences(recordingContext(volume, facts))
  return { outcome, data: outcome.kind === 'ready' ? buildVolumeData(volume, facts).spec : undefined }
}

const data = { name: 'golden', namespace: 'images', deviceName: '/dev/sdb' }

test('a volume of one disk of an image is cloned from what the image keeps of just that, and has its size', t => {
  const snapshot = snapshotOf(id, 'uid-golden')
  const { data: made } = outcomeOf(volumeOf(data), imageOf(['team-a']), snapshot)
  t.like(made, { source: { snapshot: { namespace: 'images', name: keptName(snapshot as never, 'vol-sdb') } }, storage: { resources: { requests: { storage: '20Gi' } } } })
  const { data: root } = outcomeOf(volumeOf({ ...data, deviceName: '/dev/sda1' }), imageOf(['team-a']), snapshot)
  t.like(root, { sourceRef: { kind: 'DataSource', namespace: 'images', name: id }, storage: { resources: { requests: { storage: '8Gi' } } } })
})

test('a disk of an image that is not shared is nobody\'s else', t => {
  t.like(outcomeOf(volumeOf(data), imageOf(['team-b']), snapshotOf(id, 'uid-golden')).outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
})

test('a disk of an image that roles share is cloned in the pass in which they say so, and in no other', t => {
  const volume = volumeOf(data)
  const cache = around(volume, imageOf([]), snapshotOf(id, 'uid-golden'))
  const about = questionOfVolume(volume, cache)?.about ?? ''
  t.like(outcomeIn(volume, cache, { about, allowed: true }), { outcome: { kind: 'ready' }, data: { source: { snapshot: { namespace: 'images' } } } })
  t.like(outcomeIn(volume, cache, { about, allowed: false }).outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
  t.like(outcomeIn(volume, cache, { about, failure: 'no answer' }).outcome, { kind: 'waiting', reason: 'SharingUnknown' })
  t.like(outcomeIn(volume, cache, { about: 'another image', allowed: true }).outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { ...meta('web-sdb', 'team-a'), labels: ownerLabels(volume) }, spec: {}, status: {} }
  t.is(questionOfVolume(volume, cacheOf(holding(claimInformer, claim), holding(imageInformer, imageOf([])))), undefined, 'what is made is made')
})

test('what has the name of the image\'s own Snapshot and is not is not cloned, nor is an image that its map belies', t => {
  t.like(outcomeOf(volumeOf(data), imageOf(['team-a']), snapshotOf(id, 'uid-of-a-stranger')).outcome, { kind: 'waiting', reason: 'DependencyNotReady' })
  const imported = imageOf(['team-a'], { http: { url: 'https://images.example.com/disk' } })
  t.like(outcomeOf(volumeOf(data), imported, snapshotOf(id, 'uid-golden')).outcome, { kind: 'waiting', reason: 'DependencyNotReady' })
})

test('a disk that the image does not have is refused in words', t => {
  const { outcome } = outcomeOf(volumeOf({ ...data, deviceName: '/dev/sdc' }), imageOf(['team-a']), snapshotOf(id, 'uid-golden'))
  t.like(outcome, { kind: 'blocked', reason: 'InvalidSpec' })
  t.regex('message' in outcome ? outcome.message : '', /beside its root \/dev\/sdb/)
})
