import type { Control } from '../control.ts'
import { formatBytes, quantity } from '../quantity.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import { driver } from './drivers.ts'
import type { Storage } from './room.ts'
import type { Claim, Volume } from './types.ts'
import { requestedBytes } from './volume.ts'

const RETRY = 5000

/** Makes the disk of a bound claim as large as the claim asks. Returns milliseconds until what failed is tried again. */
export const grow = async (control: Control, { disks, room }: Storage, claim: Claim, volume: Volume): Promise<number | undefined> => {
  const wanted = requestedBytes(claim)
  if (wanted <= quantity(claim.status?.capacity?.storage)) return undefined
  const storageClass = control.cache.of(specs.storageClasses).get(claim.spec.storageClassName ?? '')
  if (storageClass?.allowVolumeExpansion !== true || volume.spec.csi?.driver !== driver) return undefined
  const refusal = room.take(claim, storageClass, wanted)
  if (refusal !== undefined) return refuseToGrow(control, claim, volume, refusal)
  const storage = formatBytes(wanted)
  await control.event(claim, resizer, 'Normal', 'Resizing', `External resizer is resizing volume ${volume.metadata.name}`)
  await disks.resize(volume.spec.csi.volumeHandle, wanted)
  await control.patch(resources.volumes, volume, { ...volume, spec: { ...volume.spec, capacity: { storage } } })
  const conditions = claim.status?.conditions?.filter(({ type }) => type !== resizeError)
  await control.patchStatus(resources.claims, claim, { ...claim.status, capacity: { storage }, ...(conditions === undefined ? {} : { conditions }) })
  await control.event(claim, resizer, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded')
  return undefined
}

const resizer = `external-resizer ${driver}`
const resizeError = 'ControllerResizeError'

/** Says so on the claim, and tries again. Source: external-resizer v2.0, pkg/controller/{expand_and_recover,resize_status}.go. */
const refuseToGrow = async (control: Control, claim: Claim, volume: Volume, why: string): Promise<number> => {
  await control.event(claim, resizer, 'Warning', 'VolumeResizeFailed', `resize volume "${volume.metadata.name}" by resizer "${driver}" failed: ${why}`)
  const message = `failed to expand pvc with ${why}`
  const conditions = claim.status?.conditions ?? []
  if (conditions.some((each) => each.type === resizeError && each.message === message)) return RETRY
  const condition = { type: resizeError, status: 'True', lastTransitionTime: control.now(), message }
  const others = conditions.filter(({ type }) => type !== resizeError)
  await control.patchStatus(resources.claims, claim, { ...claim.status, conditions: [...others, condition] })
  return RETRY
}
