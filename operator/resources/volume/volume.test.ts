import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { type Volume, volumeSpec } from '../../../crds/v1alpha1/volume.ts'
import { dataVolumeInformer } from '../../providers/cdi/informers.ts'
import { claimInformer, persistentVolumeInformer, storageClassInformer } from '../../providers/csi/informers.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { ready } from '../../runtime/outcome.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { golden } from '../golden.ts'
import { imageInformer } from '../image/store.ts'
import { machineFor, runFor, stored, world } from '../instance/sample.ts'
import { instanceInformer } from '../instance/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { buildVolumeData, checkReferences, ensureData } from './data.ts'
import { volumeController } from './controller.ts'
import { finalizeVolume } from './finalize.ts'
import { ensureKept, keepBytes } from './keep.ts'
import { ensureModified } from './modification.ts'
import { observeVolume } from './observe.ts'
import { volumeStatus } from './status.ts'
import { volumeInformer } from './store.ts'

const now = Date.UTC(2026, 0, 1)
const settings = { operatorNamespace: 'kumulus', imageSources: [], defaultVolumeType: 'gp3' }
const volumeOf = (spec: object = {}, status?: object): Volume => ({
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'Volume',
  metadata: { name: 'data', namespace: 'team-a', uid: 'uid-volume', resourceVersion: '1', generation: 1 },
  spec: volumeSpec.parse({ availabilityZone: 'zone-a', size: '20Gi', ...spec }),
  ...status === undefined ? {} : { status: status as Volume['status'] },
}) as Volume

type Around = {
  dataVolume?: object
  claim?: object
  persistentVolume?: object
  instances?: object[]
  machines?: object[]
  runs?: object[]
  images?: object[]
  expandable?: boolean
}

const factsOf = (volume: Volume, around: Around = {}) => {
  const hold = (spec: unknown, ...objects: (object | undefined)[]) =>
    holding(spec as InformerSpec<KubeObject>, ...objects.filter(each => each !== undefined))
  return observeVolume(volume, cacheOf(
    hold(volumeInformer, volume), hold(volumeTypeInformer, world.gp3), hold(imageInformer, ...around.images ?? [world.image]),
    hold(storageClassInformer, {
      apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'fast', uid: 'sc', resourceVersion: '1' }, provisioner: 'csi',
      allowVolumeExpansion: around.expandable ?? true,
    }),
    hold(dataVolumeInformer, around.dataVolume), hold(claimInformer, around.claim), hold(persistentVolumeInformer, around.persistentVolume),
    hold(instanceInformer, ...around.instances ?? []), hold(virtualMachineInformer, ...around.machines ?? []),
    hold(virtualMachineInstanceInformer, ...around.runs ?? []),
  ))
}

const dataVolume = (volume: Volume, status: object) => ({ ...made(volume, buildVolumeData(volume, factsOf(volume))), status })
const claim = (volume: Volume, more: { requested?: string; capacity?: string; volumeName?: string; phase?: string } = {}) => ({
  ...made(volume, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'team-a' } }),
  spec: { storageClassName: 'fast', volumeName: more.volumeName ?? 'pv-1', resources: { requests: { storage: more.requested ?? '20Gi' } } },
  status: { phase: more.phase ?? 'Bound', capacity: { storage: more.capacity ?? '20Gi' } },
})
const persistentVolume = (policy: string, claimUID = 'uid-of-PersistentVolumeClaim-data', labels: Record<string, string> = {}) => ({
  apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv-1', uid: 'uid-pv', resourceVersion: '1', labels },
  spec: { persistentVolumeReclaimPolicy: policy, claimRef: { uid: claimUID } },
})
const marked = (policy: string) => persistentVolume(policy, undefined, { 'kumulus.dev/owner-uid': 'uid-volume', 'app.kubernetes.io/managed-by': 'kumulus' })

const user = () => {
  const instance = stored({ blockDevices: [{ deviceName: '/dev/sda1' }] })
  const machine = machineFor(instance)
  const template = { ...machine.spec.template, spec: { volumes: [{ name: 'x', persistentVolumeClaim: { claimName: 'data' } }] } }
  return { instance, machine: { ...machine, spec: { ...machine.spec, template } } }
}

test('what a volume becomes is as the golden file says', t => {
  const blank = volumeOf()
  const { size: _, ...rooted } = volumeOf({ imageRef: { name: 'debian' } }).spec
  const root = { ...volumeOf(), spec: rooted }
  const { actual, expected } = golden(import.meta.dirname, 'data', buildVolumeData(blank, factsOf(blank)), buildVolumeData(root, factsOf(root)))
  t.deepEqual(actual, expected)
})

test('nothing that holds bytes has an ownerReference', async t => {
  const volume = volumeOf()
  const context = recordingContext(volume, factsOf(volume))
  await ensureData(context)
  t.is(context.recording.applied.length, 1)
  t.false('ownerReferences' in (context.recording.applied[0]?.metadata ?? {}))
})

