import test from 'ava'
import fc from 'fast-check'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { type Volume, volumeSpec } from '../../../crds/v1alpha1/volume.ts'
import { dataVolumeInformer } from '../../providers/cdi/informers.ts'
import { adoptableBy, buildAdoptingClaim, offerOf } from '../../providers/csi/adoption.ts'
import { claimInformer, persistentVolumeInformer } from '../../providers/csi/informers.ts'
import { ready } from '../../runtime/outcome.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { adoptBytes } from './adopt.ts'
import { ensureKept } from './keep.ts'
import { observeVolume } from './observe.ts'
import { volumeStatus } from './status.ts'
import { volumeInformer } from './store.ts'

const volume = {
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'Volume',
  metadata: { name: 'data', namespace: 'team-a', uid: 'uid-volume', resourceVersion: '1', generation: 1 },
  spec: volumeSpec.parse({ availabilityZone: 'zone-a', size: '20Gi' }),
} as Volume

type Given = { offer?: string; name?: string; owner?: string; claim?: object; phase?: string; going?: boolean }

const kept = ({ offer = 'team-a/data', name = 'pv-1', owner = 'uid-before', claim, phase = 'Released', going = false }: Given = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: {
    name, uid: `uid-${name}`, resourceVersion: '1', annotations: { [adoptableBy]: offer }, ...going ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {},
    labels: { 'app.kubernetes.io/managed-by': 'kumulus', 'kumulus.dev/owner-uid': owner },
  },
  spec: {
    persistentVolumeReclaimPolicy: 'Retain', capacity: { storage: '50Gi' }, accessModes: ['ReadWriteMany'], volumeMode: 'Block', storageClassName: 'fast',
    claimRef: { namespace: 'team-a', name: 'data', uid: 'uid-claim-before', ...claim },
  },
  status: { phase },
}) as unknown as KubeObject

const claimOf = (owner: string, { volumeName = 'pv-1', uid = 'uid-claim-before', phase = 'Bound', going = false } = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {
    name: 'data', namespace: 'team-a', uid, resourceVersion: '1', labels: { 'kumulus.dev/owner-uid': owner }, ...going ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {},
  },
  spec: { volumeName },
  status: { phase, capacity: { storage: '50Gi' } },
}) as unknown as KubeObject

const dataVolumeFor = (owner: string) => ({
  ...made({ ...volume, metadata: { ...volume.metadata, uid: owner } }, {
    apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', metadata: { name: 'data', namespace: 'team-a' },
  }),
  spec: {}, status: { phase: 'Succeeded' },
})

/** A pass of the step where the watch has brought `seen` and the server has `live`. */
const pass = async (seen: readonly object[], live: readonly KubeObject[] = seen as readonly KubeObject[]) => {
  const of = (kind: string) => seen.filter(each => (each as KubeObject).kind === kind)
  const facts = observeVolume(volume, cacheOf(
    holding(volumeInformer, volume), holding(persistentVolumeInformer, ...of('PersistentVolume')),
    holding(claimInformer, ...of('PersistentVolumeClaim')), holding(dataVolumeInformer, ...of('DataVolume')),
  ))
  const context = recordingContext(volume, facts, live)
  return { facts, context, outcome: await adoptBytes(context), acts: context.recording.acts.filter(act => !act.startsWith('read ')), applied: context.recording.applied }
}

test('a volume that nothing is offered to looks at nothing', async t => {
  const { context, outcome } = await pass([kept({ offer: 'team-a/other' })])
  t.is(outcome, ready)
  t.deepEqual(context.recording.acts, [])
})

test('bytes are reserved before they are claimed, and the claim asks for just what there is', async t => {
  const { outcome, acts, applied } = await pass([kept()])
  t.like(outcome, { kind: 'waiting', reason: 'Adopting' })
  t.deepEqual(acts, ['patch PersistentVolume pv-1', 'apply PersistentVolumeClaim team-a/data', 'event Normal Adopted'])
  t.like(applied[0], {
    spec: { volumeName: 'pv-1', storageClassName: 'fast', accessModes: ['ReadWriteMany'], volumeMode: 'Block', resources: { requests: { storage: '50Gi' } } },
  })
})

test('a pass that died between the two claims what it has reserved', async t => {
  const { acts } = await pass([kept({ owner: 'uid-volume', claim: { uid: undefined }, phase: 'Available' })])
  t.deepEqual(acts, ['apply PersistentVolumeClaim team-a/data', 'event Normal Adopted'])
})

test('an offer that was taken back before it was seen to be is not taken, and nothing is made in its place', async t => {
  for (const live of [[], [kept({ offer: 'team-b/data' })], [kept({ offer: '' })]]) {
    const { outcome, acts } = await pass([kept()], live)
    t.like(outcome, { kind: 'waiting', reason: 'Adopting' })
    t.deepEqual(acts, [])
  }
})

