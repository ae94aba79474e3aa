import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { Image } from '../../../crds/v1alpha1/image.ts'
import type { KeptVolume, Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { imageVerdict } from '../../../webhooks/verdicts/image.ts'
import { byDataSource, dataSourceInformer, dataVolumeInformer } from '../../providers/cdi/informers.ts'
import type { DataSource, DataVolume } from '../../providers/cdi/resources.ts'
import { claimInformer, storageClassInformer, volumeSnapshotClassInformer, volumeSnapshotInformer } from '../../providers/csi/informers.ts'
import type { Claim, VolumeSnapshot } from '../../providers/csi/resources.ts'
import { snapshotClassFor } from '../../providers/csi/volume-snapshot.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { type Power, powerOf } from '../../providers/kubevirt/power.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import type { NetworkPolicy } from '../../providers/network-policy/resources.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { keptName } from '../snapshot/store.ts'
import { siblingKey } from '../stored.ts'
import { titleOf } from '../waiting-for.ts'
import { violationText, viewOf } from '../view.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { volumeInformer } from '../volume/store.ts'
import { rootIn, snapshotOf } from './store.ts'

export type ImageFacts = {
  /** Also the name of all that is made for it: no Volume of the tenant's can have it. */
  id: string
  /** What is wrong with the source, in words with the way out. */
  violations: readonly string[]
  /** Undefined while the default VolumeType isn't there. */
  storageClassName: string | undefined
  /** The policy that says what its importer may connect to. */
  fence: NetworkPolicy | undefined
  dataVolume: DataVolume | undefined
  claim: Claim | undefined
  /** Undefined where the storage can't take snapshots: clones are then made from the claim. */
  snapshotClass: string | undefined
  snapshot: VolumeSnapshot | undefined
  dataSource: DataSource | undefined
  /** The Snapshot that it consists of, where it isn't imported. */
  kept: Kept | undefined
  /** The instance of `source.instanceRef`. */
  instance: StoredInstance | undefined
  /** Of that instance. */
  power: Power
  /** Titles of volumes that are being cloned from it now. Asked for at its deletion only: a look at all clones. */
  clones: () => readonly string[]
}

/**
 * @property root - the volume that becomes the root disk; undefined until it is known which.
 * @property volumeSnapshot - of the root.
 * @property volumeOf - the volume that was kept, as long as it is there.
 */
export type Kept = {
  object: Snapshot
  root: KeptVolume | undefined
  volumeSnapshot: VolumeSnapshot | undefined
  volumeOf: (kept: KeptVolume) => Volume | undefined
}

export const observeImage = (settings: OperatorSettings) => (image: Image, cache: Cache): ImageFacts => {
  const id = idOf(idPrefixes.image, image.metadata.uid)
  const key = keyOf({ ...image.metadata, name: id })
  const claim = madeFor(image, cache.of(claimInformer).get(key))
  const storageClassName = settings.storageClassForImages ??
    cache.of(volumeTypeInformer).get(settings.defaultVolumeType)?.spec.storageClassName
  const storageClass = cache.of(storageClassInformer).get(claim?.spec.storageClassName ?? storageClassName ?? '')
  return {
    id,
    violations: imageVerdict(withoutStatus(image), undefined, viewOf(cache, settings)).map(violationText),
    storageClassName,
    fence: madeFor(image, cache.of(networkPolicyInformer).get(key)),
    dataVolume: madeFor(image, cache.of(dataVolumeInformer).get(key)),
    claim,
    snapshotClass: snapshotClassFor(storageClass, cache.of(volumeSnapshotClassInformer).list()),
    snapshot: madeFor(image, cache.of(volumeSnapshotInformer).get(key)),
    dataSource: madeFor(image, cache.of(dataSourceInformer).get(key)),
    kept: keptOf(image, cache),
    ...instanceOf(image, cache),
    clones: () => cache.of(dataVolumeInformer).by(byDataSource, key).filter(isCloning).map(({ metadata }) => titleOf('Volume', metadata.name)),
  }
}

const keptOf = (image: Image, cache: Cache): Kept | undefined => {
  const object = snapshotOf(image, cache)
  if (object === undefined) return undefined
  const root = rootIn(object, image)
  const key = root === undefined ? '' : siblingKey(image, keptName(object, root.volumeID))
  return { object, root, volumeSnapshot: madeFor(object, cache.of(volumeSnapshotInformer).get(key)), volumeOf: kept => volumeOf(kept, image, cache) }
}

/** Another volume of its name is not what was meant. */
const volumeOf = ({ volumeName, volumeID }: KeptVolume, image: Image, cache: Cache): Volume | undefined => {
  const found = cache.of(volumeInformer).get(siblingKey(image, volumeName))
  return found !== undefined && idOf(idPrefixes.volume, found.metadata.uid) === volumeID ? found : undefined
}

const instanceOf = (image: Image, cache: Cache): Pick<ImageFacts, 'instance' | 'power'> => {
  const { instanceRef } = image.spec.source
  const key = instanceRef === undefined ? '' : siblingKey(image, instanceRef.name)
  const instance = cache.of(instanceInformer).get(key)
  if (instance === undefined) return { instance, power: 'gone' }
  const machine = madeFor(instance, cache.of(virtualMachineInformer).get(key))
  return { instance, power: powerOf(machine, madeFor(instance, cache.of(virtualMachineInstanceInformer).get(key))) }
}

/** That it is imported already is for us to see and not for a status to say: who can write one could have anything fetched. */
const withoutStatus = ({ status: _, ...image }: Image): Image => image

const isCloning = ({ status: { phase } }: DataVolume): boolean => phase !== 'Succeeded' && phase !== 'Failed'
