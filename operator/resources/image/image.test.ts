import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { type Image, imageSpec } from '../../../crds/v1alpha1/image.ts'
import { dataSourceInformer, dataVolumeInformer } from '../../providers/cdi/informers.ts'
import { claimInformer, storageClassInformer, volumeSnapshotClassInformer, volumeSnapshotInformer } from '../../providers/csi/informers.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import { golden } from '../golden.ts'
import { world } from '../instance/sample.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { imageController } from './controller.ts'
import { buildFence } from './fence.ts'
import { finalizeImage } from './finalize.ts'
import { buildImageSnapshot, buildImageSource, buildImport } from './import.ts'
import { observeImage } from './observe.ts'
import { imageStatus } from './status.ts'

const now = Date.UTC(2026, 0, 1)
const settings = { operatorNamespace: 'kumulus', imageSources: ['http://127.0.0.1:8080/images/'], defaultVolumeType: 'gp3' }
const imageOf = (spec: object = {}, status?: object): Image => ({
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'Image',
  metadata: { name: 'debian', namespace: 'team-a', uid: 'uid-image', resourceVersion: '1', generation: 1 },
  spec: imageSpec.parse({ source: { http: { url: 'https://cloud.debian.org/debian-12.qcow2' } }, minSize: '2Gi', ...spec }),
  ...status === undefined ? {} : { status: status as Image['status'] },
}) as Image

type Around = { dataVolumes?: object[]; claim?: object; snapshot?: object; dataSource?: object; canSnapshot?: boolean; without?: 'volumeType' | 'fence' }

