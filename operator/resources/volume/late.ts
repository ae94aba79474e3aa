import type { KubeObject } from '../../../crds/kubernetes.ts'
import { instance } from '../../../crds/v1alpha1/instance.ts'
import { type Volume, volume } from '../../../crds/v1alpha1/volume.ts'
import { dataVolumeResource } from '../../providers/cdi/resources.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { VolumeFacts } from './observe.ts'

/**
 * A process that sleeps past its Lease can't call back the request that it was about to send: the disk of an instance may come when another process
 * has terminated that instance already, and nobody would ever take it away. It is taken away here, if it is certain that it never held a byte:
 * nothing was ever said or made of it, and it was us who made it, not somebody who restores what they had.
 */
export const dropLate = async ({ object, facts, read, remove }: StepContext<Volume, VolumeFacts>): Promise<Outcome> => {
  if (!facts.comesLate) return ready
  const { name, namespace = '' } = object.metadata
  const [live, data, maker] = await Promise.all([
    read(volume, { name, namespace }),
    read(dataVolumeResource, { name, namespace }),
    read(instance, { name: makerOf(name), namespace }),
  ])
  if (live === undefined || !isOfOurMaking(live) || data !== undefined || maker?.metadata.uid === ownerUIDOf(object)) return ready
  await remove(volume, object)
  return waiting('WaitingForDeletion', 'the instance that it was made for is gone')
}

/** No device's name has a hyphen. */
const makerOf = (volumeName: string): string => volumeName.slice(0, volumeName.lastIndexOf('-'))

const isOfOurMaking = ({ metadata }: KubeObject): boolean =>
  (metadata as { managedFields?: { manager?: string }[] }).managedFields?.some(({ manager }) => manager === 'kumulus-instance') === true
