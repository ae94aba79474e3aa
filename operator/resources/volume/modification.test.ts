import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { type Volume, volumeSpec, type VolumeStatus } from '../../../crds/v1alpha1/volume.ts'
import { type VolumeType, volumeTypeSpec } from '../../../crds/v1alpha1/volume-type.ts'
import { attributesClassInformer, attributesClassName, buildAttributesClass } from '../../providers/csi/attributes-class.ts'
import { claimInformer, storageClassInformer } from '../../providers/csi/informers.ts'
import { dataVolumeInformer } from '../../providers/cdi/informers.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { ensureClasses, observeClasses } from '../volume-type/classes.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { ensureModified } from './modification.ts'
import { observeVolume } from './observe.ts'
import { volumeStatus } from './status.ts'
import { volumeInformer } from './store.ts'

const now = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const parameters = { iops: '{iops}', bytesPerSecond: '{throughputBytes}', tier: 'fast' }

const typeOf = (spec: object = {}, status?: object): VolumeType => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'VolumeType', metadata: { name: 'gp3', uid: 'uid-gp3', resourceVersion: '1', generation: 1 },
  spec: volumeTypeSpec.parse(JSON.parse(JSON.stringify({
    storageClassName: 'fast', iops: { min: 3000, max: 16000 }, throughput: { min: 125, max: 1000 }, volumeAttributeParameters: parameters, ...spec,
  }))),
  ...status === undefined ? {} : { status: status as VolumeType['status'] },
}) as VolumeType

const before = { observedGeneration: 1, state: 'available', size: '20Gi', volumeType: 'gp3', iops: 3000, throughput: 125 } as const
const volumeOf = (spec: object = {}, status: Partial<VolumeStatus> | undefined = before): Volume => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Volume', metadata: { name: 'data', namespace: 'team-a', uid: 'uid-volume', resourceVersion: '1', generation: 2 },
  spec: volumeSpec.parse({ availabilityZone: 'zone-a', size: '20Gi', ...spec }),
  ...status === undefined ? {} : { status },
}) as Volume

type ClaimState = {
  names?: string; has?: string; requested?: string; capacity?: string; phase?: string; conditions?: string[]; modify?: object; message?: string
}
const claimOf = (volume: Volume, state: ClaimState) => ({
  ...made(volume, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'team-a' } }),
  spec: {
    storageClassName: 'fast', volumeName: 'pv-1', resources: { requests: { storage: state.requested ?? '20Gi' } },
    ...state.names === undefined ? {} : { volumeAttributesClassName: state.names },
  },
  status: {
    phase: state.phase ?? 'Bound', capacity: { storage: state.capacity ?? '20Gi' },
    conditions: [...(state.conditions ?? []).map(type => ({ type, status: 'True' })), ...state.message === undefined ? [] : [{ type: 'ModifyVolumeError', status: 'True', message: state.message }]],
    ...state.has === undefined ? {} : { currentVolumeAttributesClassName: state.has },
    ...state.modify === undefined ? {} : { modifyVolumeStatus: state.modify },
  },
})

const nameOf = (iops: number, throughput = 125, type = typeOf()) => attributesClassName({ name: 'gp3', uid: type.metadata.uid }, attributes(iops, throughput))
const attributes = (iops: number, throughput = 125) =>
  ({ driver: 'csi.example.com', parameters: { iops: `${iops}`, bytesPerSecond: `${throughput * 2 ** 20}`, tier: 'fast' } })
const classOf = (iops: number, throughput = 125) => {
  const type = typeOf()
  const built = made(type, buildAttributesClass({ name: 'gp3', uid: type.metadata.uid }, attributes(iops, throughput)))
  return { ...built, metadata: { ...built.metadata, creationTimestamp: '2026-01-01T00:00:00Z' } }
}

