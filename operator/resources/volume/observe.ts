import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { Image } from '../../../crds/v1alpha1/image.ts'
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { VolumeType } from '../../../crds/v1alpha1/volume-type.ts'
import { volumeVerdict } from '../../../webhooks/verdicts/volume.ts'
import { type Attributes, type AttributesClass, attributesClassInformer, attributesClassName } from '../../providers/csi/attributes-class.ts'
import { isAttachable } from '../../providers/cdi/data-volume.ts'
import { dataVolumeInformer } from '../../providers/cdi/informers.ts'
import type { DataVolume } from '../../providers/cdi/resources.ts'
import { byOffer, byOwner, claimInformer, persistentVolumeInformer, storageClassInformer } from '../../providers/csi/informers.ts'
import type { Claim, PersistentVolume, StorageClass } from '../../providers/csi/resources.ts'
import { madeFor, ownerUIDOf } from '../../providers/made.ts'
import type { Access, AccessQuestion } from '../../runtime/access.ts'
import type { Cache } from '../../runtime/store.ts'
import { launchableImage, launchQuestion } from '../image/launch-permission.ts'
import { snapshotOf } from '../image/store.ts'
import { instanceInformer } from '../instance/store.ts'
import { namespaceInformer } from '../namespace.ts'
import { mayCreateVolume } from '../snapshot/sharing.ts'
import { snapshotInformer, snapshotKeyOf } from '../snapshot/store.ts'
import { violationText, viewOf } from '../view.ts'
import { driversOf } from '../volume-type/drivers.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { type User, usersOf } from './users.ts'
import { type Wish, wishOf } from './wish.ts'

export type VolumeFacts = {
  id: string
  /** What is wrong with the spec beside other objects, in words with the way out. */
  violations: readonly string[]
  type: VolumeType | undefined
  /** Undefined where it is made from none, or the image isn't there. */
  image: Image | undefined
  /** What roles say of the image of another namespace that its own permissions don't share. */
  access: Access | undefined
  /** The Snapshot that this image consists of, where one disk of several is meant. */
  imageSnapshot: Snapshot | undefined
  /** Undefined where it is made from none, or the snapshot isn't there or not for this namespace. */
  snapshot: Snapshot | undefined
  storageClass: StorageClass | undefined
  /** What it is to do; undefined where its type isn't there. */
  wish: Wish | undefined
  /** What its storage is to be told; undefined where that is nothing. */
  attributes: Attributes | undefined
  /** The class that says so, once its VolumeType has made it. */
  attributesClass: AttributesClass | undefined
  /** The class that its claim names. */
  claimClass: AttributesClass | undefined
  /** CSI drivers that its type is made of now. */
  typeDrivers: readonly string[]
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

export const observeVolume = (volume: Volume, cache: Cache, _now?: number, access?: Access): VolumeFacts => {
  const key = keyOf(volume.metadata)
  const dataVolume = madeFor(volume, cache.of(dataVolumeInformer).get(key))
  const claim = madeFor(volume, cache.of(claimInformer).get(key))
  const type = cache.of(volumeTypeInformer).get(volume.spec.volumeType)
  const launch = launchOf(volume)
  const image = launch === undefined ? undefined : launchableImage(launch, cache, access)
  const storageClass = cache.of(storageClassInformer).get(claim?.spec.storageClassName ?? storageClassNameOf(volume, type) ?? '')
  return {
    id: idOf(idPrefixes.volume, volume.metadata.uid),
    violations: volumeVerdict(volume, undefined, viewOf(cache, {}, access)).map(violationText),
    type,
    image,
    access,
    imageSnapshot: image === undefined || volume.spec.imageRef?.deviceName === undefined ? undefined : snapshotOf(image, cache),
    snapshot: snapshotFor(volume, cache),
    storageClass,
    ...observePerformance(volume, { type, claim, storageClass }, cache),
    dataVolume,
    claim,
    persistentVolume: madeFor(volume, cache.of(persistentVolumeInformer).get(claim?.spec.volumeName ?? '')),
    kept: cache.of(persistentVolumeInformer).by(byOwner, volume.metadata.uid),
    offered: cache.of(persistentVolumeInformer).by(byOffer, key),
    attachable: isUsable(volume, dataVolume, claim),
    users: usersOf(volume, claim, cache),
    comesLate: dataVolume === undefined && claim === undefined && volume.status?.volumeID === undefined && isWithoutMaker(volume, cache),
  }
}

/** One of another namespace is there for this one only if it is shared with just this namespace, by its UID. */
const snapshotFor = ({ spec: { snapshotRef }, metadata: { namespace = '' } }: Volume, cache: Cache): Snapshot | undefined => {
  const found = snapshotRef === undefined ? undefined : cache.of(snapshotInformer).get(snapshotKeyOf(namespace, snapshotRef))
  return found !== undefined && mayCreateVolume(found, namespace, cache.of(namespaceInformer).get(namespace)?.metadata.uid) ? found : undefined
}

/** Of one that has its claim nothing is asked any more: it is made. */
export const questionOfVolume = (volume: Volume, cache: Cache): AccessQuestion | undefined => {
  const launch = launchOf(volume)
  const isMade = madeFor(volume, cache.of(claimInformer).get(keyOf(volume.metadata))) !== undefined
  return launch === undefined || isMade ? undefined : launchQuestion(launch, cache)
}

const launchOf = ({ metadata: { namespace = '' }, spec: { imageRef } }: Volume) => imageRef === undefined ? undefined : { namespace, ref: imageRef }

type Made = Pick<VolumeFacts, 'type' | 'claim' | 'storageClass'>

const observePerformance = (
  volume: Volume, { type, claim, storageClass }: Made, cache: Cache,
): Pick<VolumeFacts, 'wish' | 'attributes' | 'attributesClass' | 'claimClass' | 'typeDrivers'> => {
  const classes = cache.of(attributesClassInformer)
  const wish = type === undefined ? undefined : wishOf(volume, type.spec, claim?.spec.attributesClass !== undefined)
  const attributes = wish?.parameters === undefined || storageClass === undefined ? undefined
    : { driver: storageClass.provisioner, parameters: wish.parameters }
  return {
    wish,
    attributes,
    attributesClass: attributes === undefined || type === undefined ? undefined
      : classes.get(attributesClassName({ name: type.metadata.name, uid: type.metadata.uid }, attributes)),
    claimClass: classes.get(claim?.spec.attributesClass ?? ''),
    typeDrivers: type === undefined ? [] : driversOf(type, cache),
  }
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
  const wasUsable = claim !== undefined && (volume.status?.state === 'available' || volume.status?.state === 'in-use')
  // One that still goes with a DataVolume that is gone may have been filled in part when that was deleted.
  if (dataVolume === undefined) return claim?.status.phase === 'Bound' && (wasUsable || claim.spec.ofDataVolume !== true)
  return isAttachable(dataVolume) || wasUsable
}

/** Undefined where the type is missing or can't be encrypted. */
export const storageClassNameOf = ({ spec }: Volume, type: VolumeType | undefined): string | undefined =>
  spec.encrypted ? type?.spec.encryptedStorageClassName : type?.spec.storageClassName
