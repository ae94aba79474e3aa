import type { Core } from './core.ts'
import { notFound, StatusError } from './errors.ts'
import type { ServedResource } from './resource.ts'

const namespaces = { group: '', plural: 'namespaces' }

/** The namespaces that a new server has, and that nobody can delete but the last one. */
export const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** Refuses to put anything new into a namespace that isn't there, or is on its way out. */
export const requireOpenNamespace = (core: Core, { group, plural }: ServedResource, namespace: string, name: string): void => {
  const found = core.storage.get('/namespaces', `/${namespace}`)
  if (found === undefined) throw notFound(namespaces, namespace)
  if (found.metadata['deletionTimestamp'] === undefined) return
  const qualified = group === '' ? plural : `${plural}.${group}`
  const subject = name === '' ? qualified : `${qualified} "${name}"`
  throw new StatusError(403, 'Forbidden', `${subject} is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: plural,
    causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
  })
}
