import type { Image } from '../../../crds/v1alpha1/image.ts'
import { type Outcome, waiting } from '../../runtime/outcome.ts'

/** Whether instances of a namespace may be launched from an image. */
export const mayLaunch = ({ metadata, spec: { launchPermissions } }: Image, namespace: string): boolean =>
  metadata.namespace === namespace || launchPermissions.public || launchPermissions.namespaces?.includes(namespace) === true

/**
 * Asked again at every launch, since a share can be taken back. Of another namespace's image the answer is the same whether there is none or it isn't
 * shared: nobody learns the names of a stranger's images. CDI asks on its own whether the writer of the clone may read the source; that writer is
 * the operator, so this is where the tenant is asked.
 */
export const launchRefusal = (image: Image | undefined, ref: { name: string; namespace?: string }, namespace: string): Outcome | undefined =>
  ref.namespace === undefined || ref.namespace === namespace || (image !== undefined && mayLaunch(image, namespace)) ? undefined
    : waiting('DependencyNotFound', `waiting for Image "${ref.name}": there is none of this name in namespace "${ref.namespace}" that is shared with ` +
      `namespace "${namespace}"; have its launchPermissions admit it, or correct the reference`)
