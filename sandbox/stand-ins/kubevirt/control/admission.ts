import { instancetypeConflicts } from './instancetype.ts'
import { runStrategyOf } from './run-strategy.ts'
import type { VirtualMachine, VmiSpec } from '../types.ts'

/** A refusal as virt-api's webhook words it: the path of the field and what is wrong. */
export type AdmissionCause = { field: string; message: string }

const strategies = ['Always', 'Halted', 'Manual', 'RerunOnFailure', 'Once']
/** Bytes of cloud-init data that may stand in the object itself. */
const inlineCloudInitLimit = 2048
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What virt-api refuses about a VirtualMachine. Source: virt-api/webhooks/validating-webhook/admitters, v1.9. */
export const validateVirtualMachine = ({ spec }: Pick<VirtualMachine, 'spec'>): AdmissionCause[] => {
  if (spec.template === undefined) return [{ field: 'spec.template', message: 'missing virtual machine template.' }]
  const conflicts = spec.instancetype?.name === undefined ? [] : instancetypeConflicts(spec.template.spec)
  return [
    ...runStrategyCauses(spec),
    ...conflicts.map((field) => ({ field, message: `VM field(s) ${field} conflicts with selected instance type` })),
    ...validateInstanceSpec('spec.template.spec', spec.template.spec),
  ]
}

const runStrategyCauses = (spec: VirtualMachine['spec']): AdmissionCause[] => {
  if (spec.running !== undefined && spec.runStrategy !== undefined) {
    const message = 'Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead'
    return [{ field: 'spec.running', message }]
  }
  const strategy = runStrategyOf({ spec })
  if (strategy === undefined) return [{ field: 'spec.running', message: 'RunStrategy must be specified' }]
  return strategies.includes(strategy) ? [] : [{ field: 'spec.runStrategy', message: `Invalid RunStrategy (${strategy})` }]
}

/** Rules on the spec of an instance, in a template or alone. */
const validateInstanceSpec = (path: string, spec: VmiSpec): AdmissionCause[] => [
  ...diskCauses(path, spec),
  ...volumeCauses(path, spec),
  ...interfaceCauses(path, spec),
  ...firmwareCauses(path, spec),
  ...dnsCauses(spec),
]

const duplicates = (names: string[]): [index: number, first: number][] =>
  names.flatMap((name, index) => (names.indexOf(name) < index ? [[index, names.indexOf(name)] as [number, number]] : []))

const diskCauses = (path: string, spec: VmiSpec): AdmissionCause[] => {
  const disks = spec.domain.devices.disks ?? []
  const field = `${path}.domain.devices.disks`
  const volumes = new Set((spec.volumes ?? []).map(({ name }) => name))
  return [
    ...disks.flatMap((disk, index) =>
      volumes.has(disk.name) ? [] : [{ field: `${field}[${index}].name`, message: `${field}[${index}].Name '${disk.name}' not found.` }],
    ),
    ...duplicates(disks.map(({ name }) => name)).map(([index, first]) => ({
      field: `${field}[${index}].name`,
      message: `${field}[${index}] and ${field}[${first}] must not have the same Name.`,
    })),
    ...disks.flatMap((disk, index) =>
      disk.serial !== undefined && disk.serial.length > 256
        ? [{ field: `${field}[${index}].serial`, message: `${field}[${index}].serial must be less than or equal to 256 in length, if specified` }]
        : [],
    ),
    ...disks.flatMap((disk, index) =>
      disk.bootOrder !== undefined && disk.bootOrder < 1
        ? [{ field: `${field}[${index}].bootOrder`, message: `${field}[${index}] must have a boot order > 0, if supplied` }]
        : [],
    ),
  ]
}

const volumeCauses = (path: string, spec: VmiSpec): AdmissionCause[] => {
  const volumes = spec.volumes ?? []
  const field = `${path}.volumes`
  return [
    ...duplicates(volumes.map(({ name }) => name)).map(([index, first]) => ({
      field: `${field}[${index}].name`,
      message: `${field}[${index}] and ${field}[${first}] must not have the same Name.`,
    })),
    ...volumes.flatMap((volume, index) => {
      const sources = Object.keys(volume).filter((key) => key !== 'name')
      return sources.length === 1 ? [] : [{ field: `${field}[${index}]`, message: `${field}[${index}] must have exactly one source type set` }]
    }),
    ...volumes.flatMap((volume, index) => cloudInitCauses(`${field}[${index}]`, volume)),
  ]
}

