import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { identityOf } from '../providers/made.ts'
import type { InformerSpec } from '../runtime/store.ts'

export const namespaceResource: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }

/** Which namespaces there are: an account that is deleted and made again under its name is another one, by its UID. */
export const namespaceInformer: InformerSpec<KubeObject> = {
  resource: namespaceResource,
  metadataOnly: true,
  trim: ({ apiVersion, kind, metadata }: KubeObject): KubeObject => ({ apiVersion, kind, metadata: identityOf(metadata) }),
}

/** A namespace that can't be found is as good as going: when in doubt, the bytes stay. */
export const isGoing = (namespace: KubeObject | undefined): boolean => namespace?.metadata.deletionTimestamp !== undefined || namespace === undefined
