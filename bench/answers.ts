import { dataVolumeResource } from '../operator/providers/cdi/resources.ts'
import type { Client } from '../operator/runtime/client.ts'

/**
 * The one thing that the operator waits for between an Instance and the last of its children: CDI's word that a machine may mount the claim.
 * Said at once, in one write, for each DataVolume. Nothing else of a cloud is there: no claims, no guests, so that what is measured is the operator
 * and not those who play the cluster.
 */
export const answerDataVolume = async (client: Client, target: { name: string; namespace: string }): Promise<void> => {
  const status = { phase: 'PendingPopulation', progress: 'N/A', claimName: target.name }
  await client.mergePatch(dataVolumeResource, target, { status }, { fieldManager: 'cdi', subresource: 'status' })
}