const cloudInitCauses = (field: string, volume: NonNullable<VmiSpec['volumes']>[number]): AdmissionCause[] => {
  const kind = volume.cloudInitNoCloud === undefined ? 'cloudInitConfigDrive' : 'cloudInitNoCloud'
  const source = volume[kind]
  if (source === undefined) return []
  const path = `${field}.${kind}`
  const userData = [source.secretRef, source.userData, source.userDataBase64].filter((value) => value !== undefined).length
  const length = Buffer.byteLength(source.userData ?? '') + Buffer.byteLength(source.userDataBase64 ?? '', 'base64')
  return [
    ...(userData > 1 ? [{ field: path, message: `${path} must have only one userdatasource set.` }] : []),
    ...(userData === 0 && source.networkDataSecretRef === undefined && source.networkData === undefined
      ? [{ field: path, message: `${path} must have at least one userdatasource or one networkdatasource set.` }]
      : []),
    ...(length > inlineCloudInitLimit
      ? [{ field: `${path}.userData`, message: `${path}.userData exceeds ${inlineCloudInitLimit} byte limit. Should use UserDataSecretRef for larger data.` }]
      : []),
  ]
}

const interfaceCauses = (path: string, spec: VmiSpec): AdmissionCause[] => {
  const interfaces = spec.domain.devices.interfaces ?? []
  const networks = spec.networks ?? []
  const primaries = networks.filter(({ pod, multus }) => pod !== undefined || multus?.default === true)
  return [
    ...interfaces.flatMap(({ name }, index) => {
      const field = `${path}.domain.devices.interfaces[${index}].name`
      return networks.some((network) => network.name === name) ? [] : [{ field, message: `${field} '${name}' not found.` }]
    }),
    ...networks.flatMap(({ name }, index) => {
      const field = `${path}.networks[${index}].name`
      return interfaces.some((nic) => nic.name === name) ? [] : [{ field, message: `${field} '${name}' not found.` }]
    }),
    ...(primaries.length > 1 ? [{ field: `${path}.networks`, message: 'more than one interface is connected to a pod network' }] : []),
    ...interfaces.flatMap(({ macAddress }, index) => {
      const field = `${path}.domain.devices.interfaces[${index}].macAddress`
      const good = macAddress === undefined || /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(macAddress)
      return good ? [] : [{ field, message: `interface ${field} has malformed MAC address (${macAddress}).` }]
    }),
  ]
}

const firmwareCauses = (path: string, { domain: { firmware, memory } }: VmiSpec): AdmissionCause[] => [
  ...(firmware?.uuid !== undefined && !uuid.test(firmware.uuid)
    ? [{ field: `${path}.domain.firmware.uuid`, message: `${firmware.uuid} is not a UUID` }]
    : []),
  ...(firmware?.serial !== undefined && firmware.serial.length > 256
    ? [{ field: `${path}.domain.firmware.serial`, message: `${path}.domain.firmware.serial must be less than or equal to 256 in length` }]
    : []),
  ...(memory?.guest !== undefined && memory.guest.startsWith('-')
    ? [{ field: `${path}.domain.memory.guest`, message: `${path}.domain.memory.guest '${memory.guest}': must be greater than or equal to 0.` }]
    : []),
]

/** Source: kubevirt v1.9.0, vmi-create-admitter.go, `validatePodDNSConfig`; it names the fields so. */
const dnsCauses = ({ dnsPolicy, dnsConfig }: VmiSpec): AdmissionCause[] => {
  const { nameservers = [], searches = [] } = dnsConfig ?? {}
  const none = 'when `dnsPolicy` is None'
  if (dnsPolicy === 'None' && nameservers.length === 0) return [{ field: 'nameservers', message: `must provide at least one DNS nameserver ${none}` }]
  return [
    ...(nameservers.length > 3 ? [{ field: 'nameservers', message: `must not have more than 3 nameservers: [${nameservers.join(' ')}]` }] : []),
    ...(searches.length > 6 ? [{ field: 'searchDomains', message: 'must not have more than 6 search paths' }] : []),
    ...(searches.join(' ').length > 256
      ? [{ field: 'searchDomains', message: 'must not have more than 256 characters (including spaces) in the search list' }]
      : []),
  ]
}
