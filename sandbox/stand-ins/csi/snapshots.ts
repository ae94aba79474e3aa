import { keyOf } from '../../../crds/kubernetes.ts'
import type { Disks } from '../../disks/disks.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { formatBytes, quantity } from '../quantity.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import { driver } from './drivers.ts'
import type { Claim, Snapshot, SnapshotClass, SnapshotContent } from './types.ts'

const component = 'snapshot-controller'
const snapshotFinalizers = ['snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection', 'snapshot.storage.kubernetes.io/volumesnapshot-bound-protection']
const contentFinalizer = 'snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection'

/** external-snapshotter's part: VolumeSnapshot → VolumeSnapshotContent → a read-only copy of the disk. */
export const snapshotController = (control: Control, disks: Disks): StandInController => ({
  name: 'snapshot-controller',
  watches: [
    watching(specs.snapshots, (snapshot) => [keyOf(snapshot.metadata)]),
    watching(specs.snapshotContents, ({ spec: { volumeSnapshotRef: ref } }) => [`${ref.namespace}/${ref.name}`]),
    watching(specs.claims, (claim, cache) => [
      ...cache.of(specs.snapshots).by('source', keyOf(claim.metadata)).map((snapshot) => keyOf(snapshot.metadata)),
      ...(claim.spec.dataSource?.kind === 'VolumeSnapshot' ? [`${claim.metadata.namespace}/${claim.spec.dataSource.name}`] : []),
    ]),
  ],
  reconcile: (key) => reconcile(control, disks, key),
})

const reconcile = async (control: Control, disks: Disks, key: string): Promise<number | undefined> => {
  const snapshot = control.cache.of(specs.snapshots).get(key)
  if (snapshot === undefined) return undefined
  const content = contentOf(control, snapshot)
  if (snapshot.metadata.deletionTimestamp !== undefined) return remove(control, disks, snapshot, content)
  const missing = snapshotFinalizers.filter((finalizer) => !(snapshot.metadata.finalizers ?? []).includes(finalizer))
  if (missing.length > 0) {
    const finalizers = [...(snapshot.metadata.finalizers ?? []), ...missing]
    await control.patch(resources.snapshots, snapshot, { ...snapshot, metadata: { ...snapshot.metadata, finalizers } })
    return 0
  }
  if (content === undefined) return createContent(control, snapshot)
  if (content.status?.readyToUse !== true) return cut(control, disks, snapshot, content)
  return publish(control, snapshot, content)
}

const contentName = (snapshot: Snapshot): string =>
  snapshot.spec.source.volumeSnapshotContentName ?? snapshot.status?.boundVolumeSnapshotContentName ?? `snapcontent-${snapshot.metadata.uid}`

const contentOf = (
  control: Control,
  snapshot: Snapshot,
): SnapshotContent | undefined => {
  const content = control.cache.of(specs.snapshotContents).get(contentName(snapshot))
  return content !== undefined && isOf(content, snapshot) ? content : undefined
}

/** A content is of the snapshot that it names itself. Source: external-snapshotter v8, pkg/common-controller/snapshot_controller.go. */
const isOf = ({ spec: { volumeSnapshotRef: { namespace, name, uid } } }: SnapshotContent, { metadata }: Snapshot): boolean =>
  namespace === metadata.namespace && name === metadata.name && (uid === undefined || uid === '' || uid === metadata.uid)

const createContent = async (control: Control, snapshot: Snapshot): Promise<number | undefined> => {
  const claimName = snapshot.spec.source.persistentVolumeClaimName
  if (claimName === undefined) return fail(control, snapshot, `snapshot controller failed to get content ${contentName(snapshot)}`)
  const claim = control.cache.of(specs.claims).get(`${snapshot.metadata.namespace}/${claimName}`)
  if (claim === undefined) {
    return fail(control, snapshot, `Failed to create snapshot content with error snapshot controller failed to update ${snapshot.metadata.name} on API server: cannot get claim from snapshot: persistentvolumeclaim "${claimName}" not found`)
  }
  const volume = control.cache.of(specs.volumes).get(claim.spec.volumeName ?? '')
  if (claim.status?.phase !== 'Bound' || volume?.spec.csi === undefined) {
    return fail(control, snapshot, `Failed to create snapshot content with error the PVC ${claimName} is not yet bound to a PV, will not attempt to take a snapshot`)
  }
  const snapshotClass = classOf(control, snapshot)
  if (snapshotClass === undefined) {
    const name = snapshot.spec.volumeSnapshotClassName
    return fail(control, snapshot, name === undefined ? 'Failed to set default snapshot class with error cannot find default snapshot class' : `Failed to get snapshot class with error volumesnapshotclass.snapshot.storage.k8s.io "${name}" not found`)
  }
  await control.create(resources.snapshotContents, buildContent(snapshot, claim, snapshotClass, volume.spec.csi.volumeHandle))
  await control.event(snapshot, component, 'Normal', 'CreatingSnapshot', `Waiting for a snapshot ${keyOf(snapshot.metadata)} to be created by the CSI driver.`)
  return 0
}

/** The class that is named, or the default of the driver. */
const classOf = (control: Control, snapshot: Snapshot): SnapshotClass | undefined => {
  const classes = [...control.cache.of(specs.snapshotClasses).list()]
  const name = snapshot.spec.volumeSnapshotClassName
  if (name !== undefined) return classes.find(({ metadata }) => metadata.name === name)
  return classes.find(({ driver: its, metadata }) => its === driver && metadata.annotations?.['snapshot.storage.kubernetes.io/is-default-class'] === 'true')
}

