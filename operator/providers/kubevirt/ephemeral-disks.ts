import type { V1Disk, V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt'
import { formatBytes, parseQuantity } from '../../../crds/quantity.ts'

/** EC2's virtual name of the n-th disk of an instance store; the guest finds it as /dev/disk/by-id/virtio-ephemeral0. */
export const ephemeralName = (index: number): string => `ephemeral${index}`

/**
 * A sparse file beside the launcher, made at its start and gone with it: a reboot keeps what is on it, a stop and start or a failure of the host
 * does not. Not `ephemeral`, which lays a throw-away layer over a claim. Source: kubevirt v1.9.0, pkg/emptydisk.
 */
export const ephemeralVolume = (capacity: string, index: number) => ({ name: ephemeralName(index), emptyDisk: { capacity } }) satisfies V1Volume

export const ephemeralDevice = (_capacity: string, index: number) =>
  ({ name: ephemeralName(index), serial: ephemeralName(index), disk: { bus: 'virtio' } }) satisfies V1Disk

/** What a host must have room for: KubeVirt itself asks the scheduler for none of it. */
export const ephemeralBytes = (capacities: readonly string[]): string => formatBytes(capacities.reduce((sum, each) => sum + parseQuantity(each), 0n))
