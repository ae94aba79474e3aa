import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { Image } from '../../../crds/v1alpha1/image.ts'
import type { Instance } from '../../../crds/v1alpha1/instance.ts'
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeType } from '../../../crds/v1alpha1/volume-type.ts'
import { volumeVerdict } from '../../../webhooks/verdicts/volume.ts'
import { isAttachable } from '../../providers/cdi/data-volume.ts'
import { dataVolumeInformer } from '../../providers/cdi/informers.ts'
import type { DataVolume } from '../../providers/cdi/resources.ts'
import { byOffer, byOwner, claimInformer, persistentVolumeInformer, storageClassInformer } from '../../providers/csi/informers.ts'
import type { Claim, PersistentVolume, StorageClass } from '../../providers/csi/resources.ts'
import { byClaim, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { madeFor, ownerUIDOf } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { imageInformer } from '../image/store.ts'
import { deviceOf } from '../instance/block-devices.ts'
import { instanceInformer } from '../instance/store.ts'
import { namespaceInformer } from '../namespace.ts'
import { mayCreateVolume } from '../snapshot/sharing.ts'
import { snapshotInformer, snapshotKeyOf } from '../snapshot/store.ts'
import { violationText, viewOf } from '../view.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { imageKeyOf } from './store.ts'

/** An instance that has the volume. */
export type User = { instance: Instance; device: string; state: 'attaching' | 'attached' | 'detaching' }

export type VolumeFacts = {
  id: string
  /** What is wrong with the spec beside other objects, in words with the way out. */
  violations: readonly string[]
  type: VolumeType | undefined
  /** Undefined where it is made from none, or the image isn't there. */
  image: Image | undefined
  /** Undefined where it is made from none, or the snapshot isn't there or not for this namespace. */
  snapshot: Snapshot | undefined
  storageClass: StorageClass | undefined
  dataVolume: DataVolume | undefined
  claim: Claim | undefined
  /** The one that the claim is bound to, once it carries our mark. */
  persistentVolume: PersistentVolume | undefined
  /** All that carry our mark: more than one where bytes were lost from sight and something else was made in their place. */
  kept: readonly PersistentVolume[]
  /** Those whose bytes an administrator wants it to have: one, or it is a mistake. */
  offered: readonly PersistentVolume[]
  /** A machine may mount it. */
  attachable: boolean
  users: readonly User[]
  /** It was made for an instance that isn't there, and nothing has been said or made of it yet. */
  comesLate: boolean
}

export const observeVolume = (volume: Volume, cache: Cache): VolumeFacts => {
  const key = keyOf(volume.metadata)
  const dataVolume = madeFor(volume, cache.of(dataVolumeInformer).get(key))
  const claim = madeFor(volume, cache.of(claimInformer).get(key))
  const type = cache.of(volumeTypeInformer).get(volume.spec.volumeType)
  const [imageKey] = imageKeyOf(volume) ?? []
  return {
    id: idOf(idPrefixes.volume, volume.metadata.uid),
    violations: volumeVerdict(volume, undefined, viewOf(cache)).map(violationText),
    type,
    image: imageKey === undefined ? undefined : cache.of(imageInformer).get(imageKey),
    snapshot: snapshotFor(volume, cache),
    storageClass: cache.of(storageClassInformer).get(claim?.spec.storageClassName ?? storageClassNameOf(volume, type) ?? ''),
    dataVolume,
    claim,
    persistentVolume: madeFor(volume, cache.of(persistentVolumeInformer).get(claim?.spec.volumeName ?? '')),
    kept: cache.of(persistentVolumeInformer).by(byOwner, volume.metadata.uid),
    offered: cache.of(persistentVolumeInformer).by(byOffer, key),
    attachable: isUsable(volume, dataVolume, claim),
    users: usersOf(volume, cache),
    comesLate: dataVolume === undefined && claim === undefined && volume.status?.volumeID === undefined && isWithoutMaker(volume, cache),
  }
}

/** One of another namespace is there for this one only if it is shared with just this namespace, by its UID. */
const snapshotFor = ({ spec: { snapshotRef }, metadata: { namespace = '' } }: Volume, cache: Cache): Snapshot | undefined => {
  const found = snapshotRef === undefined ? undefined : cache.of(snapshotInformer).get(snapshotKeyOf(namespace, snapshotRef))
  return found !== undefined && mayCreateVolume(found, namespace, cache.of(namespaceInformer).get(namespace)?.metadata.uid) ? found : undefined
}

const isWithoutMaker = (volume: Volume, cache: Cache): boolean => {
  const maker = ownerUIDOf(volume)
  return maker !== undefined && cache.of(instanceInformer).count('uid', maker) === 0
}

/**
 * CDI may be set to tidy a finished DataVolume away: its claim then stands for itself. One that waited for its first machine is filled once that
 * machine is there: it has been given away already, and is not being made a second time.
 */
const isUsable = (volume: Volume, dataVolume: DataVolume | undefined, claim: Claim | undefined): boolean => {
  if (dataVolume === undefined) return claim?.status.phase === 'Bound'
  return isAttachable(dataVolume) || (claim !== undefined && (volume.status?.state === 'available' || volume.status?.state === 'in-use'))
}

/** Undefined where the type is missing or can't be encrypted. */
export const storageClassNameOf = ({ spec }: Volume, type: VolumeType | undefined): string | undefined =>
  spec.encrypted ? type?.spec.encryptedStorageClassName : type?.spec.storageClassName

/**
 * Who has it: every VirtualMachine that mounts its claim, stopped ones too, and the instance that it was made with, whose machine may be about to
 * come. An instance that is going lets go when its machine is gone.
 */
const usersOf = (volume: Volume, cache: Cache): User[] => {
  const instances = cache.of(instanceInformer)
  const mounting = cache.of(virtualMachineInformer).by(byClaim, keyOf(volume.metadata)).flatMap(machine => {
    const [instance] = instances.by('uid', ownerUIDOf(machine) ?? '')
    if (instance === undefined) return []
    const run = cache.of(virtualMachineInstanceInformer).get(keyOf(machine.metadata))
    const device = deviceOf(instance, volume.metadata.name) ?? ''
    const isMounted = wasAttached(volume, instance) || run?.status.phase === 'Running' || run?.status.phase === 'Succeeded'
      || (run === undefined && machine.spec.runStrategy === 'Halted')
    return [{ instance, device, state: machine.metadata.deletionTimestamp !== undefined ? 'detaching' : isMounted ? 'attached' : 'attaching' } as const]
  })
  if (mounting.length > 0) return mounting
  const [maker] = instances.by('uid', ownerUIDOf(volume) ?? '')
  const device = maker === undefined ? undefined : deviceOf(maker, volume.metadata.name)
  return maker === undefined || device === undefined || maker.metadata.deletionTimestamp !== undefined
    ? [] : [{ instance: maker, device, state: 'attaching' }]
}

/** Once attached it stays so while its machine is stopped and started, as in EC2. */
const wasAttached = ({ status }: Volume, { metadata: { uid } }: Instance): boolean =>
  status?.attachments?.some(({ instanceID, state }) => instanceID === idOf(idPrefixes.instance, uid) && state === 'attached') === true
