import type { VolumeAttachment } from '../../../crds/v1alpha1/volume-attachment.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { isTerminating } from '../instance/actual-state.ts'
import { isUsable } from '../instance/volumes.ts'
import { notFound, notReady, titleOf } from '../waiting-for.ts'
import { ownMachine, type VolumeAttachmentFacts } from './observe.ts'

/** Volume and instance, each of which may come later, and the rules that need them. What is attached already needs none of it. */
export const awaitReferences = ({ object, facts }: StepContext<VolumeAttachment, VolumeAttachmentFacts>): Outcome => {
  const volume = awaitVolume(object, facts)
  return volume.kind === 'ready' ? awaitInstance(object, facts) : volume
}

/** An attachment is of the volume that it was made for first: what has taken its place under the name may hold anything. */
const awaitVolume = ({ metadata: { namespace }, spec, status }: VolumeAttachment, facts: VolumeAttachmentFacts): Outcome => {
  const { volume, volumeID, record, maker } = facts
  const { name } = spec.volumeRef
  if (status?.volumeID !== undefined && status.volumeID !== volumeID) {
    return blocked('VolumeGone', `${status.volumeID}, which this attached, is gone${
      volume === undefined ? '' : `, and ${titleOf('Volume', name)} is another`}: delete this VolumeAttachment, and create a new one to attach what is there`)
  }
  if (volume === undefined) return notFound('Volume', name, namespace)
  if (record !== undefined) return ready
  if (!isUsable(volume)) return notReady(volume, 'Volume')
  return maker === undefined ? ready : waiting('VolumeInUse',
    `${titleOf('Volume', name)} is a disk that ${titleOf('Instance', maker.metadata.name)} was launched with: it can be attached once that instance is terminated`)
}

const awaitInstance = ({ metadata: { namespace }, spec }: VolumeAttachment, facts: VolumeAttachmentFacts): Outcome => {
  const { instance, record, violations } = facts
  if (instance === undefined) return notFound('Instance', spec.instanceRef.name, namespace)
  if (isTerminating(instance)) return waiting('DependencyNotReady', `waiting for ${titleOf('Instance', instance.metadata.name)}, which is being terminated`)
  // The door may have been open: what admission should have refused is not realised.
  if (record === undefined && violations.length > 0) return blocked('InvalidSpec', violations.join('; ').slice(0, 4000))
  const machine = ownMachine(facts)
  return machine !== undefined && machine.metadata.deletionTimestamp === undefined ? ready
    : waiting('DependencyNotReady', `waiting for ${titleOf('Instance', instance.metadata.name)} to be launched`)
}
