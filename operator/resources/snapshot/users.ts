import { keyOf } from '../../../crds/kubernetes.ts'
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { byVolumeSnapshot, dataVolumeInformer } from '../../providers/cdi/informers.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { imageInformer } from '../image/store.ts'
import { siblingKey } from '../stored.ts'
import { volumeInformer } from '../volume/store.ts'
import { titleOf } from '../waiting-for.ts'
import { keptName } from './store.ts'

/** Titles of what the bytes are needed by now, as its deletion sees it. */
export const holdersOf = (snapshot: Snapshot, cache: Cache): string[] => [...copiesOf(snapshot, cache), ...imagesOf(snapshot, cache)]

/** The same, and those that are to be made of it and wait for something else yet: whom its deletion would leave without. */
export const usersOfSnapshot = (snapshot: Snapshot, cache: Cache): readonly string[] => [...new Set([
  ...holdersOf(snapshot, cache),
  ...cache.of(volumeInformer).by('snapshot', keyOf(snapshot.metadata)).map(({ metadata }) => volumeTitle(snapshot, metadata)),
])]

/** A volume that waits for its first machine is there to be used and has not been copied yet. */
const copiesOf = (snapshot: Snapshot, cache: Cache): string[] =>
  (snapshot.status?.volumes ?? [])
    .flatMap(({ volumeID }) => cache.of(dataVolumeInformer).by(byVolumeSnapshot, siblingKey(snapshot, keptName(snapshot, volumeID))))
    .filter(({ status: { phase } }) => phase !== 'Succeeded' && phase !== 'Failed')
    .map(({ metadata }) => volumeTitle(snapshot, metadata))

/** Of another account nobody is told more than that it is one. */
const volumeTitle = (snapshot: Snapshot, { namespace, name }: { namespace?: string; name: string }): string =>
  titleOf('Volume', namespace === snapshot.metadata.namespace ? name : 'of another namespace')

/** Images consist of it as long as they are there. */
const imagesOf = (snapshot: Snapshot, cache: Cache): string[] => cache.of(imageInformer).by('snapshot', keyOf(snapshot.metadata))
  .filter(image => image.spec.source.snapshotRef !== undefined || ownerUIDOf(snapshot) === image.metadata.uid)
  .map(({ metadata }) => titleOf('Image', metadata.name))