const factsOf = (image: Image, around: Around = {}) => {
  const hold = (spec: unknown, ...objects: (object | undefined)[]) =>
    holding(spec as InformerSpec<KubeObject>, ...objects.filter(each => each !== undefined))
  const provisioned = { metadata: { name: 'fast', uid: 'x', resourceVersion: '1' } }
  return observeImage(settings)(image, cacheOf(
    hold(volumeTypeInformer, around.without === 'volumeType' ? undefined : world.gp3),
    hold(storageClassInformer, { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', ...provisioned, provisioner: 'csi' }),
    hold(volumeSnapshotClassInformer, around.canSnapshot === false ? undefined
      : { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshotClass', ...provisioned, driver: 'csi' }),
    hold(dataVolumeInformer, ...around.dataVolumes ?? []), hold(claimInformer, around.claim),
    hold(networkPolicyInformer, around.without === 'fence' ? undefined : fenceOf(image)),
    hold(volumeSnapshotInformer, around.snapshot), hold(dataSourceInformer, around.dataSource),
  ))
}

const fenceOf = (image: Image) => made(image, buildFence(image, { id: idOf(idPrefixes.image, image.metadata.uid) }, settings))

const image = imageOf()
const importing = (status: object) => ({ ...made(image, buildImport(image, factsOf(image))), status })
const snapshot = (status: object) => ({ ...made(image, buildImageSnapshot(image, factsOf(image))), status })
const source = { ...made(image, buildImageSource(image, factsOf(image))), status: { conditions: [{ type: 'Ready', status: 'True' }] } }
const failing = { phase: 'ImportInProgress', conditions: [{ type: 'Running', status: 'False', reason: 'Error', message: 'expected status code 200, got 404' }] }

const pass = async (object: Image, around: Around) => {
  const facts = factsOf(object, around)
  const context = recordingContext(object, facts)
  let outcome: Outcome = ready
  for (const step of Object.values(imageController(settings).steps)) {
    outcome = await step(context)
    if (outcome.kind !== 'ready') break
  }
  return { acts: context.recording.acts, outcome, status: imageStatus({ object, facts, outcome, outcomes: {}, now }) }
}

test('what an image becomes is as the golden file says', t => {
  const facts = factsOf(image, { dataVolumes: [importing({ phase: 'Succeeded' })], snapshot: snapshot({}) })
  const { actual, expected } = golden(import.meta.dirname, 'debian', buildFence(image, facts, settings), buildImport(image, facts), buildImageSnapshot(image, facts), buildImageSource(image, facts))
  t.deepEqual(actual, expected)
})

test('an image is imported, then snapshotted, then offered to clones, one after the other', async t => {
  const { id } = factsOf(image)
  const fence = `apply NetworkPolicy team-a/${id}`
  t.deepEqual((await pass(image, {})).acts, [fence, `apply DataVolume team-a/${id}`])
  t.deepEqual((await pass(image, { dataVolumes: [importing({ phase: 'ImportInProgress' })] })).acts, [fence])
  const imported = { dataVolumes: [importing({ phase: 'Succeeded' })] }
  t.deepEqual((await pass(image, imported)).acts, [`apply VolumeSnapshot team-a/${id}`])
  t.deepEqual((await pass(image, { ...imported, snapshot: snapshot({ readyToUse: false }) })).acts, [], 'cloning a snapshot that is not ready hangs')
  const offered = await pass(image, { ...imported, snapshot: snapshot({ readyToUse: true }) })
  t.deepEqual(offered.acts, [`apply DataSource team-a/${id}`])
  t.is(offered.status.state, 'pending')
  const available = await pass(image, { ...imported, snapshot: snapshot({ readyToUse: true }), dataSource: source })
  t.like(available.status, { state: 'available', progress: '100%', imageID: id, dataSource: { name: id } })
})

test('an import whose DataVolume was deleted in the middle begins anew: what it had filled in part is never offered', async t => {
  const { id } = factsOf(image)
  const claim = (owners: NonNullable<KubeObject['metadata']['ownerReferences']>) => ({
    ...made(image, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: id, namespace: 'team-a', ownerReferences: owners } }),
    spec: { storageClassName: 'fast' }, status: { phase: 'Bound' },
  })
  const half = await pass(image, { claim: claim([{ apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume', name: id, uid: 'gone' }]) })
  t.deepEqual(half.acts.at(-1), `apply DataVolume team-a/${id}`)
  t.is(half.status.state, 'pending')
  t.deepEqual((await pass(image, { claim: claim([]) })).acts, [`apply VolumeSnapshot team-a/${id}`], 'CDI has tidied the finished one away')
})

test('nothing is fetched before what may be connected to is seen to be fenced', async t => {
  const { acts, outcome } = await pass(image, { without: 'fence' })
  t.deepEqual(acts, [`apply NetworkPolicy team-a/${factsOf(image).id}`])
  t.is(outcome.kind, 'waiting')
})

test('where the storage can\'t take snapshots, clones are made from the claim', async t => {
  const { acts } = await pass(image, { canSnapshot: false, dataVolumes: [importing({ phase: 'Succeeded' })] })
  t.deepEqual(acts, [`apply DataSource team-a/${factsOf(image).id}`])
  t.deepEqual(buildImageSource(image, factsOf(image, { canSnapshot: false })).spec.source, { pvc: { name: factsOf(image).id, namespace: 'team-a' } })
})

test('a download that fails is told in words, with the way out, and is not given up', async t => {
  const { status, outcome } = await pass(image, { dataVolumes: [importing(failing)] })
  t.is(outcome.kind, 'waiting')
  t.is(status.state, 'failed')
  t.regex(status.conditions?.[0]?.message ?? '', /404[\s\S]*create a new Image/)
})

test('progress is shown in whole percent', async t => {
  t.is((await pass(image, { dataVolumes: [importing({ phase: 'ImportInProgress', progress: '42.71%' })] })).status.progress, '42%')
  t.is((await pass(image, { dataVolumes: [importing({ phase: 'ImportInProgress', progress: 'N/A' })] })).status.progress, undefined)
})

for (const url of ['http://169.254.169.254/latest', 'http://127.0.0.1:9090/x', 'http://10.0.0.1/x', 'http://kubernetes.default.svc/x']) {
  test(`an image from ${url} is imported by nobody, also where admission was not asked`, async t => {
    const { acts, outcome, status } = await pass(imageOf({ source: { http: { url } } }), {})
    t.like(outcome, { kind: 'blocked', reason: 'SourceNotAllowed' })
    t.deepEqual([acts, status.state], [[], 'failed'])
  })
}

test('a source inside the platform that the operator allows is imported', async t => {
  const { acts } = await pass(imageOf({ source: { http: { url: 'http://127.0.0.1:8080/images/linux.img' } } }), {})
  t.deepEqual(acts.map(act => act.split(' ')[1]), ['NetworkPolicy', 'DataVolume'])
})

const sources: [object, object][] = [
  [{ source: { registry: { url: 'docker://quay.io/containerdisks/debian:12' } }, architecture: 'arm64' },
    { registry: { url: 'docker://quay.io/containerdisks/debian:12', platform: { architecture: 'arm64' } } }],
  [{ source: { s3: { url: 'https://s3.eu-west-1.amazonaws.com/bucket/disk.qcow2', secretRef: { name: 'keys' } } } },
    { s3: { url: 'https://s3.eu-west-1.amazonaws.com/bucket/disk.qcow2', secretRef: 'keys' } }],
  [{ source: { http: { url: 'https://images.example.com/disk', checksum: `sha256:${'0'.repeat(64)}` } } },
    { http: { url: 'https://images.example.com/disk', checksum: `sha256:${'0'.repeat(64)}` } }],
]
for (const [spec, source] of sources) {
  test(`an image of ${JSON.stringify(spec)} is fenced, then imported from just there`, async t => {
    const object = imageOf(spec)
    t.deepEqual((await pass(object, { without: 'fence' })).acts.map(act => act.split(' ')[1]), ['NetworkPolicy'])
    t.deepEqual((await pass(object, {})).acts.map(act => act.split(' ')[1]), ['NetworkPolicy', 'DataVolume'])
    t.deepEqual(buildImport(object, factsOf(object)).spec, { source, storage: { resources: { requests: { storage: '2Gi' } }, storageClassName: 'fast' } } as never)
  })
}

const failures: [object, RegExp][] = [
  [{ type: 'Running', reason: 'Error', message: 'Unable to process data: virtual image size 9 is larger than the reported available storage 8. A larger PVC is required' }, /minSize has room/],
  [{ type: 'Running', reason: 'ChecksumError', message: 'Unable to process data: checksum mismatch: expected sha256:0, calculated sha256:1' }, /not the one that was meant/],
  [{ type: 'Running', reason: 'CreateContainerConfigError', message: 'secret "keys" not found' }, /create the Secret/],
  [{ type: 'Bound', reason: 'ErrClaimNotValid', message: 'PVC spec is missing accessMode and no storageClass to choose profile' }, /ask the platform team: CDI does not know/],
  [{ type: 'Running', reason: 'Error', message: 'Unable to process data: Failed to find VM disk image file in the container image' }, /create a new Image with the right one/],
]
for (const [condition, wayOut] of failures) {
  test(`what fails is said with the way out: ${JSON.stringify(condition)}`, async t => {
    const { status } = await pass(image, { dataVolumes: [importing({ phase: '', conditions: [{ status: 'False', ...condition }] })] })
    t.is(status.state, 'failed')
    t.regex(status.conditions?.[0]?.message ?? '', wayOut)
  })
}

test('an image is called deprecated when its time has come, and not before', async t => {
  const around = { dataVolumes: [importing({ phase: 'Succeeded' })], snapshot: snapshot({ readyToUse: true }), dataSource: source }
  const before = await pass(imageOf({ deprecationTime: '2026-01-01T01:00:00Z' }), around)
  t.deepEqual([before.outcome, before.status.deprecated], [{ kind: 'ready', after: 3_600_000 }, undefined])
  const after = await pass(imageOf({ deprecationTime: '2026-01-01T00:00:00Z' }), around)
  t.deepEqual([after.outcome, after.status.deprecated, after.status.state], [ready, true, 'available'])
})

test('an image waits for the storage that images are kept in', async t => {
  t.like((await pass(image, { without: 'volumeType' })).outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
})

test('an available image stays available while something of it is mended', async t => {
  const available = imageOf({}, { observedGeneration: 1, state: 'available' })
  t.is((await pass(available, { dataVolumes: [importing({ phase: 'Succeeded' })], snapshot: snapshot({ readyToUse: true }) })).status.state, 'available')
})

test('deregistering waits for clones that run, names them, and for nothing else', async t => {
  const clone = (phase: string) => ({
    apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataVolume',
    metadata: { name: 'web-sda1', namespace: 'team-b', uid: 'clone', resourceVersion: '1', labels: {} },
    spec: { sourceRef: { kind: 'DataSource', name: factsOf(image).id, namespace: 'team-a' } }, status: { phase },
  })
  const clones = (phase: string) => finalizeImage['clones']?.(recordingContext(image, factsOf(image, { dataVolumes: [clone(phase)] })))
  t.like(await clones('CloneInProgress'), { kind: 'waiting', reason: 'DependencyViolation' })
  t.deepEqual(await clones('Succeeded'), ready)
})

test('an image whose status says that it is imported is not fetched from inside the platform all the same', async t => {
  const inside = { source: { http: { url: 'http://169.254.169.254/latest/meta-data' } } }
  const forged = imageOf(inside, { observedGeneration: 1, state: 'available' })
  const { source } = imageController(settings).steps
  t.like(await source?.(recordingContext(forged, factsOf(forged))), { kind: 'blocked', reason: 'SourceNotAllowed' })
})
