import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Snapshot, SnapshotStatus } from '../../../crds/v1alpha1/snapshot.ts'
import { isGoing } from '../namespace.ts'

type Shares = NonNullable<SnapshotStatus['sharedWith']>

/**
 * Whether Volumes in a namespace may be made of a snapshot. A share is with the namespace that was there when it was given, not with whoever has its
 * name later; taken back, it ends at once.
 * @param uid - of the namespace, undefined where there is none.
 */
export const mayCreateVolume = (
  { metadata, spec: { createVolumePermissions }, status }: Snapshot, namespace: string, uid: string | undefined,
): boolean =>
  metadata.namespace === namespace || createVolumePermissions?.public === true ||
  (uid !== undefined && createVolumePermissions?.namespaces?.includes(namespace) === true &&
    status?.sharedWith?.some(share => share.namespace === namespace && share.uid === uid) === true)

/** Which namespaces the permissions mean: those that are known already, and what is there now for names that are new. */
export const sharesOf = ({ spec, status }: Snapshot, namespaceOf: (name: string) => KubeObject | undefined): Shares =>
  (spec.createVolumePermissions?.namespaces ?? []).flatMap(name => {
    const known = status?.sharedWith?.find(({ namespace }) => namespace === name)
    if (known !== undefined) return [known]
    const found = namespaceOf(name)
    return found === undefined || isGoing(found) ? [] : [{ namespace: name, uid: found.metadata.uid }]
  })
