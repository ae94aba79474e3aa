import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { instanceSpec } from '../../../crds/v1alpha1/instance.ts'
import { volumeSpec } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import { recordAnnotation } from '../../providers/csi/attachment-records.ts'
import { claimInformer } from '../../providers/csi/informers.ts'
import { virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import { ownerLabels } from '../../runtime/ownership.ts'
import { instanceInformer } from '../instance/store.ts'
import { cacheOf, holding, recordingContext } from '../recording-context.ts'
import { volumeInformer } from '../volume/store.ts'
import { volumeAttachmentController } from './controller.ts'
import { observeVolumeAttachment } from './observe.ts'

const meta = (name: string, uid: string, more: object = {}) =>
  ({ name, namespace: 'a', uid, resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z', ...more })
const ours = (kind: string, name: string, spec: object): KubeObject & { spec: object } =>
  ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: meta(name, `uid-${kind}`), spec })

const volume = { ...ours('Volume', 'data', volumeSpec.parse({ availabilityZone: 'zone-a', size: '1Gi' })), status: { state: 'available', conditions: [{ type: 'Ready', status: 'True', reason: 'Available' }] } }
const instance = ours('Instance', 'web', instanceSpec.parse({ subnetRef: { name: 'a' }, imageRef: { name: 'i' }, instanceType: 't' }))
const attachment = ours('VolumeAttachment', 'web-data', { volumeRef: { name: 'data' }, instanceRef: { name: 'web' }, device: '/dev/sdf', readOnly: false }) as
  unknown as VolumeAttachment
const record = { attachment: attachment.metadata.uid, machine: 'first', instanceName: 'web', attachmentName: 'web-data' }
const claim = {
  apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('data', 'uid-claim', { labels: ownerLabels(volume), annotations: recordAnnotation(record) }),
  spec: {}, status: { phase: 'Bound' },
}

/** A machine of the instance's name that somebody has made in the place of the one that the record is for. */
const made = (claimName: string, labels = ownerLabels(instance)) => {
  const volumes = [{ name: claimName, persistentVolumeClaim: { claimName, hotpluggable: true } }]
  return {
    apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: meta('web', 'second', { labels }),
    spec: { runStrategy: 'RerunOnFailure', template: { spec: { volumes, domain: { devices: { disks: [] } } } } },
  }
}

/** What each step said until one was not ready, and all that was written. */
const passOf = async (machine: ReturnType<typeof made>, isGoing: boolean, its = claim) => {
  const object = isGoing ? { ...attachment, metadata: { ...attachment.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } } : attachment
  const cache = cacheOf(
    holding(volumeInformer, volume), holding(instanceInformer, instance), holding(claimInformer, its), holding(virtualMachineInformer, machine),
  )
  const context = recordingContext(object, observeVolumeAttachment(object, cache), [machine, its, object])
  const { steps, finalize = {} } = volumeAttachmentController()
  for (const step of Object.values(isGoing ? finalize : steps)) {
    const outcome = await step(context)
    if (outcome.kind !== 'ready') return { reason: outcome.reason, patches: context.recording.patches }
  }
  return { reason: 'ready', patches: context.recording.patches }
}

for (const isGoing of [false, true]) {
  const title = isGoing ? 'being detached' : 'attached'
  test(`a machine that was made again with the disk in it has the volume, which is ${title}: the record is handed on, never taken off`, async t => {
    const { reason, patches } = await passOf(made('data'), isGoing)
    t.is(reason, isGoing ? 'Detaching' : 'Attaching')
    t.deepEqual(patches, [{ metadata: { annotations: recordAnnotation({ ...record, machine: 'second' }) } }])
  })

  test(`a stranger's machine of the name is no reason to give away a volume that it has, which is ${title}`, async t => {
    const { reason, patches } = await passOf(made('data', ownerLabels(volume)), isGoing)
    t.is(reason, 'Detaching')
    t.deepEqual(patches, [])
  })

  test(`a machine that was made again without the disk does not have the volume, which is ${title}: the record of the one before is taken off`, async t => {
    const { patches } = await passOf(made('other'), isGoing)
    t.deepEqual(patches[0], { metadata: { annotations: { [Object.keys(recordAnnotation(record))[0] ?? '']: null } } })
  })
}

const plantedFor = (owner: typeof instance) =>
  passOf(made('other'), false, { ...claim, metadata: { ...claim.metadata, ...meta('data', 'uid-planted', { labels: ownerLabels(owner), annotations: {} }) } })

test('a claim under the Volume\'s name that is not the Volume\'s is given to no machine', async t => {
  for (const other of [{ ...volume, metadata: { ...volume.metadata, uid: 'uid-other' } }, instance]) {
    t.like(await plantedFor(other), { reason: 'DependencyNotReady', patches: [] })
  }
  t.like(await plantedFor(volume), { reason: 'Attaching', patches: { length: 1 } })
})