type World = { type?: VolumeType | null; claim?: ClaimState; classes?: object[]; interval?: number; driver?: string; others?: Volume[] }
const cacheFor = (volume: Volume, { type = typeOf(), claim = {}, classes = [], driver = 'csi.example.com', others = [] }: World) => {
  const hold = (spec: unknown, ...objects: object[]) => holding(spec as InformerSpec<KubeObject>, ...objects)
  return cacheOf(
    hold(volumeInformer, volume, ...others), hold(volumeTypeInformer, ...type === null ? [] : [type]), hold(attributesClassInformer, ...classes),
    hold(storageClassInformer, {
      apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'fast', uid: 'sc', resourceVersion: '1' }, provisioner: driver, allowVolumeExpansion: true,
    }),
    hold(claimInformer, claimOf(volume, claim)), hold(dataVolumeInformer),
  )
}

/** One pass over a volume: what came of it, what it did and what its status says then. */
const pass = async (volume: Volume, world: World = {}) => {
  const facts = observeVolume(volume, cacheFor(volume, world))
  const context = { ...recordingContext(volume, facts), now }
  const outcome: Outcome = await ensureModified({ volumeModificationInterval: world.interval ?? 0 })(context)
  const status = volumeStatus({ object: volume, facts, outcome, outcomes: { modification: outcome }, now })
  return { outcome, acts: context.recording.acts, patches: context.recording.patches, status }
}

test('what its type gives to all is told to nobody, and the status says it', async t => {
  for (const spec of [{}, { iops: 3000 }, { iops: 3000, throughput: 125 }]) {
    const { outcome, acts, status } = await pass(volumeOf(spec, { observedGeneration: 1 }))
    t.is(outcome.kind, 'ready')
    t.deepEqual(acts, [])
    t.like(status, { volumeType: 'gp3', iops: 3000, throughput: 125, modification: undefined })
  }
})

test('size and performance are told in one patch, once the class is there', async t => {
  const volume = volumeOf({ size: '30Gi', iops: 5000, throughput: 250 })
  const early = await pass(volume)
  t.like(early.outcome, { kind: 'waiting', reason: 'Modifying' })
  t.deepEqual(early.acts, [], 'half a change is never told')
  const { patches, outcome } = await pass(volume, { classes: [classOf(5000, 250)] })
  t.deepEqual(patches, [{ spec: { resources: { requests: { storage: '30Gi' } }, volumeAttributesClassName: nameOf(5000, 250) } }])
  t.is(outcome.kind, 'waiting')
  const told: ClaimState = { requested: '30Gi', names: nameOf(5000, 250) }
  t.deepEqual((await pass(volume, { classes: [classOf(5000, 250)], claim: told })).acts, [], 'and never twice')
  const done = await pass(volume, { classes: [classOf(5000, 250)], claim: { ...told, capacity: '30Gi', has: nameOf(5000, 250) } })
  t.is(done.outcome.kind, 'ready')
  t.like(done.status, { size: '30Gi', iops: 5000, throughput: 250, modification: { state: 'completed', original: { size: '20Gi', iops: 3000, throughput: 125 } } })
})

test('a modification is told of from its beginning to its end, though nobody saw it begin', async t => {
  const volume = volumeOf({ iops: 5000 })
  const begun = await pass(volume, { classes: [classOf(5000)], claim: { names: nameOf(5000) } })
  t.like(begun.status, { iops: 3000, modification: { state: 'modifying', progress: '0%', startTime: '2026-01-01T00:00:00Z', target: { iops: 5000 } } })
  const half = await pass(volumeOf({ iops: 5000, size: '30Gi' }), { classes: [classOf(5000)], claim: { names: nameOf(5000), has: nameOf(5000), requested: '30Gi' } })
  t.like(half.status.modification, { state: 'modifying', progress: '50%' })
  const missed = await pass(volume, { classes: [classOf(5000)], claim: { names: nameOf(5000), has: nameOf(5000) } })
  t.like(missed.status, { iops: 5000, modification: { state: 'completed', progress: '100%', original: { iops: 3000 } } })
  const world = { classes: [classOf(5000)], claim: { names: nameOf(5000), has: nameOf(5000) } }
  const after = await pass(volumeOf({ iops: 5000 }, { ...before, ...missed.status }), world)
  t.deepEqual(after.status.modification, missed.status.modification, 'and stays told of as it was')
})

