import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import { image, type Image } from '../../../crds/v1alpha1/image.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { captureDeadline, imageInformer, isCapturing } from '../image/store.ts'
import { titleOf } from '../waiting-for.ts'
import type { InstanceFacts } from './observe.ts'
import { halt } from './power.ts'
import type { StoredInstance } from './store.ts'

type Context = StepContext<StoredInstance, InstanceFacts>

/** The image that the instance is held stopped for: by the image's own record, and never for longer than a capture may take. */
export const capturedBy = ({ metadata }: StoredInstance, cache: Cache, now: number): Image | undefined =>
  cache.of(imageInformer).by('capturing', keyOf(metadata))
    .find(each => each.status?.capture?.instanceID === idOf(idPrefixes.instance, metadata.uid) && now < captureDeadline(each))

/**
 * Stops it for an image that is being made of it, and lets nothing start it until the image has its volumes. What the spec says is left as it is, and
 * holds again the moment that the image lets go, is deleted, or takes too long.
 */
export const standStill = async (context: Context): Promise<Outcome> => {
  const { object, facts: { capture, machine, power, id }, event, now } = context
  if (capture === undefined || machine === undefined) return ready
  const title = titleOf('Image', capture.metadata.name)
  if (machine.spec.runStrategy !== 'Halted') {
    if (object.spec.disableAPIStop || !await isStillHeld(context, capture)) return ready
    await halt(context)
    event('Normal', 'Stopping', `stopping ${id} for ${title}, to be started again`)
  }
  if (machine.spec.runStrategy === 'Halted' && power === 'stopped' && object.spec.state !== 'Running') return ready
  return waiting('Capturing', `${id} is held stopped while ${title} is made of it, and then goes on`, captureDeadline(capture) - now)
}

/** A process that has just started may know of a capture that is over by now: what runs is not stopped on that alone. */
const isStillHeld = async ({ read }: Context, { metadata: { uid, name, namespace = '' } }: Image): Promise<boolean> => {
  const live = await read(image, { name, namespace }) as Image | undefined
  return live?.metadata.uid === uid && isCapturing(live)
}
