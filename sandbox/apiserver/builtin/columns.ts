import type { AnyObject, PrinterColumn } from '../resource.ts'
import { ageOf } from '../age.ts'
import { nodeCells, podCells } from './cells.ts'

type Members = Record<string, unknown>
type Cell = (object: AnyObject) => unknown

/** The columns of a built-in kind, and how to fill them. */
export type BuiltinColumns = { columns: PrinterColumn[]; cells: (object: AnyObject, now: number) => unknown[] }

/** Reads `a.b.c`; undefined where there is nothing. */
const at = (path: string): Cell => {
  const steps = path.split('.')
  return (object) => steps.reduce<unknown>((value, step) => (value as Members | undefined | null)?.[step], object)
}

/** What kubectl shows for nothing. */
const or = (cell: Cell, fallback: unknown): Cell => (object) => {
  const value = cell(object)
  return value === undefined || value === null || value === '' ? fallback : value
}

const text = (path: string, fallback = ''): Cell => or((object) => toText(at(path)(object)), fallback)
const toText = (value: unknown): unknown => (value === undefined ? undefined : String(value))
const count = (...paths: string[]): Cell => (object) => paths.reduce((sum, path) => sum + Object.keys((at(path)(object) ?? {})).length, 0)
const number = (path: string): Cell => or(at(path), 0)
const modes: Record<string, string> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' }
const accessModes = (path: string): Cell => (object) => ((at(path)(object) ?? []) as string[]).map((mode) => modes[mode] ?? mode).join(',')
const labelText = (path: string): Cell => (object) =>
  Object.entries((at(path)(object) ?? {}) as Record<string, string>).map(([key, value]) => `${key}=${value}`).join(',') || '<none>'
