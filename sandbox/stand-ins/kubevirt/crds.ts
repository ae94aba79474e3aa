import { age, anything, crd, flag, listOf, names, open, quantitySchema, text, whole } from '../crds.ts'

const group = 'kubevirt.io'
const instancetypes = 'instancetype.kubevirt.io'
const categories = ['all']
const ready = ".status.conditions[?(@.type=='Ready')].status"

const domain = open({
  cpu: open({ cores: whole, sockets: whole, threads: whole, maxSockets: whole, model: text, dedicatedCpuPlacement: flag }),
  memory: open({ guest: quantitySchema, maxGuest: quantitySchema }),
  resources: open({ requests: { type: 'object', additionalProperties: quantitySchema }, limits: { type: 'object', additionalProperties: quantitySchema } }),
  firmware: open({ uuid: text, serial: text }),
  devices: open({
    disks: listOf(open({ name: text, serial: text, bootOrder: whole }, ['name'])),
    interfaces: listOf(open({ name: text, macAddress: text }, ['name'])),
    logSerialConsole: flag,
    autoattachSerialConsole: flag,
  }),
}, ['devices'])

const instanceSpec = open({
  domain,
  networks: listOf(open({ name: text, multus: open({ networkName: text, default: flag }, ['networkName']) }, ['name'])),
  volumes: listOf(open({ name: text, persistentVolumeClaim: open({ claimName: text, hotpluggable: flag, readOnly: flag }, ['claimName']) }, ['name'])),
  nodeSelector: names,
  terminationGracePeriodSeconds: whole,
  evictionStrategy: text,
  startStrategy: text,
  hostname: text,
  tolerations: listOf(anything),
  affinity: anything,
}, ['domain'])

const machineSpec = open({
  running: flag,
  runStrategy: text,
  instancetype: open({ name: text, kind: text, revisionName: text }),
  preference: open({ name: text, kind: text, revisionName: text }),
  dataVolumeTemplates: listOf(anything),
  template: open({ metadata: { ...anything, nullable: true }, spec: instanceSpec }),
}, ['template'])

const instancetypeSpec = open({ cpu: open({ guest: whole, dedicatedCPUPlacement: flag, maxSockets: whole }, ['guest']), memory: open({ guest: quantitySchema, overcommitPercent: whole }, ['guest']), nodeSelector: names }, ['cpu', 'memory'])

/** The kinds of KubeVirt 1.9 that Kumulus uses. */
export const kubeVirtCrds = [
  crd({
    group, version: 'v1', kind: 'VirtualMachine', plural: 'virtualmachines', shortNames: ['vm', 'vms'], categories, status: true,
    columns: [age, { name: 'Status', type: 'string', jsonPath: '.status.printableStatus' }, { name: 'Ready', type: 'string', jsonPath: ready }],
    schema: { required: ['spec'], properties: { spec: machineSpec } },
  }),
  crd({
    group, version: 'v1', kind: 'VirtualMachineInstance', plural: 'virtualmachineinstances', shortNames: ['vmi', 'vmis'], categories,
    columns: [
      age,
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'IP', type: 'string', jsonPath: '.status.interfaces[0].ipAddress' },
      { name: 'NodeName', type: 'string', jsonPath: '.status.nodeName' },
      { name: 'Ready', type: 'string', jsonPath: ready },
      { name: 'Live-Migratable', type: 'string', jsonPath: ".status.conditions[?(@.type=='LiveMigratable')].status", priority: 1 },
      { name: 'Paused', type: 'string', jsonPath: ".status.conditions[?(@.type=='Paused')].status", priority: 1 },
    ],
    schema: { required: ['spec'], properties: { spec: instanceSpec } },
  }),
  crd({
    group, version: 'v1', kind: 'VirtualMachineInstanceMigration', plural: 'virtualmachineinstancemigrations', shortNames: ['vmim', 'vmims'], categories, status: true,
    columns: [{ name: 'Phase', type: 'string', jsonPath: '.status.phase' }, { name: 'VMI', type: 'string', jsonPath: '.spec.vmiName' }],
    schema: { required: ['spec'], properties: { spec: open({ vmiName: text }) } },
  }),
  crd({
    group, version: 'v1', kind: 'KubeVirt', plural: 'kubevirts', shortNames: ['kv', 'kvs'], categories, status: true,
    columns: [age, { name: 'Phase', type: 'string', jsonPath: '.status.phase' }],
    schema: { required: ['spec'] },
  }),
  crd({
    group: instancetypes, version: 'v1beta1', kind: 'VirtualMachineInstancetype', plural: 'virtualmachineinstancetypes',
    shortNames: ['vminstancetype', 'vminstancetypes', 'vmf', 'vmfs'], categories, schema: { required: ['spec'], properties: { spec: instancetypeSpec } },
  }),
  crd({
    group: instancetypes, version: 'v1beta1', kind: 'VirtualMachineClusterInstancetype', plural: 'virtualmachineclusterinstancetypes', cluster: true,
    shortNames: ['vmclusterinstancetype', 'vmclusterinstancetypes', 'vmcf', 'vmcfs'], schema: { required: ['spec'], properties: { spec: instancetypeSpec } },
  }),
  crd({
    group: instancetypes, version: 'v1beta1', kind: 'VirtualMachinePreference', plural: 'virtualmachinepreferences',
    shortNames: ['vmpref', 'vmprefs', 'vmp', 'vmps'], categories,
  }),
  crd({
    group: instancetypes, version: 'v1beta1', kind: 'VirtualMachineClusterPreference', plural: 'virtualmachineclusterpreferences', cluster: true,
    shortNames: ['vmcp', 'vmcps'],
  }),
]
