import { keyOf } from '../../../crds/kubernetes.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { Image } from '../../../crds/v1alpha1/image.ts'
import { permit } from '../../../webhooks/verdicts/permissions.ts'
import type { Access, AccessQuestion } from '../../runtime/access.ts'
import { type Outcome, waiting } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { keptName } from '../snapshot/store.ts'
import { launchedFrom } from './family.ts'
import { imageInformer, snapshotNameOf, snapshotOf } from './store.ts'

/** As an Instance or a Volume names an image. */
export type ImageReference = { name: string; namespace?: string }

/** Who wants to launch, and what: `namespace` is that of the Instance or Volume. */
type Launch = { namespace: string; ref: ImageReference }

/**
 * What RBAC has to say before something in a namespace may be made of an image; undefined where the image is its own or `launchPermissions` say yes,
 * so that nothing is asked. It is asked of the account and not of a person: whether the namespace's own service account may do what CDI asks of
 * whoever clones across namespaces, by the names of what would be cloned, every disk of it. So an image that is shared by CDI's means is shared, and
 * of one whose disks are shared in part nothing is. Of an image that isn't there, it is asked whether all that could be there is shared: who
 * is answered then learns what the roles say, and not whether there is such an image.
 * Source: containerized-data-importer v1.66.0, `CanServiceAccountCloneSnapshot`; `create pods`, which CDI takes for an answer too, is no share.
 */
export const launchQuestion = ({ namespace, ref }: Launch, cache: Cache): AccessQuestion | undefined => {
  if (isOwn({ namespace, ref })) return undefined
  const { image, launched } = lookUp({ namespace, ref }, cache)
  if (image !== undefined && launched !== undefined && isShared(image, namespace) && isShared(launched, namespace)) return undefined
  const names = launched === undefined ? undefined : clonedNames(launched, cache)
  const source = { namespace: ref.namespace ?? '', verb: 'create', group: 'cdi.kubevirt.io', resource: 'datavolumes', subresource: 'source' }
  return {
    about: JSON.stringify([namespace, ref.namespace, ref.name, launched?.metadata.uid ?? '', ...names ?? []]),
    user: `system:serviceaccount:${namespace}:default`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    attributes: names === undefined ? [source] : names.map(name => ({ ...source, name })),
  }
}

/** Undefined where nobody has been asked, or the answer is about what was there before, or there was none. */
export const mayLaunch = (launch: Launch, cache: Cache, access: Access | undefined): boolean | undefined => {
  const question = launchQuestion(launch, cache)
  if (question === undefined) return true
  return access === undefined || access.about !== question.about || !('allowed' in access) ? undefined : access.allowed
}

/** The image whose disks are cloned: of a family its newest version. One that may not be launched is as good as absent: nothing of it is told. */
export const launchableImage = (launch: Launch, cache: Cache, access: Access | undefined): Image | undefined =>
  mayLaunch(launch, cache, access) === true ? lookUp(launch, cache).launched : undefined

/**
 * Why nothing is launched yet from another namespace's image that isn't there for this one. The answer is the same whether there is none or it isn't
 * shared: nobody learns the names of a stranger's images. CDI asks on its own whether the writer of the clone may read the source; that writer is
 * the operator, so this is where the tenant is asked.
 * @param waited - milliseconds since the object was created: nothing tells of roles that change, so it is asked again, ever more rarely.
 */
export const launchRefusal = (access: Access | undefined, { namespace, ref }: Launch, waited: number): Outcome | undefined => {
  if (isOwn({ namespace, ref })) return undefined
  const subject = `Image "${ref.name}" of namespace "${ref.namespace}"`
  const after = Math.min(Math.max(soonestMs, waited / 4), latestMs)
  if (access !== undefined && 'failure' in access) {
    return waiting(sharingUnknown, `whether roles share ${subject} with namespace "${namespace}" can't be asked now, which is tried again: ${access.failure}`, soonestMs)
  }
  return access !== undefined && access.allowed ? undefined
    : waiting('DependencyNotFound', `waiting for Image "${ref.name}": there is none of this name in namespace "${ref.namespace}" that is shared with ` +
      `namespace "${namespace}"; have its launchPermissions admit it, or correct the reference`, after)
}

/** A reason of the Volumes and Instances that are launched from an Image, not of the Image. */
const sharingUnknown = 'SharingUnknown'

const soonestMs = 30_000
const latestMs = 10 * 60_000

const isOwn = ({ namespace, ref }: Launch): boolean => ref.namespace === undefined || ref.namespace === namespace

const isShared = ({ spec: { launchPermissions } }: Image, namespace: string): boolean => permit(launchPermissions, namespace)

const lookUp = ({ namespace, ref }: Launch, cache: Cache): { image: Image | undefined; launched: Image | undefined } => {
  const image = cache.of(imageInformer).get(keyOf({ namespace: ref.namespace ?? namespace, name: ref.name }))
  return { image, launched: image === undefined ? undefined : launchedFrom(image, cache) }
}

/** Names of the claims or VolumeSnapshots that its disks are cloned from; undefined where they aren't known. */
const clonedNames = (image: Image, cache: Cache): string[] | undefined => {
  if (snapshotNameOf(image).length === 0) return [idOf(idPrefixes.image, image.metadata.uid)]
  const snapshot = snapshotOf(image, cache)
  const volumes = snapshot?.status?.volumes ?? []
  return snapshot === undefined || volumes.length === 0 ? undefined : volumes.map(({ volumeID }) => keptName(snapshot, volumeID))
}
