import type { Disks } from '../../disks/disks.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import { isPlayed } from './drivers.ts'
import type { Volume } from './types.ts'
import { provisionerFinalizer, volumeProtection } from './volume.ts'

/** PersistentVolumes: their phase, what becomes of them when their claim goes, and of their disk when they go. */
export const volumeController = (control: Control, disks: Disks): StandInController =>
  ({ name: 'persistent-volumes', watches, reconcile: (key) => reconcile(control, disks, key) })

/** external-provisioner's part alone: a real kube-controller-manager says when a volume is released, and protects it until then. */
export const releaseController = (control: Control, disks: Disks): StandInController => ({
  name: 'persistent-volumes',
  watches,
  reconcile: async (key) => {
    const volume = control.cache.of(specs.volumes).get(key)
    if (volume === undefined || volume.status?.phase === 'Bound' || !isPlayed(volume.spec.csi?.driver)) return undefined
    if (volume.metadata.deletionTimestamp !== undefined) return letGo(control, disks, volume, [provisionerFinalizer])
    return volume.status?.phase === 'Released' ? reclaim(control, volume) : undefined
  },
})

const watches: StandInController['watches'] = [
  watching(specs.volumes, (volume) => [volume.metadata.name]),
  watching(specs.claims, (claim, cache) => cache.of(specs.volumes).by('claim', `${claim.metadata.namespace}/${claim.metadata.name}`).map(({ metadata }) => metadata.name)),
]

const reconcile = async (control: Control, disks: Disks, key: string): Promise<undefined> => {
  const volume = control.cache.of(specs.volumes).get(key)
  if (volume === undefined) return
  const { claimRef } = volume.spec
  const claim = claimRef === undefined ? undefined : control.cache.of(specs.claims).get(`${claimRef.namespace}/${claimRef.name}`)
  const bound = claim !== undefined && (claimRef?.uid === undefined || claim.metadata.uid === claimRef.uid)
  if (volume.metadata.deletionTimestamp !== undefined) {
    return bound ? undefined : letGo(control, disks, volume, [volumeProtection, provisionerFinalizer])
  }
  if (volume.metadata.finalizers?.includes(volumeProtection) !== true) {
    const finalizers = [...(volume.metadata.finalizers ?? []), volumeProtection]
    await control.patch(resources.volumes, volume, { ...volume, metadata: { ...volume.metadata, finalizers } })
    return
  }
  const phase = claimRef === undefined ? 'Available' : bound ? (claim.spec.volumeName === key ? 'Bound' : (volume.status?.phase ?? 'Available')) : released(volume)
  if (volume.status?.phase !== phase) {
    const next = await control.patchStatus(resources.volumes, volume, { ...volume.status, phase, lastPhaseTransitionTime: control.now() })
    return phase === 'Released' ? reclaim(control, next) : undefined
  }
  if (phase === 'Released') await reclaim(control, volume)
}

/** A reserved volume whose claim was never there is still to be bound; one whose claim is gone is released. */
const released = ({ spec: { claimRef }, status }: Volume) => (claimRef?.uid === undefined ? (status?.phase ?? 'Available') : 'Released')

/** Retain leaves the volume and its bytes as they are: only a person deletes them. */
const reclaim = async (control: Control, volume: Volume): Promise<undefined> => {
  if (volume.spec.persistentVolumeReclaimPolicy === 'Delete') await control.remove(resources.volumes, volume)
}

/** The disk goes with a volume of ours whose policy is Delete; under Retain the bytes outlive the object. */
const letGo = async (control: Control, disks: Disks, volume: Volume, ours: readonly string[]): Promise<undefined> => {
  const { csi, persistentVolumeReclaimPolicy } = volume.spec
  if (csi !== undefined && isPlayed(csi.driver) && persistentVolumeReclaimPolicy === 'Delete') await disks.remove(csi.volumeHandle)
  const finalizers = (volume.metadata.finalizers ?? []).filter((finalizer) => !ours.includes(finalizer))
  await control.patch(resources.volumes, volume, { ...volume, metadata: { ...volume.metadata, finalizers } })
}
