import type { ResourceType } from '../../crds/kubernetes.ts'

/** What is to be made is of a kind that is not in the cluster. */
export class NotInstalledError extends Error {
  override readonly name = 'NotInstalledError'
  constructor({ kind, group }: Pick<ResourceType, 'kind' | 'group'>) {
    super(`${kind} of ${group} is not installed in this cluster: have the platform team look at kumulus/cluster`)
  }
}