test('a claim that was filled in part when its DataVolume was deleted is given to no machine', t => {
  const volume = volumeOf()
  const half = claim(volume)
  const owned = { ...half, metadata: { ...half.metadata, ownerReferences: [{ apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', name: 'data', uid: 'gone' }] } }
  t.false(factsOf(volume, { claim: owned }).attachable)
  t.true(factsOf(volumeOf({}, { observedGeneration: 1, state: 'in-use' }), { claim: owned }).attachable, 'it was whole before')
})

test('a DataVolume that was tidied away is not made again while its claim is there', async t => {
  const volume = volumeOf()
  const context = recordingContext(volume, factsOf(volume, { claim: claim(volume) }))
  t.is((await ensureData(context)).kind, 'ready')
  t.deepEqual(context.recording.acts, [])
})

for (const [phase, kind] of [['ImportInProgress', 'waiting'], ['WaitForFirstConsumer', 'ready'], ['PendingPopulation', 'ready'], ['Succeeded', 'ready']] as const) {
  test(`a volume whose DataVolume is ${phase} is ${kind === 'ready' ? '' : 'not '}attachable`, async t => {
    const volume = volumeOf()
    t.is((await ensureData(recordingContext(volume, factsOf(volume, { dataVolume: dataVolume(volume, { phase }) })))).kind, kind)
  })
}

test('a claim of somebody else that has the name is found out when none of ours comes, and is left alone', async t => {
  const young = volumeOf()
  const volume = { ...young, metadata: { ...young.metadata, creationTimestamp: new Date(now - 60_000).toISOString() } }
  const facts = factsOf(volume, { dataVolume: dataVolume(volume, {}) })
  const planted = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'team-a', uid: 'planted' } }
  const owned = { ...planted, metadata: { ...planted.metadata, ownerReferences: [{ uid: facts.dataVolume?.metadata.uid ?? '' }] } }
  await t.throwsAsync(async () => ensureData(recordingContext(volume, facts, [planted as KubeObject])), {
    name: 'NameConflictError', message: /^PersistentVolumeClaim team-a\/data exists and was not made for this Volume: delete it if nobody needs it/,
  })
  for (const live of [[], [owned as KubeObject]]) t.like(await ensureData(recordingContext(volume, facts, live)), { kind: 'waiting', reason: 'Creating' })
  const early = recordingContext(young, facts, [planted as KubeObject])
  t.like(await ensureData(early), { kind: 'waiting', reason: 'Creating' })
  t.deepEqual(early.recording.acts, [], 'nobody is asked for what is about to come')
})

test('storage that fails is told in its own words', async t => {
  const volume = volumeOf()
  const conditions = [{ type: 'Running', status: 'False', reason: 'Error', message: 'no space' }]
  const facts = factsOf(volume, { dataVolume: dataVolume(volume, { phase: 'CloneInProgress', conditions }) })
  const outcome = await ensureData(recordingContext(volume, facts))
  t.like(outcome, { kind: 'blocked', reason: 'ProvisioningFailed' })
  t.is(volumeStatus({ object: volume, facts, outcome, outcomes: {}, now }).state, 'error')
})

test('a PersistentVolume is kept as soon as it is bound, and once is enough', async t => {
  const volume = volumeOf()
  const fresh = recordingContext(volume, factsOf(volume, { claim: claim(volume) }), [persistentVolume('Delete') as KubeObject])
  await ensureKept(fresh)
  t.deepEqual(fresh.recording.acts, ['read PersistentVolume pv-1', 'patch PersistentVolume pv-1'])
  const kept = recordingContext(volume, factsOf(volume, { claim: claim(volume), persistentVolume: marked('Retain') }))
  await ensureKept(kept)
  t.deepEqual(kept.recording.acts, [])
})

test('a PersistentVolume is left to those who bind it, save where the deletion of its volume waits', async t => {
  const volume = volumeOf()
  const facts = factsOf(volume, { claim: claim(volume, { phase: 'Pending' }) })
  const binding = recordingContext(volume, facts, [persistentVolume('Delete') as KubeObject])
  t.is((await ensureKept(binding)).kind, 'ready')
  t.deepEqual(binding.recording.acts, [])
  await keepBytes(binding)
  t.deepEqual(binding.recording.acts, ['read PersistentVolume pv-1', 'patch PersistentVolume pv-1'])
})

test('a PersistentVolume that is bound to another claim by now is left alone', async t => {
  const volume = volumeOf()
  const context = recordingContext(volume, factsOf(volume, { claim: claim(volume) }), [persistentVolume('Delete', 'another') as KubeObject])
  await ensureKept(context)
  t.deepEqual(context.recording.acts, ['read PersistentVolume pv-1'])
})

const namespace = (going: boolean) => ({
  apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a', uid: 'ns', resourceVersion: '1', ...going ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {} },
}) as KubeObject

const decide = async (spec: object, ...live: KubeObject[]) => {
  const volume = volumeOf(spec)
  const context = recordingContext(volume, factsOf(volume, { claim: claim(volume), persistentVolume: marked('Retain') }), [marked('Retain') as KubeObject, ...live])
  const outcome = await finalizeVolume(settings)['bytes']?.(context)
  if (outcome?.kind !== 'ready') throw new Error(`bytes: ${outcome?.kind}`)
  return context.recording.acts.includes('patch PersistentVolume pv-1') ? 'goes' : 'stays'
}

test('bytes go when a Volume is deleted by name, and in no other case', async t => {
  t.is(await decide({}, namespace(false)), 'goes')
  t.is(await decide({}, namespace(true)), 'stays', 'the whole namespace is deleted')
  t.is(await decide({}), 'stays', 'the namespace can\'t be found')
  t.is(await decide({ deletionPolicy: 'Retain' }, namespace(false)), 'stays')
})

test('where deleted volumes are kept for a while, the moment of the end is written once, and nothing is let go', async t => {
  const volume = volumeOf()
  const decided = async (persistentVolume: object) => {
    const facts = factsOf(volume, { claim: claim(volume), persistentVolume })
    const context = recordingContext(volume, facts, [persistentVolume as KubeObject, namespace(false)])
    await finalizeVolume({ ...settings, keepDeletedVolumes: 86_400_000 })['bytes']?.(context)
    return context.recording.patches
  }
  const [written, ...more] = await decided(marked('Retain'))
  t.deepEqual(more, [])
  t.like(written, { metadata: { annotations: { 'kumulus.dev/destroy-after': '2026-01-02T00:00:00Z' } }, spec: { persistentVolumeReclaimPolicy: 'Retain' } })
  const planned = marked('Retain')
  t.deepEqual(await decided({ ...planned, metadata: { ...planned.metadata, annotations: { 'kumulus.dev/destroy-after': '2025-12-31T00:00:00Z' } } }), [])
})

test('a volume in use is not deleted: it waits and names the instance', async t => {
  const volume = volumeOf()
  const { instance, machine } = user()
  const facts = factsOf(volume, { instances: [instance], machines: [machine] })
  const outcome = await finalizeVolume(settings)['users']?.(recordingContext(volume, facts))
  t.like(outcome, { kind: 'waiting', reason: 'DependencyViolation' })
  t.true(outcome !== undefined && 'message' in outcome && outcome.message.includes('Instance "web"'))
})

test('a volume on an instance is in-use and says where', t => {
  const volume = volumeOf({}, { observedGeneration: 1, state: 'available' })
  const { instance, machine } = user()
  const facts = factsOf(volume, { instances: [instance], machines: [machine], runs: [runFor(instance, 'Running')], claim: claim(volume),
    dataVolume: dataVolume(volume, { phase: 'Succeeded' }) })
  const status = volumeStatus({ object: volume, facts, outcome: ready, outcomes: {}, now })
  t.is(status.state, 'in-use')
  t.like(status.attachments?.[0], { instanceName: 'web', state: 'attached', attachTime: '2026-01-01T00:00:00Z' })
})

test('a volume that is filled for its first machine stays in-use, attaching until that machine runs and attached while it is stopped and started', t => {
  const { instance, machine } = user()
  const attachments = [{ instanceName: 'web', instanceID: idOf(idPrefixes.instance, instance.metadata.uid), device: '/dev/sda1', state: 'attached' }]
  const seen = (before: object, around: Around, phase: string) => {
    const volume = volumeOf({}, { observedGeneration: 1, ...before })
    const all = { instances: [instance], machines: [machine], claim: claim(volume), dataVolume: dataVolume(volume, { phase }), ...around }
    const facts = factsOf(volume, all)
    const { state, attachments: seen } = volumeStatus({ object: volume, facts, outcome: ready, outcomes: {}, now })
    return `${state} ${seen?.[0]?.state}`
  }
  t.is(seen({ state: 'in-use' }, {}, 'PendingPopulation'), 'in-use attaching')
  t.is(seen({ state: 'in-use' }, { runs: [runFor(instance, 'Scheduling')] }, 'CloneInProgress'), 'in-use attaching')
  t.is(seen({ state: 'in-use' }, { runs: [runFor(instance, 'Running')] }, 'Succeeded'), 'in-use attached')
  t.is(seen({ state: 'in-use', attachments }, {}, 'Succeeded'), 'in-use attached')
  t.is(seen({ state: 'in-use', attachments }, { runs: [runFor(instance, 'Scheduling')] }, 'Succeeded'), 'in-use attached')
  t.is(seen({ state: 'creating' }, {}, 'CloneInProgress'), 'creating undefined')
})

test('a volume that was given away is never said to be in the making again, though its claim is not seen yet', t => {
  const { instance, machine } = user()
  const stateAfter = (state: string) => {
    const volume = volumeOf({}, { observedGeneration: 1, state })
    const facts = factsOf(volume, { instances: [instance], machines: [machine], dataVolume: dataVolume(volume, { phase: 'CloneInProgress' }) })
    return volumeStatus({ object: volume, facts, outcome: ready, outcomes: {}, now }).state
  }
  t.is(stateAfter('in-use'), 'in-use')
  t.is(stateAfter('creating'), 'creating')
})

test('a volume grows by its claim, and says so where its storage can\'t', async t => {
  const volume = volumeOf({ size: '30Gi' })
  const grown = recordingContext(volume, factsOf(volume, { claim: claim(volume) }))
  t.like(await ensureModified({})(grown), { kind: 'waiting', reason: 'Resizing' })
  t.deepEqual(grown.recording.acts, ['patch PersistentVolumeClaim team-a/data', 'event Normal Resizing'])
  t.like(await ensureModified({})(recordingContext(volume, factsOf(volume, { claim: claim(volume), expandable: false }))), { kind: 'blocked', reason: 'NotExpandable' })
  t.is((await ensureModified({})(recordingContext(volume, factsOf(volume, { claim: claim(volume, { requested: '30Gi', capacity: '30Gi' }) })))).kind, 'ready')
})

test('a size below that of the image is refused also where admission let it through', t => {
  const volume = volumeOf({ size: '1Gi', imageRef: { name: 'debian' } })
  t.like(checkReferences(recordingContext(volume, factsOf(volume))), { kind: 'blocked', reason: 'InvalidSpec' })
})

test('what its source forbids stays unmade however often it is looked at', t => {
  const spec = { size: '1Gi', imageRef: { name: 'debian' } }
  let volume = volumeOf(spec)
  for (let pass = 0; pass < 3; pass++) {
    const facts = factsOf(volume)
    const outcome = checkReferences(recordingContext(volume, facts))
    t.like(outcome, { kind: 'blocked', reason: 'InvalidSpec' })
    volume = volumeOf(spec, volumeStatus({ object: volume, facts, outcome, outcomes: { references: outcome }, now }))
    t.is(volume.status?.size, undefined)
  }
})

test('an image whose share was taken back is cloned by nobody', t => {
  const foreign = { ...world.image, metadata: { ...world.image.metadata, namespace: 'team-b' } }
  const volume = volumeOf({ imageRef: { name: 'debian', namespace: 'team-b' } })
  const outcome = (launchPermissions: object) =>
    checkReferences(recordingContext(volume, factsOf(volume, { images: [{ ...foreign, spec: { ...foreign.spec, launchPermissions } }] })))
  t.like(outcome({ public: false }), { kind: 'waiting', reason: 'DependencyNotFound' })
  t.like(outcome({ public: false, namespaces: ['team-c'] }), { kind: 'waiting', reason: 'DependencyNotFound' })
  t.is(outcome({ public: false, namespaces: ['team-a'] }).kind, 'ready')
  t.is(outcome({ public: true }).kind, 'ready')
})

test('bytes are kept though the spec asks for what is not served, and while a deletion waits for an instance', async t => {
  t.is(Object.keys(volumeController(settings).steps)[1], 'kept')
  const volume = volumeOf()
  const { instance, machine } = user()
  const facts = factsOf(volume, { instances: [instance], machines: [machine], claim: claim(volume) })
  const context = recordingContext(volume, facts, [persistentVolume('Delete') as KubeObject])
  t.like(await finalizeVolume(settings)['users']?.(context), { kind: 'waiting', reason: 'DependencyViolation' })
  t.deepEqual(context.recording.acts, ['read PersistentVolume pv-1', 'patch PersistentVolume pv-1'])
})

test('growth beyond its VolumeType is refused also where admission let it through', async t => {
  const volume = volumeOf({ size: '30Gi' })
  const facts = { ...factsOf(volume, { claim: claim(volume) }), violations: ['spec.size: volumes of type gp3 have at most 25Gi'] }
  const context = recordingContext(volume, facts)
  t.like(await ensureModified({})(context), { kind: 'blocked', reason: 'InvalidSpec' })
  t.deepEqual(context.recording.acts, [])
})

test('what is cloned is told by the image itself, whatever its status says', t => {
  const volume = volumeOf({ imageRef: { name: 'debian' } })
  const forged = { ...world.image, status: { observedGeneration: 1, state: 'available', dataSource: { name: 'of-somebody-else' } } }
  t.false(JSON.stringify(buildVolumeData(volume, factsOf(volume, { images: [forged] }))).includes('of-somebody-else'))
})
