import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { blocked, type Outcome } from '../../runtime/outcome.ts'
import type { VolumeFacts } from './observe.ts'

/** Reasons of a volume that the storage could not make: it has no room, or none to grow by, the account has none, or something else is in the way. */
export const shortage = 'InsufficientVolumeCapacity'
const overQuota = 'QuotaExceeded'
export const unmade = 'ProvisioningFailed'

/** Whether more storage would help: CSI's code for it, and what drivers say that use none. */
export const isShortage = (why: string): boolean => /ResourceExhausted|no space|not enough|insufficient|out of space/i.test(why)

/** The storage goes on trying by itself; so may what is stalled here come about after all. */
export const notProvisioned = ({ id, claim }: Pick<VolumeFacts, 'id' | 'claim'>, why: string): Outcome => {
  const { storageClassName = '', requested = '' } = claim?.spec ?? {}
  const said = why.slice(0, 500)
  if (/exceeded quota/.test(why)) {
    return blocked(overQuota, `the account has no room for ${id} within its quota, and it is tried again with growing pauses: delete Volumes, Snapshots or Images that nobody needs, make it anew ` +
      `smaller, or have the platform team raise the quota: ${said}`)
  }
  return isShortage(why)
    ? blocked(shortage, `the storage has no room for ${id} (${requested} of StorageClass "${storageClassName}") and tries again by itself: delete Volumes that nobody needs, ` +
      `make it anew smaller or with another volumeType, or have the platform team add storage: ${said}`)
    : blocked(unmade, `StorageClass "${storageClassName}" can't make ${id}, and tries again by itself: make it anew with another volumeType, or have the platform team look at the storage: ${said}`)
}

/** Why the storage makes no disk for a Volume, in words with the way out. */
export const unmadeWhy = ({ status }: Volume): string | undefined =>
  status?.conditions?.find(({ type, status, reason }) => type === 'Stalled' && status === 'True' && [shortage, overQuota, unmade].includes(reason))?.message
