import { createHash } from 'node:crypto'
import { deepEqual } from '../../merge-patch.ts'
import type { Interface, Network, VirtualMachine, VirtualMachineInstance, VmiSpec } from '../types.ts'

type Nics = { interfaces: Interface[]; networks: Network[] }

/** Name of a network's interface in the pod: its place would change with what is unplugged. Source: kubevirt v1.9.0, pkg/network/namescheme. */
export const podInterfaceName = (network: Network): string =>
  network.pod !== undefined || network.multus?.default === true ? 'eth0' : `pod${createHash('sha256').update(network.name).digest('hex').slice(0, 11)}`

/**
 * What an instance that runs is to have by its machine's template: interfaces that are new there, and `absent` for those to be unplugged, which go
 * once nothing is said of them any more. Undefined where all is as it should be. Source: kubevirt v1.9.0, pkg/network/controllers/vm.go.
 */
export const pluggedSpec = (vm: VirtualMachine, vmi: VirtualMachineInstance): Pick<VmiSpec, 'networks' | 'domain'> | undefined => {
  if (vmi.metadata.deletionTimestamp !== undefined) return undefined
  const template = nicsOf(vm.spec.template.spec)
  const present = nicsOf(vmi.spec)
  const byName = new Map(template.interfaces.map((each) => [each.name, each]))
  const followed = present.interfaces.map((each) => {
    const state = byName.get(each.name)?.state
    return byName.has(each.name) && each.state !== 'absent' && state !== undefined && state !== each.state ? { ...each, state } : each
  })
  const added = template.interfaces.filter((each) => each.bridge !== undefined && each.state !== 'absent' && !followed.some(({ name }) => name === each.name))
  const interfaces = [...followed, ...added].filter(({ name, state }) => state !== 'absent' || isSaid(vmi, name))
  const networks = [...present.networks, ...template.networks.filter(({ name }) => added.some((each) => each.name === name))]
    .filter(({ name }) => interfaces.some((each) => each.name === name))
  if (deepEqual(interfaces, present.interfaces) && deepEqual(networks, present.networks)) return undefined
  return { networks, domain: { ...vmi.spec.domain, devices: { ...vmi.spec.domain.devices, interfaces } } }
}

/** The template without what is unplugged everywhere; undefined where there is none. */
export const clearedTemplate = (vm: VirtualMachine, vmi: VirtualMachineInstance | undefined): VmiSpec | undefined => {
  const { spec } = vm.spec.template
  const { interfaces, networks } = nicsOf(spec)
  const inSpec = new Set(vmi === undefined ? [] : nicsOf(vmi.spec).interfaces.map(({ name }) => name))
  const kept = interfaces.filter(({ name, state }) => state !== 'absent' || inSpec.has(name) || (vmi !== undefined && isSaid(vmi, name)))
  if (kept.length === interfaces.length) return undefined
  const named = networks.filter(({ name }) => kept.some((each) => each.name === name))
  return { ...spec, networks: named, domain: { ...spec.domain, devices: { ...spec.domain.devices, interfaces: kept } } }
}

/** Whether interfaces of a run were left out of the template, or changed there, which only a restart can follow. Source: pkg/network/vmliveupdate. */
export const interfacesNeedRestart = (vm: VirtualMachine, vmi: VirtualMachineInstance): boolean => {
  const [desired, current] = [nicsOf(vm.spec.template.spec), nicsOf(vmi.spec)]
  const differs = <T extends { name: string }>(all: readonly T[], each: T, compared: (item: T | undefined) => unknown) =>
    !deepEqual(compared(all.find(({ name }) => name === each.name)), compared(each))
  const stateless = (nic: Interface | undefined) => nic === undefined ? undefined : { ...nic, state: '' }
  // Without networks in its template a machine has the pod's, which only its instance shows.
  if (vm.spec.template.spec.networks === undefined) return false
  return current.interfaces.some((each) => differs(desired.interfaces, each, stateless)) ||
    current.networks.some((each) => differs(desired.networks, each, (net) => net))
}

/** Multus' annotation of the launcher: the networks beside the first, but for those that are to be unplugged. */
export const secondaryNetworks = ({ metadata, spec }: VirtualMachineInstance): string | undefined => {
  const { interfaces, networks } = nicsOf(spec)
  const secondary = networks.flatMap((network) => {
    const nic = interfaces.find(({ name }) => name === network.name)
    if (network.multus === undefined || network.multus.default === true || nic?.state === 'absent') return []
    const named = network.multus.networkName
    const [namespace, name] = named.includes('/') ? named.split('/') : [metadata.namespace, named]
    return [{ name, namespace, ...(nic?.macAddress === undefined ? {} : { mac: nic.macAddress }), interface: podInterfaceName(network) }]
  })
  return secondary.length === 0 ? undefined : JSON.stringify(secondary)
}

const isSaid = (vmi: VirtualMachineInstance, name: string): boolean => vmi.status?.interfaces?.some((each) => each.name === name) === true

const nicsOf = ({ domain, networks = [] }: VmiSpec): Nics => ({ interfaces: domain.devices.interfaces ?? [], networks })
