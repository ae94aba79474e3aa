import type { SnapshotSource } from '../../crds/v1alpha1/index.ts'
import { sourceSizeViolations } from './disk.ts'
import { permit } from './permissions.ts'
import type { SeenSnapshot, View, Violation } from './view.ts'

type Disk = { size?: string | undefined; encrypted: boolean; snapshotRef: SnapshotSource }

/**
 * What is wrong with a disk that is made from a snapshot. One of another namespace must be shared first; whether there is none or it isn't
 * shared, the answer is the same, so that nobody learns the names of a stranger's snapshots.
 * @param path - of the disk in its object, for example `spec` or `spec.blockDevices[1]`.
 */
export const snapshotSourceViolations = (namespace: string, disk: Disk, view: View, path: string): Violation[] => {
  const { snapshotRef } = disk
  const at = snapshotRef.namespace ?? namespace
  const snapshot = view.getSnapshot(at, snapshotRef.name)
  if (at !== namespace && (snapshot === undefined || !permit(snapshot.spec.createVolumePermissions, namespace))) {
    return [{
      field: `${path}.snapshotRef`,
      message: `no snapshot ${snapshotRef.name} of the namespace ${at} is shared with the namespace ${namespace}: ` +
        'ask its owner to add yours to createVolumePermissions.namespaces, or use a snapshot of your own',
      reason: 'FieldValueForbidden',
    }]
  }
  if (snapshot?.status?.volumes !== undefined) return volumeViolations(disk, snapshot, path)
  return sourceSizeViolations(disk.size === undefined ? {} : { size: disk.size }, { snapshot }, path)
}

const volumeViolations = ({ size, encrypted, snapshotRef }: Disk, { metadata, status }: SeenSnapshot, path: string): Violation[] => {
  const volumes = status?.volumes ?? []
  const { deviceName, name } = snapshotRef
  const kept = deviceName === undefined && volumes.length === 1 ? volumes[0] : volumes.find(each => each.deviceName === deviceName)
  if (kept === undefined) {
    return [{
      field: `${path}.snapshotRef.deviceName`,
      message: deviceName === undefined ? `the snapshot ${name} has several volumes: name one by its device, ${devicesOf(volumes)}`
        : `the snapshot ${name} has no volume of the device ${deviceName}: use ${devicesOf(volumes)}`,
    }]
  }
  return [
    ...sourceSizeViolations(size === undefined ? {} : { size }, { snapshot: { metadata, spec: {}, status: { size: kept.size ?? '0' } } }, path),
    ...kept.encrypted && !encrypted
      ? [{ field: `${path}.encrypted`, message: `the snapshot ${name} is encrypted and so is all that is made from it: set encrypted to true` }]
      : [],
  ]
}

const devicesOf = (volumes: readonly { deviceName: string }[]): string => {
  const named = volumes.map(({ deviceName }) => deviceName).filter(device => device !== '')
  return named.length === 0 ? 'it without deviceName' : named.join(', ')
}
