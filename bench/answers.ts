import { dataVolumeResource } from '../operator/providers/cdi/resources.ts'
import { isNotFound, type Client } from '../operator/runtime/client.ts'
import type { Clock } from '../operator/runtime/clock.ts'

const TRIES = 10
const PAUSE = 1000

/**
 * The one thing that the operator waits for between an Instance and the last of its children: CDI's word that a machine may mount the claim.
 * Said at once, in one write, for each DataVolume. Nothing else of a cloud is there: no claims, no guests, so that what is measured is the operator
 * and not those who play the cluster.
 */
export const answerDataVolume = async (client: Client, target: { name: string; namespace: string }): Promise<void> => {
  const status = { phase: 'PendingPopulation', progress: 'N/A', claimName: target.name }
  await client.mergePatch(dataVolumeResource, target, { status }, { fieldManager: 'cdi', subresource: 'status' })
}

/** The same, again where a busy server gave no answer, as CDI would. One that is gone needs none. */
export const answerDataVolumeSurely = async (client: Client, clock: Clock, target: { name: string; namespace: string }): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await answerDataVolume(client, target)
    } catch (error) {
      if (isNotFound(error)) return
      if (attempt === TRIES) throw error
      await clock.sleep(PAUSE)
    }
  }
}
