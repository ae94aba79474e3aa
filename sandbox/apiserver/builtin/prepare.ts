import type { AnyObject, ServedResource } from '../resource.ts'
import { prepareCrd, storeVersions } from '../crd.ts'
import { preparePod, preparePodTemplate } from './prepare-pod.ts'

type Prepare = NonNullable<ServedResource['prepare']>
type Members = Record<string, unknown>

/** What the server fills in by itself, by bucket. Called again after webhooks: doing it twice changes nothing. */
export const prepares: Record<string, Prepare> = {
  '/namespaces': (object, old) => {
    const labels = (object.metadata['labels'] ??= {}) as Record<string, string>
    labels['kubernetes.io/metadata.name'] = object.metadata.name ?? ''
    if (old !== undefined) return
    members(object, 'spec')['finalizers'] ??= ['kubernetes']
    object['status'] = { phase: 'Active' }
  },
  '/secrets': (object, old) => {
    object['type'] ??= old?.['type'] ?? 'Opaque'
    const { stringData } = object as { stringData?: Record<string, string> }
    if (stringData === undefined) return
    const data = members(object, 'data')
    for (const [key, value] of Object.entries(stringData)) data[key] = Buffer.from(value).toString('base64')
    delete object['stringData']
  },
  '/pods': preparePod,
  '/services': (object, old) => prepareService(object, old),
  '/persistentvolumes': (object, old) => {
    if (old === undefined) object['status'] = { phase: 'Pending' }
  },
  '/persistentvolumeclaims': (object, old) => {
    if (old === undefined) object['status'] = { phase: 'Pending' }
  },
  '/nodes': (object, old) => {
    members(object, 'spec')
    if (old === undefined) object['status'] ??= {}
  },
  'apps/deployments': (object) => {
    const spec = preparePodTemplate(object)
    const strategy = members(spec, 'strategy')
    strategy['type'] ??= 'RollingUpdate'
    if (strategy['type'] === 'RollingUpdate') strategy['rollingUpdate'] ??= { maxSurge: '25%', maxUnavailable: '25%' }
  },
  'apps/replicasets': (object) => void preparePodTemplate(object),
  'apps/statefulsets': (object) => {
    const update = members(preparePodTemplate(object), 'updateStrategy')
    update['type'] ??= 'RollingUpdate'
    if (update['type'] === 'RollingUpdate') update['rollingUpdate'] ??= { partition: 0 }
  },
  'apps/daemonsets': (object) => {
    const update = members(preparePodTemplate(object), 'updateStrategy')
    update['type'] ??= 'RollingUpdate'
    if (update['type'] === 'RollingUpdate') update['rollingUpdate'] ??= { maxSurge: 0, maxUnavailable: 1 }
  },
  'batch/jobs': (object) => {
    const spec = preparePodTemplate(object)
    if (spec['completions'] === undefined) spec['parallelism'] ??= 1
    if (spec['parallelism'] === 1) spec['completions'] ??= 1
  },
  'networking.k8s.io/networkpolicies': (object) => {
    const spec = members(object, 'spec')
    spec['podSelector'] ??= {}
    spec['policyTypes'] ??= spec['egress'] === undefined ? ['Ingress'] : ['Ingress', 'Egress']
  },
  'apiextensions.k8s.io/customresourcedefinitions': (object, old) => {
    prepareCrd(object)
    if (Array.isArray((object['spec'] as { versions?: unknown } | undefined)?.versions)) storeVersions(object, old)
  },
  'rbac.authorization.k8s.io/rolebindings': (object) => prepareSubjects(object),
  'rbac.authorization.k8s.io/clusterrolebindings': (object) => prepareSubjects(object),
}

const prepareSubjects = (object: AnyObject): void => {
  for (const subject of (object['subjects'] ?? []) as { kind?: string; apiGroup?: string }[]) {
    if (subject.kind !== 'ServiceAccount') subject.apiGroup ??= 'rbac.authorization.k8s.io'
  }
}

const prepareService = (object: AnyObject, old: AnyObject | undefined): void => {
  const spec = members(object, 'spec')
  const before = (old?.['spec'] ?? {}) as Members
  const external = spec['type'] === 'ExternalName'
  for (const port of (spec['ports'] ?? []) as Members[]) port['targetPort'] ??= port['port']
  if (!external) {
    // An update that leaves the address out keeps it: clients send what they know.
    spec['clusterIP'] ??= before['clusterIP']
    if (spec['clusterIP'] === undefined) delete spec['clusterIP']
    else spec['clusterIPs'] ??= [spec['clusterIP']]
    spec['ipFamilies'] ??= ['IPv4']
    spec['ipFamilyPolicy'] ??= 'SingleStack'
    spec['internalTrafficPolicy'] ??= 'Cluster'
  }
  if (old === undefined) object['status'] = { loadBalancer: {} }
}

const members = (holder: Members, field: string): Members => (holder[field] ??= {}) as Members
