import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { snapshot, type Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { volume, type Volume } from '../../../crds/v1alpha1/volume.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { isGoing, namespaceResource } from '../namespace.ts'
import { titleOf } from '../waiting-for.ts'
import type { VolumeFacts } from './observe.ts'

type Context = StepContext<Volume, VolumeFacts>

/**
 * With `deletionPolicy: Snapshot` the bytes may go only once a snapshot has them. Looked at live: what is deleted next can't be had again. Where the
 * whole namespace goes no snapshot can be made, and the bytes stay as they do under any policy.
 */
export const takeLastSnapshot = async (context: Context): Promise<Outcome> => {
  const { object, facts, apply, read } = context
  if (object.spec.deletionPolicy !== 'Snapshot' || facts.claim?.status.phase !== 'Bound' || isDecided(facts)) return ready
  const { namespace = '', name: volumeName } = object.metadata
  if (isGoing(await read(namespaceResource, { name: namespace }))) return ready
  const name = `${facts.id}-last`
  const live = await read(snapshot, { name, namespace }) as Snapshot | undefined
  if (live === undefined) {
    const tags = (await read(volume, { name: volumeName, namespace }) as Volume | undefined)?.spec.tags
    await apply(buildLastSnapshot(object, name, tags))
    return waiting('LastSnapshot', `${titleOf('Snapshot', name)} is being taken before ${facts.id} goes`)
  }
  if (isOf(live, facts.id)) return ready
  const why = live.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'False')?.message
  return waiting('LastSnapshot', `${facts.id} goes once ${titleOf('Snapshot', name)} is completed${why === undefined ? '' : ` (${why})`}; ` +
    'to let it go without, set deletionPolicy to Delete or Retain')
}

/** What becomes of the bytes is written already: the deletion is past this point. */
const isDecided = ({ persistentVolume }: VolumeFacts): boolean =>
  persistentVolume?.spec.reclaimPolicy === 'Delete' || persistentVolume?.spec.destroyAfter !== undefined

const isOf = ({ metadata, status }: Snapshot, volumeID: string): boolean =>
  metadata.deletionTimestamp === undefined && status?.state === 'completed' && status.volumes?.some(each => each.volumeID === volumeID) === true

export const buildLastSnapshot = ({ metadata }: Volume, name: string, tags: Record<string, string> | undefined) => ({
  apiVersion: apiVersionOf(snapshot),
  kind: snapshot.kind,
  metadata: { name, namespace: metadata.namespace ?? '' },
  spec: {
    volumeRef: { name: metadata.name },
    description: 'The last one, taken before the Volume was deleted',
    ...tags === undefined ? {} : { tags },
  },
})