test('what the host of an instance still has to do is optimizing, and the size is the one that is there', async t => {
  const { outcome, status } = await pass(volumeOf({ size: '30Gi' }), { claim: { requested: '30Gi', capacity: '20Gi', conditions: ['FileSystemResizePending'] } })
  t.is(outcome.kind, 'ready')
  t.like(status, { size: '20Gi', modification: { state: 'optimizing', target: { size: '30Gi' } } })
})

test('a storage that can\'t is heard, and what is asked for instead is told at once', async t => {
  const refused: ClaimState = { names: nameOf(9000), modify: { status: 'Infeasible', targetVolumeAttributesClassName: nameOf(9000) }, message: 'no more than 8000' }
  const { outcome, status } = await pass(volumeOf({ iops: 9000 }), { classes: [classOf(9000)], claim: refused })
  t.like(outcome, { kind: 'blocked', reason: 'ModificationFailed' })
  t.like(status, { state: 'available', iops: 3000, modification: { state: 'failed', target: { iops: 9000 } } })
  t.regex(status.modification?.statusMessage ?? '', /no more than 8000/)
  const world = { classes: [classOf(9000), classOf(8000)], claim: refused, interval: 6 * HOUR }
  const mended = await pass(volumeOf({ iops: 8000 }, { ...before, ...status }), world)
  t.like(mended.patches[0], { spec: { volumeAttributesClassName: nameOf(8000) } })
})

const changed = (hoursAgo: number, state: 'modifying' | 'completed' = 'completed'): Partial<VolumeStatus> => ({
  ...before, iops: 5000,
  modification: {
    state, progress: state === 'completed' ? '100%' : '0%', startTime: new Date(now - hoursAgo * HOUR).toISOString(), original: { iops: 3000 },
    target: { size: '20Gi', volumeType: 'gp3', iops: 5000, throughput: 125 },
  },
})

for (const [title, spec, status, told] of [
  ['an hour after the last', { iops: 6000 }, changed(1), false],
  ['in the middle of one, to something else', { iops: 6000 }, changed(1, 'modifying'), false],
  ['of the size alone, an hour after the last', { iops: 5000, size: '30Gi' }, changed(1), false],
  ['six hours after the last', { iops: 6000 }, changed(6), true],
  ['that has been begun and not been told', { iops: 5000 }, { ...changed(1, 'modifying'), iops: 3000 }, true],
  ['that is the first', { iops: 6000 }, before, true],
] as const) {
  test(`with six hours between modifications, one ${title} ${told ? 'is done' : 'waits for its time'}`, async t => {
    const volume = volumeOf(spec, status)
    const { outcome, acts, status: after } = await pass(volume, { classes: [classOf(5000), classOf(6000)], interval: 6 * HOUR })
    if (told) t.true(acts.includes('patch PersistentVolumeClaim team-a/data'))
    else {
      t.like(outcome, { kind: 'waiting', reason: 'ModificationTooSoon', after: 5 * HOUR })
      t.deepEqual(acts, [])
      t.deepEqual(after.modification, volume.status?.modification)
    }
  })
}