const phaseOf = (object: AnyObject): unknown => (object.metadata['deletionTimestamp'] === undefined ? at('status.phase')(object) : 'Terminating')
const ports: Cell = (object) =>
  ((at('spec.ports')(object) ?? []) as { port: number; nodePort?: number; protocol?: string }[])
    .map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`)
    .join(',') || '<none>'
const eventObject: Cell = (object) => `${String(at('involvedObject.kind')(object) ?? '').toLowerCase()}/${String(at('involvedObject.name')(object) ?? '')}`
const slice: Cell = (object) =>
  ((at('endpoints')(object) ?? []) as { addresses: string[] }[]).flatMap(({ addresses }) => addresses).slice(0, 3).join(',') || '<unset>'
const claimOf: Cell = (object) =>
  at('spec.claimRef')(object) === undefined ? '' : `${String(at('spec.claimRef.namespace')(object))}/${String(at('spec.claimRef.name')(object))}`
const defaultName: Cell = (object) => {
  const annotations = (object.metadata['annotations'] ?? {}) as Record<string, string>
  return annotations['storageclass.kubernetes.io/is-default-class'] === 'true' ? `${object.metadata.name} (default)` : object.metadata.name
}
const roleOf: Cell = (object) => `${String(at('roleRef.kind')(object))}/${String(at('roleRef.name')(object))}`
const ready: Cell = (object) => `${Number(at('status.readyReplicas')(object) ?? 0)}/${Number(at('spec.replicas')(object) ?? 0)}`

type Column = [name: string, cell: Cell, type?: string, priority?: number]

/** `undefined` in the list stands for the age by this path. */
const table = (columns: Column[], agePath: string | undefined = 'metadata.creationTimestamp', name: Cell = at('metadata.name')): BuiltinColumns => ({
  columns: [
    column('Name', 'string', 0),
    ...columns.map(([title, , type, priority]) => column(title, type ?? 'string', priority ?? 0)),
    ...(agePath === undefined ? [] : [column('Age', 'string', 0)]),
  ],
  cells: (object, now) => [
    name(object),
    ...columns.map(([, cell]) => cell(object) ?? ''),
    ...(agePath === undefined ? [] : [ageOf(at(agePath)(object), now)]),
  ],
})

const column = (name: string, type: string, priority: number): PrinterColumn => ({
  name,
  type,
  ...(name === 'Name' ? { format: 'name' } : {}),
  description: '',
  priority,
  jsonPath: '',
})

const events: BuiltinColumns = {
  columns: [['Last Seen'], ['Type'], ['Reason'], ['Object'], ['Subobject', 1], ['Source', 1], ['Message'], ['First Seen', 1], ['Count', 1], ['Name', 1]].map(
    ([name, priority]) => ({ ...column(String(name), name === 'Count' ? 'integer' : 'string', Number(priority ?? 0)) }),
  ),
  cells: (object, now) => {
    const first = at('firstTimestamp')(object) ?? at('eventTime')(object) ?? at('metadata.creationTimestamp')(object)
    const last = at('series.lastObservedTime')(object) ?? at('lastTimestamp')(object) ?? first
    return [
      ageOf(last, now), at('type')(object) ?? '', at('reason')(object) ?? '', eventObject(object), at('involvedObject.fieldPath')(object) ?? '',
      at('source.component')(object) ?? at('reportingComponent')(object) ?? '', String(at('message')(object) ?? '').trim(), ageOf(first, now),
      at('series.count')(object) ?? at('count')(object) ?? 1, object.metadata.name,
    ]
  },
}

/** Columns filled all at once; a name that begins with + shows in wide output only. */
const made = (names: string[], cells: BuiltinColumns['cells']): BuiltinColumns => ({
  columns: names.map((name) => column(name.replace('+', ''), 'string', name.startsWith('+') ? 1 : 0)),
  cells,
})

/** By bucket; kinds that aren't in it show name and age. */
export const builtinColumns = new Map<string, BuiltinColumns>(Object.entries({
  '/namespaces': table([['Status', phaseOf]]),
  '/pods': made(['Name', 'Ready', 'Status', 'Restarts', 'Age', '+IP', '+Node', '+Nominated Node', '+Readiness Gates'], podCells),
  '/nodes': made(['Name', 'Status', 'Roles', 'Age', 'Version', '+Internal-IP', '+External-IP', '+OS-Image', '+Kernel-Version', '+Container-Runtime'], nodeCells),
  '/secrets': table([['Type', at('type')], ['Data', count('data'), 'integer']]),
  '/configmaps': table([['Data', count('data', 'binaryData'), 'integer']]),
  '/services': table([['Type', at('spec.type')], ['Cluster-IP', text('spec.clusterIP', '<none>')],
    ['External-IP', text('spec.externalName', '<none>')], ['Port(s)', ports], ['Selector', labelText('spec.selector'), 'string', 1]]),
  '/events': events,
  '/persistentvolumes': table([['Capacity', text('spec.capacity.storage')], ['Access Modes', accessModes('spec.accessModes')],
    ['Reclaim Policy', at('spec.persistentVolumeReclaimPolicy')], ['Status', phaseOf], ['Claim', claimOf], ['StorageClass', text('spec.storageClassName')],
    ['VolumeAttributesClass', text('spec.volumeAttributesClassName', '<unset>')], ['Reason', text('status.reason')]]),
  '/persistentvolumeclaims': table([['Status', phaseOf], ['Volume', text('spec.volumeName')], ['Capacity', text('status.capacity.storage')],
    ['Access Modes', accessModes('status.accessModes')], ['StorageClass', text('spec.storageClassName')],
    ['VolumeAttributesClass', text('spec.volumeAttributesClassName', '<unset>')], ['VolumeMode', text('spec.volumeMode'), 'string', 1]]),
  'coordination.k8s.io/leases': table([['Holder', text('spec.holderIdentity')]]),
  'networking.k8s.io/networkpolicies': table([['Pod-Selector', labelText('spec.podSelector.matchLabels')]]),
  'networking.k8s.io/ingresses': table([['Class', text('spec.ingressClassName', '<none>')]]),
  'discovery.k8s.io/endpointslices': table([['AddressType', at('addressType')], ['Endpoints', slice]]),
  'apiextensions.k8s.io/customresourcedefinitions': table([['Created At', at('metadata.creationTimestamp'), 'date']], undefined),
  'apiregistration.k8s.io/apiservices': table([['Service', text('spec.service.name', 'Local')],
    ['Available', (object) => (at('spec.service')(object) === undefined ? 'True' : 'Unknown')]]),
  'storage.k8s.io/storageclasses': table([['Provisioner', at('provisioner')], ['ReclaimPolicy', at('reclaimPolicy')],
    ['VolumeBindingMode', at('volumeBindingMode')], ['AllowVolumeExpansion', or(at('allowVolumeExpansion'), false), 'boolean']],
  'metadata.creationTimestamp', defaultName),
  'storage.k8s.io/volumeattributesclasses': table([['DriverName', at('driverName')]]),
  'apps/deployments': table([['Ready', ready], ['Up-to-date', number('status.updatedReplicas'), 'integer'],
    ['Available', number('status.availableReplicas'), 'integer']]),
  'apps/replicasets': table([['Desired', number('spec.replicas'), 'integer'], ['Current', number('status.replicas'), 'integer'],
    ['Ready', number('status.readyReplicas'), 'integer']]),
  'apps/statefulsets': table([['Ready', ready]]),
  'apps/daemonsets': table([['Desired', number('status.desiredNumberScheduled'), 'integer'], ['Current', number('status.currentNumberScheduled'), 'integer'],
    ['Ready', number('status.numberReady'), 'integer']]),
  'batch/jobs': table([['Completions', (object) => `${Number(at('status.succeeded')(object) ?? 0)}/${Number(at('spec.completions')(object) ?? 1)}`]]),
  'batch/cronjobs': table([['Schedule', at('spec.schedule')], ['Suspend', or(at('spec.suspend'), false), 'boolean']]),
  'scheduling.k8s.io/priorityclasses': table([['Value', number('value'), 'integer'], ['Global-Default', or(at('globalDefault'), false), 'boolean']]),
  'rbac.authorization.k8s.io/roles': table([['Created At', at('metadata.creationTimestamp'), 'date']], undefined),
  'rbac.authorization.k8s.io/clusterroles': table([['Created At', at('metadata.creationTimestamp'), 'date']], undefined),
  'rbac.authorization.k8s.io/rolebindings': table([['Role', roleOf]]),
  'rbac.authorization.k8s.io/clusterrolebindings': table([['Role', roleOf]]),
  'policy/poddisruptionbudgets': table([['Min Available', text('spec.minAvailable', 'N/A')], ['Max Unavailable', text('spec.maxUnavailable', 'N/A')],
    ['Allowed Disruptions', number('status.disruptionsAllowed'), 'integer']]),
  'admissionregistration.k8s.io/validatingwebhookconfigurations': table([['Webhooks', count('webhooks'), 'integer']]),
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': table([['Webhooks', count('webhooks'), 'integer']]),
}))
