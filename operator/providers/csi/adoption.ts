import { apiVersionOf, type KubeObject } from '../../../crds/kubernetes.ts'
import { claimResource } from './resources.ts'

/**
 * Annotation of a PersistentVolume: the Volume, `namespace/name`, that is to have its bytes. Only who may write PersistentVolumes gives bytes away,
 * and no tenant may; where the bytes came from, and what they were called, gives nobody a right to them.
 */
export const adoptableBy = 'kumulus.dev/adoptable-by'

/** Annotation of a PersistentVolume whose Volume was deleted by name: the moment, RFC 3339, from which on its bytes may go. Taken off, they stay. */
export const destroyAfter = 'kumulus.dev/destroy-after'

/** A PersistentVolume as the API server sends it, as far as giving its bytes away goes. */
export type RawPersistentVolume = KubeObject & {
  spec: {
    claimRef?: { namespace?: string; name?: string; uid?: string }
    capacity?: { storage?: string }
    accessModes?: string[]
    volumeMode?: string
    storageClassName?: string
    volumeAttributesClassName?: string
    persistentVolumeReclaimPolicy?: string
  }
  status?: { phase?: string }
}

/** Key of the Volume that a PersistentVolume is offered to; undefined where it is offered to none, or in words that name none. */
export const offerOf = ({ metadata }: Pick<KubeObject, 'metadata'>): string | undefined => {
  const offer = metadata.annotations?.[adoptableBy]
  return offer !== undefined && /^[a-z0-9-]+\/[a-z0-9.-]+$/.test(offer) ? offer : undefined
}

/**
 * What reserves a PersistentVolume for a claim that is still to come: no other can be bound to it, and the claim that had it is forgotten.
 * Source: Kubernetes, persistent volumes, "Reserving a PersistentVolume"; pkg/controller/volume/persistentvolume binds a claim that names a volume
 * whose claimRef has its namespace and name and no UID.
 */
export const buildReservation = ({ namespace, name }: { namespace: string; name: string }) => ({
  persistentVolumeReclaimPolicy: 'Retain',
  claimRef: { apiVersion: apiVersionOf(claimResource), kind: claimResource.kind, namespace, name, uid: null, resourceVersion: null },
})

/** Takes off what was to become of a PersistentVolume, where something was: it has become so, or must no longer. */
export const withoutPlans = ({ metadata: { annotations = {} } }: KubeObject): { annotations?: Record<string, null> } => {
  const plans = [adoptableBy, destroyAfter].filter(key => annotations[key] !== undefined)
  return plans.length === 0 ? {} : { annotations: Object.fromEntries(plans.map(key => [key, null])) }
}

/** The claim by which a Volume has a PersistentVolume's bytes. It asks for just what that is, so that nothing stands in the way of its binding. */
export const buildAdoptingClaim = ({ metadata, spec }: RawPersistentVolume, { namespace, name }: { namespace: string; name: string }) => ({
  apiVersion: apiVersionOf(claimResource),
  kind: claimResource.kind,
  metadata: { name, namespace },
  spec: {
    volumeName: metadata.name,
    // Left out, the default class would be filled in, which is not that of the volume.
    storageClassName: spec.storageClassName ?? '',
    // It must be that of the volume too. Source: Kubernetes v1.34, pkg/controller/volume/persistentvolume, `checkVolumeSatisfyClaim`.
    ...spec.volumeAttributesClassName === undefined ? {} : { volumeAttributesClassName: spec.volumeAttributesClassName },
    accessModes: spec.accessModes ?? ['ReadWriteOnce'],
    volumeMode: spec.volumeMode ?? 'Filesystem',
    resources: { requests: { storage: spec.capacity?.storage ?? '0' } },
  },
})
