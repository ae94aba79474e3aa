import { apiVersionOf, type KubeObject } from '../../../crds/kubernetes.ts'
import { volumeSnapshotResource, type StorageClass, type VolumeSnapshotClass } from './resources.ts'

export type VolumeSnapshotInput = { name: string; namespace: string; claim: string; snapshotClass: string }

/** A read-only copy of a claim's bytes, that clones are made from. */
export const buildVolumeSnapshot = ({ name, namespace, claim, snapshotClass }: VolumeSnapshotInput) => ({
  apiVersion: apiVersionOf(volumeSnapshotResource),
  kind: volumeSnapshotResource.kind,
  metadata: { name, namespace },
  spec: { volumeSnapshotClassName: snapshotClass, source: { persistentVolumeClaimName: claim } },
})

/** A VolumeSnapshotContent as the API server sends it, as far as keeping its bytes goes. */
export type RawVolumeSnapshotContent = KubeObject & { spec: { deletionPolicy?: string; volumeSnapshotRef?: { uid?: string } } }

/** The class by which a storage class' volumes can be snapshotted: the default one of its driver, else the first by name; undefined: it can't. */
export const snapshotClassFor = (storage: StorageClass | undefined, classes: Iterable<VolumeSnapshotClass>): string | undefined =>
  [...classes]
    .filter(({ driver }) => driver === storage?.provisioner)
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault) || (a.metadata.name < b.metadata.name ? -1 : 1))[0]?.metadata.name
