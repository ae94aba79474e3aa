import type { Definition } from '../definition.ts'

/** One rule of a role. */
export type PolicyRule = { apiGroups: readonly string[]; resources: readonly string[]; verbs: readonly string[] }

const read = ['get', 'list', 'watch']
const write = ['create', 'delete', 'deletecollection', 'patch', 'update']

/**
 * What an account's people may do, to be bound in their namespace by a RoleBinding: `kumulus-view` looks, `kumulus-operator` also acts on
 * instances that are there, `kumulus-admin` owns the account. None reaches a status, a finalizer subresource or what we translate to. With
 * them comes what everybody may see: the catalogue of types, which belongs to no account.
 */
export const rolesOf = (definitions: readonly Definition[]): object[] => {
  const ours = (verbs: readonly string[], chosen: (definition: Definition) => boolean): PolicyRule => ({
    apiGroups: ['kumulus.dev'], resources: definitions.filter(chosen).map(({ plural }) => plural).sort(), verbs,
  })
  const view = [ours(read, ({ namespaced }) => namespaced), { apiGroups: [''], resources: ['events'], verbs: read }]
  const console = [{ apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] }]
  const operate = [...view, ...console, ours(['create'], ({ kind }) => kind === 'InstanceAction')]
  const own = [...view, ...console, ours(write, ({ namespaced }) => namespaced), { apiGroups: [''], resources: ['secrets'], verbs: [...read, ...write] }]
  return [
    clusterRole('kumulus-view', view, 'view'),
    clusterRole('kumulus-operator', operate),
    clusterRole('kumulus-admin', own, 'edit'),
    clusterRole('kumulus-catalog', [ours(read, ({ namespaced }) => !namespaced)]),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'kumulus-catalog', labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kumulus-catalog' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:authenticated' }],
    },
  ]
}

const labels = { 'app.kubernetes.io/part-of': 'kumulus' }

/** @param into - the role of Kubernetes' own that takes it in, so that whoever has that one in an account need not be given ours too. */
const clusterRole = (name: string, rules: readonly PolicyRule[], into?: 'view' | 'edit') => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, labels: { ...labels, ...into === undefined ? {} : { [`rbac.authorization.k8s.io/aggregate-to-${into}`]: 'true' } } },
  rules,
})
