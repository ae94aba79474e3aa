import type { InformerSpec } from '../../runtime/store.ts'
import { madeMetadata, managedByKumulus } from '../made.ts'
import { type NetworkPolicy, networkPolicyResource } from './resources.ts'

export const networkPolicyInformer: InformerSpec<NetworkPolicy> = {
  resource: networkPolicyResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata }: NetworkPolicy): NetworkPolicy => ({ apiVersion, kind, metadata: madeMetadata(metadata) }),
}
