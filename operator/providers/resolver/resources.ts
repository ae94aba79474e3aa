import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'

export const deploymentResource: ResourceType = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true }

/** What we read of a Deployment of DNS servers. */
export type Deployment = KubeObject & { status?: { availableReplicas?: number } }
