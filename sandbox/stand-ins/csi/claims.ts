import { keyOf } from '../../../crds/kubernetes.ts'
import type { Disks } from '../../disks/disks.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { quantity } from '../quantity.ts'
import { resources } from '../resources.ts'
import { selectedNodeAnnotation } from '../scheduling/scheduler.ts'
import { specs } from '../specs.ts'
import { modify } from './attributes.ts'
import { driver, isPlayed } from './drivers.ts'
import { grow } from './resize.ts'
import { provisioningFailed, type Storage } from './room.ts'
import type { Claim, StorageClass, Volume } from './types.ts'
import { bindClaim, boundStatus, buildVolume, claimProtection, isShared, requestedBytes, volumeName } from './volume.ts'

const componentOf = ({ provisioner }: StorageClass): string => `${provisioner}_csi-provisioner`

/** Binding, provisioning, growing and protecting claims: the persistent-volume controller, external-provisioner and -resizer. */
export const claimController = (control: Control, storage: Storage): StandInController =>
  ({ name: 'persistent-volume-claims', watches, reconcile: (key) => reconcile(control, storage, key) })

/** external-provisioner's and -resizer's part alone: binding and protecting are a real kube-controller-manager's. */
export const provisionController = (control: Control, storage: Storage): StandInController => ({
  name: 'persistent-volume-claims',
  watches,
  reconcile: async (key) => {
    const claim = control.cache.of(specs.claims).get(key)
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return undefined
    const volume = volumeFor(control, claim)
    if (volume !== undefined) return claim.status?.phase === 'Bound' ? change(control, storage, claim, volume) : undefined
    const storageClass = control.cache.of(specs.storageClasses).get(claim.spec.storageClassName ?? '')
    // kube-controller-manager says so, once the first consumer's node is known where that is waited for.
    const asked = claim.metadata.annotations?.[provisionerAnnotation]
    if (storageClass === undefined || asked !== storageClass.provisioner || !isOurs(claim, storageClass)) return undefined
    return provision(control, storage, claim, storageClass)
  },
})

const provisionerAnnotation = 'volume.kubernetes.io/storage-provisioner'

const watches: StandInController['watches'] = [
  watching(specs.claims, (claim) => [keyOf(claim.metadata)]),
  watching(specs.volumes, ({ spec: { claimRef } }) => (claimRef === undefined ? [] : [`${claimRef.namespace}/${claimRef.name}`])),
  watching(specs.pods, (pod) =>
    (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
      persistentVolumeClaim === undefined ? [] : [`${pod.metadata.namespace}/${persistentVolumeClaim.claimName}`],
    ),
  ),
  watching(specs.snapshots, (snapshot, cache) => fedBy(cache.of(specs.claims).list(), snapshot.metadata.namespace, 'VolumeSnapshot', snapshot.metadata.name)),
  watching(specs.attributesClasses, ({ metadata }, cache) => namedBy(cache.of(specs.claims).list(), metadata.name)),
  watching(specs.storageClasses, (storageClass, cache) =>
    [...cache.of(specs.claims).list()]
      .filter(({ spec }) => spec.storageClassName === storageClass.metadata.name)
      .map((claim) => keyOf(claim.metadata)),
  ),
]

const namedBy = (claims: Iterable<Claim>, attributesClass: string): string[] =>
  [...claims].filter(({ spec }) => spec.volumeAttributesClassName === attributesClass).map((claim) => keyOf(claim.metadata))

const fedBy = (claims: Iterable<Claim>, namespace: string | undefined, kind: string, name: string): string[] =>
  [...claims]
    .filter(({ metadata, spec }) => metadata.namespace === namespace && spec.dataSource?.kind === kind && spec.dataSource.name === name)
    .map((claim) => keyOf(claim.metadata))

const reconcile = async (control: Control, storage: Storage, key: string): Promise<number | undefined> => {
  const claim = control.cache.of(specs.claims).get(key)
  if (claim === undefined) return undefined
  if (claim.metadata.deletionTimestamp !== undefined) return unprotect(control, claim)
  const protectedClaim = await protect(control, claim)
  const volume = volumeFor(control, protectedClaim)
  if (volume !== undefined) return settle(control, storage, protectedClaim, volume)
  if (protectedClaim.status?.phase === 'Bound') {
    await control.patchStatus(resources.claims, protectedClaim, { ...protectedClaim.status, phase: 'Lost' })
    return undefined
  }
  return provisionUnbound(control, storage, protectedClaim)
}

