import type { AnyObject } from '../resource.ts'
import type { Rule } from './rbac.ts'

const read = ['get', 'list', 'watch']
const write = ['create', 'delete', 'deletecollection', 'patch', 'update']

const namespacedResources: [group: string, resources: string[]][] = [
  ['', ['configmaps', 'endpoints', 'events', 'persistentvolumeclaims', 'pods', 'pods/log', 'pods/status', 'services', 'serviceaccounts', 'limitranges',
    'resourcequotas']],
  ['apps', ['deployments', 'deployments/scale', 'daemonsets', 'replicasets', 'replicasets/scale', 'statefulsets', 'statefulsets/scale', 'controllerrevisions']],
  ['batch', ['jobs', 'cronjobs']],
  ['autoscaling', ['horizontalpodautoscalers']],
  ['policy', ['poddisruptionbudgets']],
  ['networking.k8s.io', ['ingresses', 'networkpolicies']],
  ['discovery.k8s.io', ['endpointslices']],
]

const forNamespaces = (verbs: string[]): Rule[] => namespacedResources.map(([group, resources]) => ({ verbs, apiGroups: [group], resources }))

const role = (name: string, rules: Rule[], extra: { labels?: Record<string, string>; aggregate?: string } = {}): AnyObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...extra.labels } },
  ...(extra.aggregate === undefined
    ? {}
    : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`rbac.authorization.k8s.io/aggregate-to-${extra.aggregate}`]: 'true' } }] } }),
  rules,
})

const aggregated = (into: string, rules: Rule[], also?: string): AnyObject =>
  role(`system:aggregate-to-${into}`, rules, {
    labels: {
      [`rbac.authorization.k8s.io/aggregate-to-${into}`]: 'true',
      ...(also === undefined ? {} : { [`rbac.authorization.k8s.io/aggregate-to-${also}`]: 'true' }),
    },
  })

const binding = (roleName: string, groups: string[]): AnyObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: roleName, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
  subjects: groups.map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name })),
})

const discoveryPaths = ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz', '/version', '/version/']

/** The roles and bindings that a new cluster has, as far as users meet them. */
export const defaultRoles = (): AnyObject[] => [
  role('cluster-admin', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }]),
  role('admin', [], { aggregate: 'admin' }),
  role('edit', [], { aggregate: 'edit', labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } }),
  role('view', [], { aggregate: 'view', labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } }),
  aggregated('admin', [{ verbs: [...read, ...write], apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'] }]),
  aggregated('edit', [
    ...forNamespaces(write),
    { verbs: [...read, ...write], apiGroups: [''], resources: ['secrets'] },
    { verbs: ['create'], apiGroups: [''], resources: ['pods/eviction', 'serviceaccounts/token'] },
    { verbs: [...read, ...write], apiGroups: ['coordination.k8s.io'], resources: ['leases'] },
  ]),
  aggregated('view', [...forNamespaces(read), { verbs: read, apiGroups: [''], resources: ['namespaces'] }]),
  role('system:discovery', [{ verbs: ['get'], nonResourceURLs: discoveryPaths }]),
  role('system:public-info-viewer', [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] }]),
  role('system:basic-user', [
    { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'] },
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  ]),
  binding('cluster-admin', ['system:masters']),
  binding('system:discovery', ['system:authenticated']),
  binding('system:basic-user', ['system:authenticated']),
  binding('system:public-info-viewer', ['system:authenticated', 'system:unauthenticated']),
]
