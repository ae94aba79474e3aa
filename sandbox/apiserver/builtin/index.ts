import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import type { ServedResource } from '../resource.ts'
import { descriptions } from './descriptions.ts'
import { prepares } from './prepare.ts'
import { createTypes, type Field } from './schema-language.ts'
import { accessTypes } from './types/access.ts'
import { coreTypes } from './types/core.ts'
import { extensionTypes } from './types/extension.ts'
import { metaTypes } from './types/meta.ts'
import { podsTypes } from './types/pods.ts'
import { policyTypes } from './types/policy.ts'
import { storageTypes } from './types/storage.ts'
import { volumesTypes } from './types/volumes.ts'
import { workloadsTypes } from './types/workloads.ts'
import { validatorOf } from './validate.ts'

/**
 * The built-in kinds: `Kind plural[,short…] options`. Options: `cluster` scope, `status` and `scale` subresources, `all` for
 * the category, `gen` raises the generation with every change of the spec, `gen=a,b` with changes of these fields.
 */
const groups: Record<string, string> = {
  '/v1': `
    Namespace namespaces,ns cluster status
    Pod pods,po status all gen
    Node nodes,no cluster status
    Secret secrets
    ConfigMap configmaps,cm
    ServiceAccount serviceaccounts,sa
    Service services,svc status all
    Endpoints endpoints,ep
    Event events,ev
    PersistentVolume persistentvolumes,pv cluster status
    PersistentVolumeClaim persistentvolumeclaims,pvc status
    ResourceQuota resourcequotas,quota status
    LimitRange limitranges,limits`,
  'apps/v1': `
    Deployment deployments,deploy status scale all gen
    ReplicaSet replicasets,rs status scale all gen
    StatefulSet statefulsets,sts status scale all gen
    DaemonSet daemonsets,ds status all gen
    ControllerRevision controllerrevisions`,
  'batch/v1': `
    Job jobs status all gen
    CronJob cronjobs,cj status all gen`,
  'autoscaling/v2': 'HorizontalPodAutoscaler horizontalpodautoscalers,hpa status all',
  'policy/v1': 'PodDisruptionBudget poddisruptionbudgets,pdb status gen',
  'scheduling.k8s.io/v1': 'PriorityClass priorityclasses,pc cluster gen=value,description,globalDefault,preemptionPolicy',
  'networking.k8s.io/v1': `
    NetworkPolicy networkpolicies,netpol gen
    Ingress ingresses,ing status gen
    IngressClass ingressclasses cluster gen`,
  'discovery.k8s.io/v1': 'EndpointSlice endpointslices gen=endpoints,ports,addressType',
  'events.k8s.io/v1': 'Event events,ev',
  'coordination.k8s.io/v1': 'Lease leases',
  'storage.k8s.io/v1': `
    StorageClass storageclasses,sc cluster
    VolumeAttributesClass volumeattributesclasses,vac cluster
    VolumeAttachment volumeattachments cluster status
    CSIDriver csidrivers cluster
    CSINode csinodes cluster`,
  'rbac.authorization.k8s.io/v1': `
    Role roles
    ClusterRole clusterroles cluster
    RoleBinding rolebindings
    ClusterRoleBinding clusterrolebindings cluster`,
  'apiextensions.k8s.io/v1': 'CustomResourceDefinition customresourcedefinitions,crd,crds cluster status gen api-extensions',
  'apiregistration.k8s.io/v1': 'APIService apiservices cluster status api-extensions',
  'admissionregistration.k8s.io/v1': `
    ValidatingWebhookConfiguration validatingwebhookconfigurations cluster gen=webhooks api-extensions
    MutatingWebhookConfiguration mutatingwebhookconfigurations cluster gen=webhooks api-extensions
    ValidatingAdmissionPolicy validatingadmissionpolicies cluster status gen api-extensions
    ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings cluster gen api-extensions`,
}

const types = createTypes(
  metaTypes, volumesTypes, podsTypes, storageTypes, coreTypes, workloadsTypes, policyTypes, extensionTypes, accessTypes,
)

/** The schema of a built-in type that is no resource, for example `Scale` or `TokenRequest`. */
export const typeSchema = (type: string): StructuralSchema => types.schemaOf(type)

/** The declared fields of a built-in type, for Protocol Buffers; undefined for primitives. */
export const typeFields = (type: string): Field[] | undefined => types.fieldsOf(type)

/** Every built-in resource that is stored. Made once: what is compiled of their schemas is then there for every server in the process. */
export const builtinResources = (): readonly ServedResource[] => (builtin ??= resources())

let builtin: readonly ServedResource[] | undefined

const resources = (): ServedResource[] =>
  Object.entries(groups).flatMap(([groupVersion, lines]) => {
    const [group = '', version = ''] = groupVersion.split('/')
    return lines.trim().split('\n').map((text) => resourceOf(group, version, text.trim().split(' ')))
  })

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

const resourceOf = (group: string, version: string, [kind = '', names = '', ...options]: string[]): ServedResource => {
  const [plural = '', ...shortNames] = names.split(',')
  const bucket = `${group}/${plural}`
  const generation = options.find((option) => option.startsWith('gen'))
  const schema = types.schemaOf(group === 'events.k8s.io' ? 'EventsEvent' : kind)
  const prepare = prepares[bucket]
  return {
    group,
    version,
    kind,
    plural,
    namespaced: !options.includes('cluster'),
    singular: kind.toLowerCase(),
    shortNames,
    categories: ['all', 'api-extensions'].filter((category) => options.includes(category)),
    listKind: `${kind}List`,
    verbs: allVerbs,
    schema: { ...schema, description: descriptions[kind] ?? '' },
    hasStatus: options.includes('status'),
    ...(options.includes('scale')
      ? { scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' } }
      : {}),
    columns: [],
    custom: false,
    generationFields: generation === undefined ? [] : generation === 'gen' ? ['spec'] : generation.slice(4).split(','),
    validate: validatorOf(bucket, schema),
    ...(prepare === undefined ? {} : { prepare }),
    selectableFields: selectable[bucket] ?? [],
  }
}

const eventFields = ['reason', 'type', 'reportingComponent', 'source', 'involvedObject.kind', 'involvedObject.namespace', 'involvedObject.name',
  'involvedObject.uid', 'involvedObject.apiVersion', 'involvedObject.resourceVersion', 'involvedObject.fieldPath']

const selectable: Record<string, string[]> = {
  '/namespaces': ['status.phase', 'name'],
  '/pods': ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'spec.hostNetwork', 'status.phase', 'status.podIP',
    'status.podIPs', 'status.nominatedNodeName'],
  '/nodes': ['spec.unschedulable'],
  '/secrets': ['type'],
  '/services': ['spec.clusterIP', 'spec.type'],
  '/persistentvolumes': ['name'],
  '/persistentvolumeclaims': ['name'],
  '/events': eventFields,
  'events.k8s.io/events': [...eventFields, 'regarding.kind', 'regarding.namespace', 'regarding.name', 'regarding.uid', 'reportingController'],
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
}
