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
import type { Answer, Probes } from '../../image-sources/probes.ts'
import { imageKeyOf, instanceInformer, type StoredInstance } from '../instance/store.ts'
import { type Source, unkeepableOf } from '../snapshot/observe.ts'
import { keptName } from '../snapshot/store.ts'
import { siblingKey } from '../stored.ts'
import { titleOf } from '../waiting-for.ts'
import { violationText, viewOf } from '../view.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { imageKeyOf as imageKeyOfVolume, volumeInformer } from '../volume/store.ts'
import { dueOf, isFamily, nextDue, type Version, versionsOf } from './family.ts'
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
  /** Its volumes whose storage takes no snapshots. A look at all of them: asked for before it is stopped. */
  unkeepable: () => readonly Source[]
  /** Of a family, the newest first. */
  versions: readonly Version[]
  /** When a newer file is to be looked for, of what has come, and after that; milliseconds since the epoch. */
  due: number | undefined
  nextDue: number | undefined
  /** Of its web server, to the question of `due`. */
  answer: Answer | undefined
  /** Whether an instance or a volume names a version or was made from it. A look at all of them: for what is to go. */
  isUsed: (version: Version) => boolean
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

export const observeImage = (settings: OperatorSettings, probes?: Probes) => (image: Image, cache: Cache, now = 0): ImageFacts => {
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
    unkeepable: () => unkeepableOf(instanceOf(image, cache).instance, cache),
    ...familyOf(image, probes, cache, now),
    clones: () => cache.of(dataVolumeInformer).by(byDataSource, key).filter(isCloning).map(({ metadata }) => titleOf('Volume', metadata.name)),
  }
}

const familyOf = (
  image: Image, probes: Probes | undefined, cache: Cache, now: number,
): Pick<ImageFacts, 'versions' | 'due' | 'nextDue' | 'answer' | 'isUsed'> => {
  if (!isFamily(image)) return { versions: [], due: undefined, nextDue: undefined, answer: undefined, isUsed: () => true }
  const versions = versionsOf(image, cache)
  const due = dueOf(image, versions, now)
  return {
    versions,
    due,
    nextDue: nextDue(image, now),
    answer: due === undefined ? undefined : probes?.answer(image.metadata.uid, due),
    isUsed: version => isUsed(version, cache),
  }
}

const isUsed = ({ image: { metadata } }: Version, cache: Cache): boolean => {
  const key = keyOf(metadata)
  const id = idOf(idPrefixes.image, metadata.uid)
  return [...cache.of(instanceInformer).list()].some(instance => instance.status?.imageID === id || imageKeyOf(instance) === key) ||
    [...cache.of(volumeInformer).list()].some(volume => imageKeyOfVolume(volume)?.[0] === key)
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
