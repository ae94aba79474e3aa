import type { Northbound } from './database.ts'
import { enteringOf, guestDevices, type Guest, type GuestDevices, type GuestPort } from './guests.ts'
import type { InitProcess } from './init-process.ts'
import type { OvsdbClient } from './ovsdb/client.ts'
import { plug, unplug } from './switch.ts'

export type Host = {
  name: string
  interfaces: readonly HostInterface[]
  /** Given where a real machine is the host: it has the first interface, and there are no others. */
  guest?: Guest
}

export type HostInterface = {
  /** Name of the logical switch port that it is. Without one it is plugged into the external network, the internet's side of gateways. */
  port?: string
  mac: string
  /** With their prefix lengths: `10.0.1.5/24`. IPv4 and IPv6. */
  addresses: readonly string[]
  /** Default route. */
  gateway?: string
  /** Further routes. */
  routes?: readonly { to: string; via: string }[]
  /** Where what is sent from its own addresses goes, by a table of its own, as the CNI plugin `sbr` has it. */
  sourceGateway?: string
  /** Default 1400. */
  mtu?: number
}

/** What can be done with hosts. */
export type HostWork = {
  /**
   * Makes hosts, a network namespace each. An interface with a `port` becomes the logical switch port of that name; resolves when OVN has bound
   * those of them that are in its rows. Apply the rows first: a port that is in none is not waited for.
   */
  addHosts: (hosts: readonly Host[]) => Promise<void>
  removeHosts: (names: readonly string[]) => Promise<void>
  /** Where the machine that a host is for finds its interface. Undefined where there is no such host, or it is no machine's. */
  guestPort: (host: string) => GuestPort | undefined
}

export type HostParts = { init: InitProcess; client: OvsdbClient; northbound: Northbound; number: () => number }

/** The hosts of a lab, or of a node of one. */
export const hostsOf = ({ init, client, northbound, number }: HostParts): HostWork => {
  const plugged = new Map<string, PluggedHost>()
  const interfacesOf = (names: readonly string[]) => names.flatMap((name) => plugged.get(name)?.interfaces ?? [])
  const portsOf = (names: readonly string[]) => interfacesOf(names).flatMap(({ port }) => port ?? [])
  const removeHosts = async (names: readonly string[]): Promise<void> => {
    if (names.length === 0) return
    await unplug(client, interfacesOf(names).map(({ device }) => device))
    await init.request('remove', { hosts: names })
    // Until OVN has noticed, the port would still count as plugged for who comes next.
    await northbound.awaitPorts(portsOf(names), 'down')
    for (const name of names) plugged.delete(name)
  }
  return {
    removeHosts,
    addHosts: async (hosts) => {
      if (hosts.length === 0) return
      const named = hosts.map((host) => withDevices(host, number))
      const names = named.map(({ name }) => name)
      await init.request('add', { hosts: named })
      for (const host of named) plugged.set(host.name, host)
      try {
        await plug(client, interfacesOf(names))
        await northbound.awaitPorts(portsOf(names), 'up')
      } catch (error) {
        await removeHosts(names).catch(() => {})
        throw error
      }
    },
    guestPort: (name) => {
      const host = plugged.get(name)
      const [card] = host?.interfaces ?? []
      if (host?.guest === undefined || card === undefined) return undefined
      return { tap: host.guest.tap, mtu: card.mtu, enter: enteringOf(init.pid), login: init.path(host.guest.login) }
    },
  }
}

type PluggedInterface = Omit<HostInterface, 'gateway'> & { device: string; mtu: number }
type PluggedHost = { name: string; interfaces: PluggedInterface[]; guest?: Guest & GuestDevices }

const DEFAULT_MTU = 1400

const withDevices = ({ name, interfaces, guest }: Host, number: () => number): PluggedHost => ({
  name,
  interfaces: interfaces.map(({ gateway, ...each }) => {
    const byDefault = gateway === undefined ? [] : [{ to: 'default', via: gateway }]
    return { mtu: DEFAULT_MTU, ...each, device: `veth${number()}`, routes: [...byDefault, ...(each.routes ?? [])] }
  }),
  ...(guest === undefined ? {} : { guest: { ...guest, ...guestDevices(number()) } }),
})