const buildContent = (snapshot: Snapshot, claim: Claim, snapshotClass: SnapshotClass, volumeHandle: string) => ({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshotContent',
  metadata: { name: contentName(snapshot), finalizers: [contentFinalizer] },
  spec: {
    deletionPolicy: snapshotClass.deletionPolicy,
    driver: snapshotClass.driver,
    source: { volumeHandle },
    sourceVolumeMode: claim.spec.volumeMode ?? 'Filesystem',
    volumeSnapshotClassName: snapshotClass.metadata.name,
    volumeSnapshotRef: {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshot',
      namespace: snapshot.metadata.namespace ?? '',
      name: snapshot.metadata.name,
      uid: snapshot.metadata.uid,
    },
  },
})

const fail = async (control: Control, snapshot: Snapshot, message: string): Promise<number> => {
  if (snapshot.status?.error?.message !== message) {
    await control.patchStatus(resources.snapshots, snapshot, { ...snapshot.status, readyToUse: false, error: { message, time: control.now() } })
    await control.event(snapshot, component, 'Warning', 'SnapshotContentCreationFailed', message)
  }
  return 5000
}

/** The moment of the snapshot is when the disk is copied; it becomes usable a little later. */
const cut = async (control: Control, disks: Disks, snapshot: Snapshot, content: SnapshotContent): Promise<number | undefined> => {
  const { volumeHandle, snapshotHandle } = content.spec.source
  const handle = snapshotHandle ?? `snapshot-${snapshot.metadata.uid}`
  const bound = { boundVolumeSnapshotContentName: content.metadata.name, readyToUse: false }
  if (content.status?.snapshotHandle === undefined) {
    if (volumeHandle !== undefined) await disks.snapshot(handle, volumeHandle)
    const restoreSize = sizeOf(control, snapshot)
    // Nanoseconds since the epoch are more than a JSON number holds exactly: the last digits are lost, as for any JSON client.
    const status = { creationTime: control.clock.now() * 1_000_000, readyToUse: false, restoreSize, snapshotHandle: handle }
    await control.patchStatus(resources.snapshotContents, content, status)
    await control.patchStatus(resources.snapshots, snapshot, { ...bound, creationTime: control.now(), restoreSize: formatBytes(restoreSize) })
    await control.event(snapshot, component, 'Normal', 'SnapshotCreated', `Snapshot ${keyOf(snapshot.metadata)} was successfully created by the CSI driver.`)
    return 0
  }
  const wait = control.delay(`snapshot ${snapshot.metadata.uid}`, control.timings.snapshot)
  if (wait > 0) return wait
  await control.patchStatus(resources.snapshotContents, content, { ...content.status, readyToUse: true })
  return 0
}

const sizeOf = (control: Control, snapshot: Snapshot): number =>
  quantity(control.cache.of(specs.claims).get(`${snapshot.metadata.namespace}/${snapshot.spec.source.persistentVolumeClaimName}`)?.status?.capacity?.storage)

const publish = async (control: Control, snapshot: Snapshot, content: SnapshotContent): Promise<undefined> => {
  if (snapshot.status?.readyToUse === true) return
  const { error: _, ...kept } = snapshot.status ?? {}
  await control.patchStatus(resources.snapshots, snapshot, {
    creationTime: control.now(),
    restoreSize: formatBytes(content.status?.restoreSize ?? 0),
    ...kept,
    boundVolumeSnapshotContentName: content.metadata.name,
    readyToUse: true,
  })
  await control.event(snapshot, component, 'Normal', 'SnapshotReady', `Snapshot ${keyOf(snapshot.metadata)} is ready to use.`)
}

/** A snapshot that a claim is being made from stays; then its content goes, and with `Delete` the copy of the disk. */
const remove = async (control: Control, disks: Disks, snapshot: Snapshot, content: SnapshotContent | undefined): Promise<number | undefined> => {
  const { namespace, name } = snapshot.metadata
  const inUse = [...control.cache.of(specs.claims).list()].some(
    ({ metadata, spec, status }) => metadata.namespace === namespace && spec.dataSource?.kind === 'VolumeSnapshot' && spec.dataSource.name === name && status?.phase !== 'Bound',
  )
  if (inUse) return undefined
  if (content !== undefined) {
    const { deletionPolicy, source } = content.spec
    if (deletionPolicy === 'Delete') {
      await disks.remove(content.status?.snapshotHandle ?? source.snapshotHandle ?? `snapshot-${snapshot.metadata.uid}`)
      await control.remove(resources.snapshotContents, content)
    }
    const live = control.cache.of(specs.snapshotContents).get(content.metadata.name) ?? content
    const finalizers = (live.metadata.finalizers ?? []).filter((finalizer) => finalizer !== contentFinalizer)
    if (deletionPolicy === 'Delete') await control.patch(resources.snapshotContents, live, { ...live, metadata: { ...live.metadata, finalizers } })
  }
  const finalizers = (snapshot.metadata.finalizers ?? []).filter((finalizer) => !snapshotFinalizers.includes(finalizer))
  await control.patch(resources.snapshots, snapshot, { ...snapshot, metadata: { ...snapshot.metadata, finalizers } })
  return undefined
}
