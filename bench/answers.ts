import type { KubeObject } from '../crds/kubernetes.ts'
import type { Client } from '../operator/runtime/client.ts'
import { dataVolumeResource } from '../operator/providers/cdi/resources.ts'
import type { ApiServer } from '../sandbox/apiserver/server.ts'

/**
 * The one thing that the operator waits for between an Instance and the last of its children: CDI's word that a machine may mount the claim.
 * Said at once, in one write, for each DataVolume. Nothing else of a cloud is there: no nodes, no claims, no guests, so that what is measured is
 * the operator and not those who play the cluster.
 */
export const answerDataVolumes = (server: Pick<ApiServer, 'subscribe'>, client: Client, failed: (error: unknown) => void): (() => void) =>
  server.subscribe(({ bucket, type, object }) => {
    if (type !== 'ADDED' || bucket !== 'cdi.kubevirt.io/datavolumes') return
    const { metadata } = object as unknown as KubeObject
    const status = { phase: 'PendingPopulation', progress: 'N/A', claimName: metadata.name }
    const target = { name: metadata.name, namespace: metadata.namespace }
    client.mergePatch(dataVolumeResource, target, { status }, { fieldManager: 'cdi', subresource: 'status' }).catch(failed)
  })
