import { keyOf } from '../../../crds/kubernetes.ts'
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { byVolumeSnapshot, dataVolumeInformer } from '../../providers/cdi/informers.ts'
import type { DataVolume } from '../../providers/cdi/resources.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { imageInformer } from '../image/store.ts'
import { siblingKey } from '../stored.ts'
import { volumeInformer } from '../volume/store.ts'
import { titleOf } from '../waiting-for.ts'
import { keptName } from './store.ts'

/** Titles of what the bytes are needed by now, as its deletion sees it. */
export const holdersOf = (snapshot: Snapshot, cache: Cache): string[] => holdersAmong(snapshot, copiesOf(snapshot, cache), cache)

/** The same, and those that are to be made of it and wait for something else yet: whom its deletion would leave without. */
export const usersOfSnapshot = (snapshot: Snapshot, cache: Cache): readonly string[] => {
  const copies = copiesOf(snapshot, cache)
  const copied = new Set(copies.map(({ metadata }) => keyOf(metadata)))
  const waiting = cache.of(volumeInformer).by('snapshot', keyOf(snapshot.metadata)).filter(({ metadata }) => !copied.has(keyOf(metadata)))
  return [...holdersAmong(snapshot, copies, cache), ...waiting.map(({ metadata }) => volumeTitle(snapshot, metadata))]
}

const holdersAmong = (snapshot: Snapshot, copies: readonly DataVolume[], cache: Cache): string[] =>
  [...copies.map(copy => copyTitle(snapshot, copy)), ...imagesOf(snapshot, cache)]

const copiesOf = (snapshot: Snapshot, cache: Cache): DataVolume[] =>
  (snapshot.status?.volumes ?? [])
    .flatMap(({ volumeID }) => cache.of(dataVolumeInformer).by(byVolumeSnapshot, siblingKey(snapshot, keptName(snapshot, volumeID))))
    .filter(({ status: { phase } }) => phase !== 'Succeeded' && phase !== 'Failed')

/** A volume that waits for its first machine is there to be used and has not been copied yet: that it has to be copied, nobody would guess. */
const copyTitle = (snapshot: Snapshot, { metadata, status: { phase } }: DataVolume): string =>
  `${volumeTitle(snapshot, metadata)}${phase === 'PendingPopulation' || phase === 'WaitForFirstConsumer' ? ' (copied when it is first attached)' : ''}`

/** Of another account nobody is told more than that it is one. */
const volumeTitle = (snapshot: Snapshot, { namespace, name }: { namespace?: string; name: string }): string =>
  namespace === snapshot.metadata.namespace ? titleOf('Volume', name) : ofAnother

const ofAnother = 'a Volume of another account'

/** What the owner of a snapshot can do about those who hold it; undefined: delete them. */
export const wayOutOf = (holders: readonly string[]): string | undefined => !holders.some(title => title.startsWith(ofAnother)) ? undefined
  : 'it goes when the accounts that it is shared with have attached or deleted theirs, and you have deleted yours'

/** Images consist of it as long as they are there. */
const imagesOf = (snapshot: Snapshot, cache: Cache): string[] => cache.of(imageInformer).by('snapshot', keyOf(snapshot.metadata))
  .filter(image => image.spec.source.snapshotRef !== undefined || ownerUIDOf(snapshot) === image.metadata.uid)
  .map(({ metadata }) => titleOf('Image', metadata.name))
