import { createHash } from 'node:crypto'
import type { KubeObject, OwnerReference } from '../../crds/kubernetes.ts'
import { OWNER_UID_LABEL } from './owned-digest.ts'

export { OWNER_UID_LABEL }
export const OWNER_KIND_LABEL = 'kumulus.dev/owner-kind'
export const OWNER_NAMESPACE_LABEL = 'kumulus.dev/owner-namespace'
export const OWNER_NAME_LABEL = 'kumulus.dev/owner-name'
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by'

/** The labels that every object made for `owner` carries. The uid decides; the names are for people and for indexes. */
export const ownerLabels = (owner: Pick<KubeObject, 'kind' | 'metadata'>): Record<string, string> => {
  const labels: Record<string, string> = {
    [MANAGED_BY_LABEL]: 'kumulus',
    [OWNER_UID_LABEL]: owner.metadata.uid,
    [OWNER_KIND_LABEL]: owner.kind,
    [OWNER_NAME_LABEL]: labelValue(owner.metadata.name),
  }
  if (owner.metadata.namespace !== undefined) labels[OWNER_NAMESPACE_LABEL] = owner.metadata.namespace
  return labels
}

export const controllerReference = (owner: KubeObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
})

/** A name as a label's value: at most 63 characters, a longer one cut and told apart by 64 bits of its hash. */
export const labelValue = (name: string): string =>
  name.length <= 63 ? name : `${name.slice(0, 46)}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
