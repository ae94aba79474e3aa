import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'

export const networkPolicyResource: ResourceType = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  namespaced: true,
}

/** Nothing of a NetworkPolicy is read back: it has no status, and whether it says what we want is the runtime's to compare. */
export type NetworkPolicy = KubeObject
