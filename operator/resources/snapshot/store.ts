import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import { type KeptVolume, snapshot, type Snapshot, type SnapshotSource } from '../../../crds/v1alpha1/snapshot.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedWithOwner } from '../stored.ts'

export const snapshotFinalizer = 'kumulus.dev/snapshot'

export const snapshotInformer: InformerSpec<Snapshot> = {
  resource: snapshot,
  // A shard makes volumes of what other namespaces share.
  everywhere: true,
  trim: storedWithOwner,
  indexes: {
    uid: byUID,
    /** UID of the object of ours that it was made for. */
    owner: snapshot => [ownerUIDOf(snapshot)].filter(uid => uid !== undefined),
    /** `namespace/name` of the Volume that is to be kept, until it is. */
    volume: snapshot => isOpen(snapshot) && snapshot.spec.volumeRef !== undefined ? [siblingKey(snapshot, snapshot.spec.volumeRef.name)] : [],
    /** `namespace/name` of the Instance whose volumes are to be kept, until they are. */
    instance: snapshot => isOpen(snapshot) && snapshot.spec.instanceRef !== undefined ? [siblingKey(snapshot, snapshot.spec.instanceRef.name)] : [],
    /** `namespace/name` of the Instance whose guest stands still for it, or is just about to. */
    freezing: snapshot => isFreezing(snapshot) ? [siblingKey(snapshot, snapshot.status?.freeze?.instanceName ?? '')] : [],
    /** Name of a namespace that it is shared with by name. */
    sharedWith: ({ spec }) => spec.createVolumePermissions?.namespaces ?? [],
  },
}

const isOpen = ({ status }: Snapshot): boolean => status?.state !== 'completed' && status?.state !== 'error'

/** A freeze is on record, and not its end. */
export const isFreezing = ({ status }: Snapshot): boolean => status?.freeze !== undefined && status.freeze.endTime === undefined

/** Name of the VolumeSnapshot that keeps one volume: of IDs, so that nothing of a tenant's has it by chance. */
export const keptName = (snapshot: Pick<Snapshot, 'metadata'>, volumeID: string): string =>
  `${idOf(idPrefixes.snapshot, snapshot.metadata.uid)}-${volumeID}`

/** `namespace/name` of the Snapshot that a disk in `namespace` is made from. */
export const snapshotKeyOf = (namespace: string, ref: SnapshotSource): string => keyOf({ namespace: ref.namespace ?? namespace, name: ref.name })

/** The volume of a snapshot that a reference means: that of its device, or the only one. */
export const keptVolumeOf = ({ status }: Pick<Snapshot, 'status'>, { deviceName }: Pick<SnapshotSource, 'deviceName'>): KeptVolume | undefined => {
  const volumes = status?.volumes ?? []
  return deviceName === undefined ? volumes.length === 1 ? volumes[0] : undefined : volumes.find(each => each.deviceName === deviceName)
}
