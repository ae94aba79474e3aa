import type { Node } from '../kubelet/types.ts'
import { formatBytes, quantity } from '../quantity.ts'
import type { Claim, StorageClass, Volume } from './types.ts'

export const claimProtection = 'kubernetes.io/pvc-protection'
export const volumeProtection = 'kubernetes.io/pv-protection'
export const provisionerFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer'
/** Name of a claim's volume and of its disk. */
export const volumeName = (claim: Claim): string => `pvc-${claim.metadata.uid}`

/** Topology key by which a volume is tied to a zone. */
const zoneKey = 'topology.kubernetes.io/zone'

export type VolumeInput = { claim: Claim; storageClass: StorageClass; sizeBytes: number; node: Node | undefined }

/** The PersistentVolume of a claim, already reserved for it. */
export const buildVolume = ({ claim, storageClass, sizeBytes, node }: VolumeInput) => {
  const zones = zonesOf(storageClass, node)
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeName(claim),
      annotations: { 'pv.kubernetes.io/provisioned-by': storageClass.provisioner },
      finalizers: [provisionerFinalizer, volumeProtection],
    },
    spec: {
      capacity: { storage: formatBytes(sizeBytes) },
      accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      storageClassName: storageClass.metadata.name,
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: claim.metadata.namespace ?? '',
        name: claim.metadata.name,
        uid: claim.metadata.uid,
        resourceVersion: claim.metadata.resourceVersion,
      },
      csi: { driver: storageClass.provisioner, volumeHandle: volumeName(claim) },
      ...(claim.spec.volumeAttributesClassName === undefined ? {} : { volumeAttributesClassName: claim.spec.volumeAttributesClassName }),
      ...(zones === undefined ? {} : { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: zoneKey, operator: 'In', values: zones }] }] } } }),
    },
  }
}

/**
 * The zones that a volume can be reached from. A class with allowed topologies gives a zonal volume, as clouds' block storage does: in the
 * first consumer's zone, or in the first allowed one. Any other class's volumes can be reached from everywhere.
 */
const zonesOf = ({ allowedTopologies }: StorageClass, node: Node | undefined): string[] | undefined => {
  const expressions = (allowedTopologies ?? []).flatMap(({ matchLabelExpressions = [] }) => matchLabelExpressions)
  const allowed = expressions.flatMap(({ key, values }) => (key === zoneKey ? values : []))
  if (allowed.length === 0) return undefined
  const zone = node?.metadata.labels?.[zoneKey]
  return [zone !== undefined && allowed.includes(zone) ? zone : (allowed[0] ?? '')]
}

/** A claim bound to its volume, and the status that says so. */
export const bindClaim = (claim: Claim, volume: Volume): Claim => ({
  ...claim,
  metadata: {
    ...claim.metadata,
    annotations: {
      ...claim.metadata.annotations,
      'pv.kubernetes.io/bind-completed': 'yes',
      ...(claim.spec.volumeName === undefined ? { 'pv.kubernetes.io/bound-by-controller': 'yes' } : {}),
    },
  },
  spec: { ...claim.spec, volumeName: volume.metadata.name },
})

export const boundStatus = (claim: Claim, volume: Volume): NonNullable<Claim['status']> => ({
  ...claim.status,
  phase: 'Bound',
  accessModes: volume.spec.accessModes,
  capacity: { ...claim.status?.capacity, storage: claim.status?.capacity?.storage ?? volume.spec.capacity.storage },
  ...(volume.spec.volumeAttributesClassName === undefined ? {} : { currentVolumeAttributesClassName: volume.spec.volumeAttributesClassName }),
})

/** Whether several nodes may write to a claim's bytes as to a disk. */
export const isShared = ({ spec }: Claim): boolean => spec.volumeMode === 'Block' && spec.accessModes?.includes('ReadWriteMany') === true

/** Bytes that a claim asks for. */
export const requestedBytes = ({ spec }: Claim): number => quantity(spec.resources?.requests?.storage)
