import test from 'ava'
import type { VolumeType } from '../../../crds/v1alpha1/volume-type.ts'
import { storageClassInformer } from '../../providers/csi/informers.ts'
import { ready } from '../../runtime/outcome.ts'
import { cacheOf, holding } from '../recording-context.ts'
import { awaitStorageClasses, observeVolumeType, volumeTypeStatus } from './controller.ts'
import { volumeTypeInformer } from './store.ts'

const type: VolumeType = {
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'VolumeType',
  metadata: { name: 'gp3', uid: 'gp3-uid', resourceVersion: '3', generation: 1 },
  spec: { storageClassName: 'fast', encryptedStorageClassName: 'fast-luks', media: 'SSD', multiAttach: false },
}
const storageClass = (name: string) => ({
  apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name, uid: name, resourceVersion: '1' }, provisioner: 'csi.example.com',
})

test('a VolumeType is ready once every StorageClass that it names is there; until then it waits and says which field names which', t => {
  const half = awaitStorageClasses(observeVolumeType(type, cacheOf(holding(storageClassInformer, storageClass('fast')))))
  t.like(half, { kind: 'waiting', reason: 'StorageClassNotFound' })
  t.regex(half.kind === 'waiting' ? half.message : '', /encryptedStorageClassName: fast-luks:/)
  const facts = observeVolumeType(type, cacheOf(holding(storageClassInformer, storageClass('fast'), storageClass('fast-luks'))))
  t.deepEqual(awaitStorageClasses(facts), ready)
  const status = volumeTypeStatus({ object: type, facts, outcome: ready, outcomes: {}, now: Date.UTC(2026, 0, 1) })
  t.like(status.conditions?.[0], { type: 'Ready', status: 'True', reason: 'Available' })
})

test('a StorageClass that comes or goes brings back the types that name it', t => {
  const types = cacheOf(holding(volumeTypeInformer, type)).of(volumeTypeInformer)
  for (const name of ['fast', 'fast-luks']) t.is(types.by('storageClass', name).length, 1)
  t.is(types.by('storageClass', 'other').length, 0)
})