const stalls: readonly [title: string, volume: Volume, world: World, reason: string, words: RegExp][] = [
  ['a type that does not say how', volumeOf({ iops: 5000 }), { type: typeOf({ volumeAttributeParameters: undefined }) }, 'NotModifiable', /iops: 5000: the VolumeType gp3 doesn't say how.*leave it out, or have the platform team set volumeAttributeParameters/],
  ['a type that says it of another figure', volumeOf({ iops: 5000, throughput: 250 }), { type: typeOf({ volumeAttributeParameters: { iops: '{iops}' } }), classes: [classOf(5000)] },
    'NotModifiable', /^throughput: 250: the VolumeType gp3 doesn't say how/],
  ['a cluster without VolumeAttributesClass', volumeOf({ iops: 5000 }), {
    type: typeOf({}, { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'False', reason: 'NotInstalled', message: '', observedGeneration: 1, lastTransitionTime: '' }] }),
  }, 'NotModifiable', /this cluster serves no VolumeAttributesClass \(Kubernetes 1\.34 has it\).*set the fields back/],
  ['a type of other storage', volumeOf({ volumeType: 'gp3' }, { ...before, volumeType: 'io2' }), { type: typeOf({ storageClassName: 'other' }) }, 'NotModifiable', /other storage \(StorageClass "other"\).*Snapshot.*volumeType: io2/],
  ['a spec that is beyond its type', volumeOf({ iops: 17000 }), { classes: [classOf(17000)] }, 'InvalidSpec', /at most 16000 iops/],
]
for (const [title, volume, world, reason, words] of stalls) {
  test(`a change that meets ${title} is refused with the way out, and the volume works on as it is`, async t => {
    const { outcome, acts, status } = await pass(volume, world)
    t.like(outcome, { kind: 'blocked', reason })
    t.regex(outcome.kind === 'blocked' ? outcome.message : '', words)
    t.deepEqual(acts, [])
    t.is(status.state, 'available')
  })
}

test('a volume is told its performance when it is bound, not before', async t => {
  const { outcome, acts, status } = await pass(volumeOf({ iops: 5000 }, { observedGeneration: 1 }), { claim: { phase: 'Pending' }, classes: [classOf(5000)] })
  t.is(outcome.kind, 'ready')
  t.deepEqual(acts, [])
  t.like(status.conditions?.find(({ type }) => type === 'PerformanceProvisioned'), { status: 'False', reason: 'Creating' })
})

test('there is one class for each distinct setting, and one that nobody uses goes when it is old enough', async t => {
  const others = ['a', 'b'].map(name => ({ ...volumeOf({ iops: 5000 }), metadata: { ...volumeOf().metadata, name, uid: name } }))
  const volume = volumeOf({ iops: 7000 })
  const held = [classOf(5000), classOf(6000), classOf(8000)]
  const cache = cacheFor(volume, { others, classes: held, claim: { has: nameOf(6000), names: nameOf(7000) } })
  const facts = observeClasses(typeOf(), cache)
  t.deepEqual(facts.wanted, [attributes(5000), attributes(7000)].toSorted((a, b) => a.parameters.iops < b.parameters.iops ? 1 : -1))
  t.deepEqual(facts.unused.map(({ metadata }) => metadata.name), [nameOf(8000)])
  const collect = async (age: number) => {
    const context = { ...recordingContext(typeOf(), facts), now: now + age }
    const outcome = await ensureClasses(context)
    return { outcome, removed: context.recording.acts.filter(act => act.startsWith('remove')) }
  }
  t.deepEqual(await collect(60_000), { outcome: { kind: 'ready', after: 540_000 }, removed: [] })
  t.deepEqual(await collect(600_000), { outcome: { kind: 'ready' }, removed: [`remove VolumeAttributesClass ${nameOf(8000)}`] })
})

test('a class that somebody deletes while it is in use serves on: nothing waits for its end', t => {
  const going = classOf(5000)
  const cache = cacheFor(volumeOf({ iops: 5000 }), { classes: [{ ...going, metadata: { ...going.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }] })
  t.deepEqual(observeClasses(typeOf(), cache), { wanted: [], unused: [] })
})

test('where performance comes with the size, growth brings it, and every volume of the type is told', async t => {
  const type = typeOf({ iops: { perGiB: 3, min: 100, max: 16000, scalesWithSize: true }, throughput: undefined, volumeAttributeParameters: { iops: '{iops}', bps: '{throughput}' } })
  const volume = volumeOf({ size: '1000Gi' }, { ...before, iops: 100 })
  t.deepEqual(observeClasses(type, cacheFor(volume, { type })).wanted, [{ driver: 'csi.example.com', parameters: { iops: '3000' } }], 'a figure that it does not have is left out')
})
