import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import type { Remove } from '../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../runtime/outcome.ts'
import { titleOf } from './waiting-for.ts'

/** Deletes what was made and waits until it is gone: others may hold it, Kube-OVN its Subnets for one. */
export const ensureGone = async (remove: Remove, resource: ResourceType, object: KubeObject | undefined): Promise<Outcome> => {
  if (object === undefined) return ready
  await remove(resource, object)
  return waiting('Progressing', `waiting for ${titleOf(resource.kind, object.metadata.name)} to be deleted`)
}