const protect = (control: Control, claim: Claim): Promise<Claim> => {
  const finalizers = claim.metadata.finalizers ?? []
  if (finalizers.includes(claimProtection)) return Promise.resolve(claim)
  return control.patch(resources.claims, claim, { ...claim, metadata: { ...claim.metadata, finalizers: [...finalizers, claimProtection] } })
}

/** A claim stays while a pod that has not ended uses it. */
const unprotect = async (control: Control, claim: Claim): Promise<undefined> => {
  const users = control.cache.of(specs.pods).by('claim', keyOf(claim.metadata))
  if (users.some((pod) => pod.spec.nodeName !== undefined && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed')) return
  const finalizers = (claim.metadata.finalizers ?? []).filter((finalizer) => finalizer !== claimProtection)
  await control.patch(resources.claims, claim, { ...claim, metadata: { ...claim.metadata, finalizers } })
}

/** The volume that the claim names, or that is reserved for it. */
const volumeFor = (control: Control, claim: Claim): Volume | undefined => {
  const isFor = ({ spec: { claimRef } }: Volume) => claimRef?.uid === undefined || claimRef.uid === claim.metadata.uid
  if (claim.spec.volumeName !== undefined) {
    const named = control.cache.of(specs.volumes).get(claim.spec.volumeName)
    const reserved = named?.spec.claimRef
    const free = reserved === undefined || (reserved.namespace === claim.metadata.namespace && reserved.name === claim.metadata.name)
    const matches = named?.spec.claimRef?.uid !== undefined || (claim.spec.volumeAttributesClassName ?? '') === (named?.spec.volumeAttributesClassName ?? '')
    return named !== undefined && free && isFor(named) && matches ? named : undefined
  }
  return control.cache.of(specs.volumes).by('claim', keyOf(claim.metadata)).find(isFor)
}

const settle = async (control: Control, storage: Storage, claim: Claim, volume: Volume): Promise<number | undefined> => {
  const { claimRef } = volume.spec
  if (claimRef?.uid === undefined) {
    const reserved = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: claim.metadata.namespace ?? '', name: claim.metadata.name, uid: claim.metadata.uid }
    await control.patch(resources.volumes, volume, { ...volume, spec: { ...volume.spec, claimRef: reserved } })
    return 0
  }
  const bound = await control.patch(resources.claims, claim, bindClaim(claim, volume))
  const settled = await control.patchStatus(resources.claims, bound, boundStatus(bound, volume))
  return change(control, storage, settled, volume)
}

/** external-resizer's part: performance, then size. */
const change = async (control: Control, storage: Storage, claim: Claim, volume: Volume): Promise<number | undefined> => {
  const modified = await modify(control, claim, volume)
  if (typeof modified === 'number') return modified
  return grow(control, storage, modified, control.cache.of(specs.volumes).get(volume.metadata.name) ?? volume)
}

const provisionUnbound = async (control: Control, storage: Storage, claim: Claim): Promise<number | undefined> => {
  if (claim.status?.phase === undefined) await control.patchStatus(resources.claims, claim, { ...claim.status, phase: 'Pending' })
  const storageClass = control.cache.of(specs.storageClasses).get(claim.spec.storageClassName ?? '')
  if (storageClass === undefined) return missingClass(control, claim)
  if (!isOurs(claim, storageClass)) return undefined
  const nodeName = claim.metadata.annotations?.[selectedNodeAnnotation]
  if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && nodeName === undefined) {
    await control.event(claim, 'persistentvolume-controller', 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding')
    return undefined
  }
  return provision(control, storage, claim, storageClass)
}

const provision = async (control: Control, { disks, room }: Storage, claim: Claim, storageClass: StorageClass): Promise<number | undefined> => {
  const wait = control.delay(`provision ${claim.metadata.uid}`, control.timings.provision)
  if (wait > 0) return wait
  const problem = room.take(claim, storageClass, requestedBytes(claim)) ?? await makeDisk(control, disks, claim, storageClass)
  if (problem !== undefined) {
    await control.event(claim, componentOf(storageClass), 'Warning', 'ProvisioningFailed', provisioningFailed(storageClass, problem))
    return RETRY
  }
  await publishVolume(control, claim, storageClass)
  return undefined
}

const missingClass = async (control: Control, claim: Claim): Promise<undefined> => {
  if (claim.spec.storageClassName === undefined || claim.spec.storageClassName === '') return
  const message = `storageclass.storage.k8s.io "${claim.spec.storageClassName}" not found`
  await control.event(claim, 'persistentvolume-controller', 'Warning', 'ProvisioningFailed', message)
}

/** A claim with a populator's source is filled, and then bound, by the populator; one that names its volume waits for it. */
const isOurs = (claim: Claim, { provisioner }: StorageClass): boolean =>
  isPlayed(provisioner) && !isPopulated(claim) && claim.spec.volumeName === undefined

/** Sources outside Kubernetes' own two are somebody's populator's. */
const isPopulated = ({ spec: { dataSourceRef } }: Claim): boolean =>
  dataSourceRef !== undefined && dataSourceRef.kind !== 'VolumeSnapshot' && dataSourceRef.kind !== 'PersistentVolumeClaim'

/** Milliseconds after which a provisioner tries again what it could not do. Upstream's doubles, from a second to five minutes. */
const RETRY = 5000

/** Makes the claim's disk from its source. Returns what stands in the way. */
const makeDisk = async (control: Control, disks: Disks, claim: Claim, { provisioner }: StorageClass): Promise<string | undefined> => {
  const source = claim.spec.dataSource ?? claim.spec.dataSourceRef
  const id = volumeName(claim)
  if (source === undefined) {
    await disks.createBlank(id, requestedBytes(claim), isShared(claim))
    return undefined
  }
  // Source: external-provisioner, pkg/controller/controller.go, `checkDriverCapabilities`.
  if (provisioner !== driver) return source.kind === 'VolumeSnapshot' ? 'CSI driver does not support snapshot restore' : 'CSI driver does not support clone operations'
  const from = source.kind === 'VolumeSnapshot' ? snapshotSource(control, claim, source.name) : claimSource(control, claim, source.name)
  if ('problem' in from) return from.problem
  await disks.clone(id, from.handle, requestedBytes(claim), isShared(claim))
  return undefined
}

type Source = { handle: string } | { problem: string }

const snapshotSource = (control: Control, claim: Claim, name: string): Source => {
  const snapshot = control.cache.of(specs.snapshots).get(`${claim.metadata.namespace}/${name}`)
  const content = control.cache.of(specs.snapshotContents).get(snapshot?.status?.boundVolumeSnapshotContentName ?? '')
  const handle = content?.status?.snapshotHandle
  if (snapshot === undefined) return { problem: `error getting handle for DataSource Type VolumeSnapshot by Name ${name}: snapshot ${name} not found` }
  if (snapshot.status?.readyToUse !== true || handle === undefined) {
    return { problem: `error getting handle for DataSource Type VolumeSnapshot by Name ${name}: snapshot ${name} is not Ready` }
  }
  if (requestedBytes(claim) < (content?.status?.restoreSize ?? 0)) {
    return { problem: `requested volume size ${requestedBytes(claim)} is less than the size ${content?.status?.restoreSize} for the source snapshot ${name}` }
  }
  return { handle }
}

const claimSource = (control: Control, claim: Claim, name: string): Source => {
  const source = control.cache.of(specs.claims).get(`${claim.metadata.namespace}/${name}`)
  const volume = control.cache.of(specs.volumes).get(source?.spec.volumeName ?? '')
  if (source?.status?.phase !== 'Bound' || volume?.spec.csi === undefined) return { problem: `the source PVC ${name} is not bound` }
  if (requestedBytes(claim) < quantity(source.status.capacity?.storage)) return { problem: `error, new PVC request must be greater than or equal in size to the specified PVC data source` }
  return { handle: volume.spec.csi.volumeHandle }
}

/** Shows a claim's finished disk as its PersistentVolume; binding follows from that. */
export const publishVolume = async (control: Control, claim: Claim, storageClass: StorageClass): Promise<void> => {
  const node = control.cache.of(specs.nodes).get(claim.metadata.annotations?.[selectedNodeAnnotation] ?? '')
  const made = await control.create<Volume>(resources.volumes, buildVolume({ claim, storageClass, sizeBytes: requestedBytes(claim), node }))
  if (made !== undefined) {
    await control.event(claim, componentOf(storageClass), 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${made.metadata.name}`)
  }
}
