import type { V1Interface, V1Network } from '@kubevirt-ui-ext/kubevirt-api/kubevirt'

/** An interface of a machine beside the first. */
export type MachineInterface = {
  /** Its ID, `eni-…`: what the machine, its networks and the network that is its port's alone call it. */
  name: string
  /** `namespace/name` of the NetworkAttachmentDefinition. */
  networkName: string
  macAddress: string
  /** Template annotations that put its port on the network. */
  annotations: Readonly<Record<string, string>>
}

/** Whether an interface of a machine is one of those that come and go, by its name. */
export const isInterfaceName = (name: string): boolean => /^eni-[0-9a-f]{17}$/.test(name)

/** Bridge is, beside SR-IOV, the binding that KubeVirt plugs into a machine that runs. Source: kubevirt v1.9.0, pkg/network/controllers/vm.go. */
export const interfaceDevice = ({ name, macAddress }: MachineInterface) =>
  ({ name, bridge: {}, macAddress, model: 'virtio' }) satisfies V1Interface

export const interfaceNetwork = ({ name, networkName }: MachineInterface) => ({ name, multus: { networkName } }) satisfies V1Network

type Interfaces = { interfaces: readonly V1Interface[]; networks: readonly V1Network[] }

/**
 * The interfaces of a machine that runs, with some more plugged in and others to be unplugged. An interface is never just left out: KubeVirt would
 * want a restart for that. One in `state: absent` it unplugs, and takes out of the template itself when that is done. What is there stays as it
 * stands, since both lists are written whole. Source: kubevirt v1.9.0, pkg/network/vmliveupdate/restart.go.
 */
export const changeInterfaces = (
  { interfaces, networks }: Interfaces, plug: readonly MachineInterface[], unplug: readonly string[],
): Interfaces => {
  const added = plug.filter(({ name }) => !interfaces.some(each => each.name === name))
  return {
    interfaces: [
      ...interfaces.map(each => unplug.includes(each.name) ? { ...each, state: 'absent' } : each),
      ...added.map(interfaceDevice),
    ],
    networks: [...networks, ...added.filter(({ name }) => !networks.some(each => each.name === name)).map(interfaceNetwork)],
  }
}
