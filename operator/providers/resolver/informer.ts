import type { InformerSpec } from '../../runtime/store.ts'
import { madeMetadata, managedByKumulus, ownerUIDOf } from '../made.ts'
import { type Deployment, deploymentResource } from './resources.ts'

/** Index of the Deployments by the UID of the VPC that they were made for. */
export const byVPC = 'vpc'

/** The DNS servers of all VPCs, which are in the operator's own namespace. One spec a namespace: who asks twice shares one watch. */
export const resolverInformer = (namespace: string): InformerSpec<Deployment> => {
  const present = specs.get(namespace)
  if (present !== undefined) return present
  const spec: InformerSpec<Deployment> = {
    resource: deploymentResource,
    namespace,
    labelSelector: managedByKumulus,
    trim: ({ apiVersion, kind, metadata, status }: Deployment): Deployment =>
      ({ apiVersion, kind, metadata: madeMetadata(metadata), status: { availableReplicas: status?.availableReplicas ?? 0 } }),
    indexes: { [byVPC]: deployment => [ownerUIDOf(deployment) ?? ''] },
  }
  specs.set(namespace, spec)
  return spec
}

const specs = new Map<string, InformerSpec<Deployment>>()
