import type { StorageClass } from './resources.ts'

const prefix = 'csi.storage.k8s.io'

/**
 * The Secret of an account's own that a StorageClass takes the key of its volumes from: a fixed name in the namespace of the claim, so that no claim
 * can name another account's. A name that is made of the claim's own name or annotations says nothing here: CDI fills a claim of another name,
 * without our annotations, and hands its volume over. Source: kubernetes-csi.github.io/docs, "StorageClass Secrets"; containerized-data-importer
 * v1.66.0, pkg/controller/populators, `createPVCPrime`.
 */
export const keySecretOf = (parameters: Readonly<Record<string, string>>): Pick<StorageClass, 'keySecret'> => {
  for (const use of ['node-stage', 'node-publish', 'provisioner']) {
    const name = parameters[`${prefix}/${use}-secret-name`]
    const isOfClaim = parameters[`${prefix}/${use}-secret-namespace`] === '${pvc.namespace}'
    if (isOfClaim && name !== undefined && !name.includes('$')) return { keySecret: name }
  }
  return {}
}
