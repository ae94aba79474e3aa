import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Snapshot, SnapshotStatus } from '../../../crds/v1alpha1/snapshot.ts'
import { isGoing } from '../namespace.ts'
import { namesOf } from '../waiting-for.ts'

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

/** Of whom the permissions name, those who have nothing of it all the same, and the way out; empty: all that are named may. */
export const unshared = (snapshot: Snapshot, shares: Shares, namespaceOf: (name: string) => KubeObject | undefined): string => {
  const names = snapshot.spec.createVolumePermissions?.namespaces ?? []
  const uids = new Map(shares.map(({ namespace, uid }) => [namespace, uid]))
  const missing = names.filter(name => !uids.has(name))
  const replaced = names.filter(name => uids.has(name) && namespaceOf(name)?.metadata.uid !== uids.get(name))
  return [
    ...missing.length === 0 ? [] : [`there is no namespace ${namesOf(missing)}: it is shared with one of that name once there is; correct createVolumePermissions.namespaces if another is meant`],
    ...replaced.length === 0 ? [] : [`it was shared with another namespace ${namesOf(replaced)}, which is gone: take the name out of createVolumePermissions.namespaces and put it back if you mean who has it now`],
  ].join('; ')
}
