import { buildImporterFence } from '../../providers/network-policy/importer-fence.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { Image } from '../../../crds/v1alpha1/image.ts'
import type { OperatorSettings } from '../../settings.ts'
import { isOfSnapshot } from './capture.ts'
import { isImported } from './import.ts'
import type { ImageFacts } from './observe.ts'

/**
 * Before anything is fetched: what a URL says is judged, what its name means and where it redirects to is known only to the importer, while it
 * connects. The fence is seen to be there before the import is asked for, and goes with the image, so that no later try is without.
 */
export const ensureFence = (settings: OperatorSettings) => async ({ object, facts, apply }: StepContext<Image, ImageFacts>): Promise<Outcome> => {
  // Nothing is fetched, or no more.
  if (isOfSnapshot(object) || isImported(facts)) return ready
  await apply(buildFence(object, facts, settings))
  return facts.fence === undefined ? waiting('Importing', `${facts.id} is being imported`) : ready
}

export const buildFence = ({ metadata }: Image, { id }: Pick<ImageFacts, 'id'>, { imageSources, platformRanges = [] }: OperatorSettings) =>
  buildImporterFence({ name: id, namespace: metadata.namespace ?? '', imageSources, platformRanges })
