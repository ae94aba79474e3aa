import { ApiError, isConflict, type Client } from '../operator/runtime/client.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { instance, kind, type InstanceOptions } from './manifests.ts'

const TRIES = 5
const PAUSE = 1000

/** Creates an Instance, again where no answer came, as on a machine that is busy for seconds: the first request may have arrived all the same. */
export const createInstance = async (client: Client, name: string, options: InstanceOptions): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.create(kind('Instance'), instance(name, options))
      return
    } catch (error) {
      if (attempt > 1 && isConflict(error)) return
      if (attempt === TRIES || error instanceof ApiError) throw error
      await systemClock.sleep(PAUSE)
    }
  }
}
