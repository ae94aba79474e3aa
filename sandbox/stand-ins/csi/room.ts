import { keyOf } from '../../../crds/kubernetes.ts'
import type { Disks } from '../../disks/disks.ts'
import type { Control } from '../control.ts'
import { quantity } from '../quantity.ts'
import { specs } from '../specs.ts'
import type { Claim, StorageClass } from './types.ts'
import { volumeName } from './volume.ts'

/** What storage holds at most, and what of it is spoken for by disks that are being made. */
export type Room = {
  /** Takes room for a claim's disk of so many bytes. Undefined when there is: else what the driver says. Taking it twice is taking it once. */
  take: (claim: Claim, storageClass: StorageClass, bytes: number) => string | undefined
}

/** Parameter of a StorageClass: the bytes that all its volumes may have together, as a quantity. Left out: no limit. */
const capacityParameter = 'capacity'

/** Where volumes are made, and how much of it there is. */
export type Storage = { disks: Disks; room: Room }

/** The storage behind each class, as its PersistentVolumes fill it: those too that nobody has and that are kept. */
export const createRoom = (control: Control): Room => {
  const taken = new Map<string, { claim: string; bytes: number; storageClass: string }>()
  const forget = () => {
    for (const [uid, { claim }] of taken) if (control.cache.of(specs.claims).get(claim)?.metadata.uid !== uid) taken.delete(uid)
  }
  return {
    take: (claim, storageClass, bytes) => {
      const limit = storageClass.parameters?.[capacityParameter]
      if (limit === undefined) return undefined
      forget()
      const { name } = storageClass.metadata
      const { uid } = claim.metadata
      const volumes = [...control.cache.of(specs.volumes).list()].filter(({ spec, metadata }) =>
        spec.storageClassName === name && metadata.name !== (claim.spec.volumeName ?? volumeName(claim)))
      const made = new Set(volumes.map(({ spec }) => spec.claimRef?.uid))
      const isComing = ([other, each]: [string, { storageClass: string }]) => other !== uid && each.storageClass === name && !made.has(other)
      const coming = [...taken].filter(isComing).map(([, each]) => each.bytes)
      const used = [...volumes.map(({ spec }) => quantity(spec.capacity.storage)), ...coming].reduce((sum, each) => sum + each, 0)
      const free = quantity(limit) - used
      if (bytes > free) return `rpc error: code = ResourceExhausted desc = ${bytes} bytes are asked for and ${Math.max(0, free)} of ${quantity(limit)} are free`
      taken.set(uid, { claim: keyOf(claim.metadata), bytes, storageClass: name })
      return undefined
    },
  }
}

/** A provisioner's event of a claim whose volume it can't make. Source: external-provisioner v5.3; from v6 on it is `why` alone. */
export const provisioningFailed = (storageClass: StorageClass, why: string): string =>
  `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${why}`