test('what another claim has is not given away, and the administrator is told', async t => {
  const { outcome, acts } = await pass([kept({ claim: { namespace: 'team-b', name: 'theirs' }, phase: 'Bound' })])
  t.like(outcome, { kind: 'blocked', reason: 'NotAdoptable' })
  t.true('message' in outcome && outcome.message.includes('"team-b/theirs"'))
  t.deepEqual(acts, [])
})

test('what is going is not taken', async t => {
  t.like((await pass([kept({ going: true })])).outcome, { kind: 'blocked', reason: 'NotAdoptable' })
  t.like((await pass([kept()], [kept(), claimOf('uid-before', { going: true })])).outcome, { kind: 'waiting', reason: 'WaitingForDeletion' })
})

test('a claim of the name that has other bytes stands in the way and is left alone', async t => {
  for (const other of [claimOf('uid-before', { volumeName: 'pv-2' }), claimOf('', { uid: 'uid-of-another' })]) {
    const { outcome, acts } = await pass([kept()], [kept(), other])
    t.like(outcome, { kind: 'blocked', reason: 'NameConflict' })
    t.deepEqual(acts, [])
  }
})

test('a claim that still holds the bytes for a volume that is gone changes hands, and its DataVolume before it', async t => {
  const { acts } = await pass([kept({ phase: 'Bound' })], [kept({ phase: 'Bound' }), claimOf('uid-before'), dataVolumeFor('uid-before')])
  t.deepEqual(acts, ['patch DataVolume team-a/data', 'patch PersistentVolumeClaim team-a/data', 'event Normal Adopted'])
})

test('a DataVolume of its own that has lost its claim goes first, or CDI would take the new claim for a stranger’s', async t => {
  const { acts } = await pass([kept({ owner: 'uid-volume' }), dataVolumeFor('uid-volume')])
  t.deepEqual(acts, ['remove DataVolume team-a/data'])
})

test('a volume that has bytes takes no others', async t => {
  const { outcome, acts } = await pass([kept(), claimOf('uid-volume', { volumeName: 'pv-2' })])
  t.is(outcome, ready)
  t.deepEqual(acts, [])
})

test('an offer is taken off once its claim is bound', async t => {
  const mine = kept({ owner: 'uid-volume', phase: 'Bound' })
  const { facts } = await pass([mine, claimOf('uid-volume')])
  const context = recordingContext(volume, facts, [mine])
  t.is((await ensureKept(context)).kind, 'ready')
  t.deepEqual(context.recording.acts, ['read PersistentVolume pv-1', 'patch PersistentVolume pv-1'])
})

test('a claim that CDI made anew is never taken for the one that held the bytes', async t => {
  const { facts } = await pass([kept({ owner: 'uid-volume', offer: '' }), claimOf('uid-volume', { volumeName: 'pv-empty', uid: 'uid-claim-now' })])
  const context = recordingContext(volume, facts)
  const outcome = await ensureKept(context)
  t.like(outcome, { kind: 'blocked', reason: 'VolumeLost' })
  t.true('message' in outcome && outcome.message.includes('pv-1') && outcome.message.includes(`${adoptableBy}=team-a/data`))
  t.deepEqual(context.recording.acts, [], 'the empty one is not kept')
  t.is(volumeStatus({ object: volume, facts, outcome, outcomes: {}, now: 0 }).state, 'error')
})

test('of several that are offered none is taken, and all are named', async t => {
  const { outcome, acts } = await pass([kept({ name: 'pv-2' }), kept({ name: 'pv-1' })])
  t.like(outcome, { kind: 'blocked', reason: 'NotAdoptable' })
  t.true('message' in outcome && outcome.message.includes('pv-1, pv-2'))
  t.deepEqual(acts, [])
})

test('an offer is the key of a Volume or none', t => {
  const annotated = (offer: string) => offerOf({ metadata: { name: 'pv', uid: 'u', resourceVersion: '1', annotations: { [adoptableBy]: offer } } })
  t.is(annotated('team-a/data.1'), 'team-a/data.1')
  for (const none of ['', 'data', 'team-a/', '/data', 'team-a/data/x', 'Team/data', 'team-a/data ', 'true']) t.is(annotated(none), undefined, none)
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => {
    const offer = annotated(text)
    return offer === undefined || (offer === text && offer.split('/').length === 2)
  }))
})

test('a PersistentVolume that has been given performance is claimed with it: Kubernetes binds it to no other claim', t => {
  const volume = { metadata: { name: 'pv-1' }, spec: { storageClassName: 'fast', volumeAttributesClassName: 'kumulus.gp3.0123456789abcdef' } }
  const claim = buildAdoptingClaim(volume as never, { namespace: 'team-a', name: 'data' })
  t.is(claim.spec.volumeAttributesClassName, 'kumulus.gp3.0123456789abcdef')
})

test('a PersistentVolume without a class is claimed without one: the default class would never match it', t => {
  const { spec } = buildAdoptingClaim({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv', uid: 'u', resourceVersion: '1' }, spec: {} }, { namespace: 'a', name: 'b' })
  t.is(spec.storageClassName, '')
})
