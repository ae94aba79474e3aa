import { type Volume, volume } from '../../../crds/v1alpha1/volume.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { deletedWith } from './store.ts'

/** Its VolumeAttachment says that it goes with the instance, and the instance has gone by name: see `markAttached`. */
export const dropTerminated = async ({ object, remove }: Pick<StepContext<Volume, unknown>, 'object' | 'remove'>): Promise<Outcome> => {
  const instanceID = object.metadata.annotations?.[deletedWith]
  if (instanceID === undefined) return ready
  await remove(volume, object)
  return waiting('WaitingForDeletion', `it goes with ${instanceID}, which was terminated`)
}
