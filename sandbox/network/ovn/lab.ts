import type { Clock } from '../../../operator/runtime/clock.ts'
import { openNorthbound, type Applied, type SwitchBehind } from './database.ts'
import { forgetDecisions } from './datapath.ts'
import { hostsOf, type HostParts, type HostWork } from './hosts.ts'
import { startInit, type InitProcess } from './init-process.ts'
import { connectOvsdb } from './ovsdb/client.ts'
import { serveElsewhere } from './ovsdb/elsewhere.ts'
import type { Row } from './rows.ts'
import { awaitChassis, CHASSIS, configureSwitch, forgetChassis } from './switch.ts'

export type { Host, HostInterface } from './hosts.ts'

/**
 * A real OVN with hosts, private to whoever starts it.
 *
 * ```ts
 * await using lab = await startLab({ clock: systemClock })
 * await lab.apply(rows)                                    // Northbound rows: switches, ports, ACLs, …; see rows.ts
 * await lab.addHosts([{ name: 'a', interfaces: [{ port: 'port-a', mac: '02:00:00:00:00:01', addresses: ['10.0.1.5/24'], gateway: '10.0.1.1' }] }])
 * const [answer] = await lab.probe([{ from: 'a', to: '10.0.2.5', at: 'b', protocol: 'tcp', port: 443 }])
 * ```
 *
 * It lives in network, PID and mount namespaces of its own: nothing of the machine's network is touched, and all is gone when it is stopped, or
 * when the program that started it ends in whatever way, SIGKILL included. Needs Debian's openvswitch-switch, ovn-central, ovn-host,
 * iproute2 and python3, but no service of theirs, and root or else unprivileged user namespaces and `/dev/net/tun`.
 */
export type Lab = AsyncDisposable & HostWork & {
  /**
   * Makes OVN's logical network these rows: by one transaction with the differences to what is there, also after a crash. Resolves when the
   * switch enforces it, with the number of operations and the milliseconds that took. Ports of hosts that are there already are among it.
   * @throws OvsdbError, with nothing changed, when OVN refuses a row.
   */
  apply: (rows: readonly Row[]) => Promise<Applied>
  /** Sends packets and says what came of each, in the order asked. Thousands at once are fine. */
  probe: (probes: readonly Probe[]) => Promise<ProbeResult[]>
  /** Opens a TCP connection and keeps it, to see what a change does to it. Throws when it can't be opened. */
  openFlow: (probe: Omit<Probe, 'protocol'> & { port: number }) => Promise<Flow>
  /** Sends frames, as hexadecimal text, from a host's first interface: whatever addresses they claim. */
  inject: (host: string, frames: readonly string[]) => Promise<void>
  /** The frames that came to a host's first interface since it was last asked, as hexadecimal text. The first call only begins to listen. */
  sniff: (host: string) => Promise<string[]>
  /** The process whose namespaces the lab has, as seen from outside. */
  pid: number
  /** Resolves when the lab has ended, whatever ended it. */
  ended: Promise<void>
  stop: () => Promise<void>
}

export type Probe = {
  /** Name of the host that sends. */
  from: string
  /** The address that it sends to. */
  to: string
  /** Name of the host that shall answer there; it then listens on the port. Without it nobody is made to listen. ICMP echo is answered anyway. */
  at?: string
  protocol: 'tcp' | 'udp' | 'icmp'
  /** For TCP and UDP. */
  port?: number
  /** One of the sender's addresses, where it has several. */
  source?: string
  /** Milliseconds to wait for an answer, of the first attempt; each further one waits twice as long. Default 400. */
  timeout?: number
  /** How often to try before an answer is given up. Default 1; on a busy machine take 3 for what must pass, since what is late isn't blocked. */
  attempts?: number
}

export type ProbeResult = {
  /** `passed`: asked and answered. `refused`: a reset or "port unreachable". `unreachable`: a router or the host itself says so. `lost`: nothing. */
  outcome: 'passed' | 'refused' | 'unreachable' | 'lost'
  /** The host that the packet came to, also when its answer was lost (UDP and ICMP), and the sender's address as seen there, after NAT. */
  arrived: { host: string; source: string } | null
  ms: number
}

export type Flow = {
  /** Whether data still goes there and back, within a second unless told otherwise. */
  passes: (timeout?: number) => Promise<boolean>
  close: () => Promise<void>
}

const SOCKET = '/run/ovn/db.sock'
const SOUTHBOUND_SOCKET = '/run/ovn/southbound.sock'

const WINDOW = 512
const TIMEOUT_MS = 400
const FLOW_TIMEOUT_MS = 1000

type LabOptions = { clock: Clock; onWords?: (line: string) => void }

/** Starts a lab. Its daemons' complaints go to `onWords`. @throws Error when it can't be had here, saying why. */
export const startLab = async ({ clock, onWords = () => {} }: LabOptions): Promise<Lab> => {
  const init = startInit(onWords)
  try {
    await init.request('databases', { center: true })
    const client = await connectOvsdb(init.path(SOCKET))
    await configureSwitch(client, { southbound: `unix:${SOCKET}`, chassis: CHASSIS, address: '127.0.0.1' })
    const chassis = awaitChassis(client, clock, CHASSIS)
    await init.request('daemons')
    await chassis
    const northbound = await openNorthbound(client, clock, behind(init))
    return { ...labOf({ init, client, northbound }), apply: northbound.apply }
  } catch (error) {
    await init.stop()
    throw error
  }
}

/** A node with hosts of an OVN that runs elsewhere and that somebody else writes: all of a lab but its logical network. */
export type LabNode = Omit<Lab, 'apply'> & {
  /** Resolves when what has been written to OVN so far is enforced on this node. */
  sync: () => Promise<void>
}

export type CenterAddresses = {
  /** Of OVN's databases, as `tcp:ADDRESS:PORT`, or the path of a socket. */
  northbound: string
  southbound: string
  /** What the node shall be called in OVN: no other may be. */
  name: string
  /** The machine that it says it is. */
  hostname: string
}

/**
 * Starts a node that joins an OVN by the addresses of its databases; its daemons reach it by way of this process, since they have no network.
 * @throws Error when it can't be had here, or nobody answers there, saying why.
 */
export const startLabNode = async (options: LabOptions & CenterAddresses): Promise<LabNode> => {
  const { clock, onWords = () => {}, northbound, southbound, name, hostname } = options
  const init = startInit(onWords)
  try {
    const [center, south] = await Promise.all([connectOvsdb(northbound), connectOvsdb(southbound)])
    await init.request('databases', { center: false })
    const client = await connectOvsdb(init.path(SOCKET))
    await serveElsewhere(init.path(SOUTHBOUND_SOCKET), southbound)
    await configureSwitch(client, { southbound: `unix:${SOUTHBOUND_SOCKET}`, chassis: name, address: '127.0.0.2', hostname })
    const chassis = awaitChassis(south, clock, name)
    await init.request('daemons')
    await chassis
    const node = labOf({ init, client, northbound: await openNorthbound(center, clock, behind(init)) })
    const stop = async () => {
      await node.stop()
      await forgetChassis(south, name)
      for (const each of [center, south]) each.close()
    }
    return { ...node, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await init.stop()
    throw error
  }
}

const behind = (init: InitProcess): SwitchBehind => ({
  settle: () => forgetDecisions(init.path('/run/ovn/ovs-vswitchd.ctl')),
  report: () => init.request<string>('report'),
})

const labOf = ({ init, client, northbound }: Omit<HostParts, 'number'>): LabNode => {
  let lastNumber = 0
  const number = () => (lastNumber += 1)
  const stop = async () => {
    client.close()
    await init.stop()
  }
  return {
    sync: northbound.sync,
    ...hostsOf({ init, client, northbound, number }),
    probe: (probes) => init.request('probe', { window: WINDOW, probes: probes.map((probe) => ({ timeout: TIMEOUT_MS, attempts: 1, ...probe })) }),
    openFlow: (probe) => openFlow(init, `flow-${number()}`, probe),
    inject: async (host, frames) => void (await init.request('inject', { host, frames })),
    sniff: (host) => init.request('sniff', { host }),
    pid: init.pid,
    ended: init.ended,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const openFlow = async (init: InitProcess, name: string, probe: Omit<Probe, 'protocol'> & { port: number }): Promise<Flow> => {
  const opened = await init.request<ProbeResult>('flow', { timeout: FLOW_TIMEOUT_MS, ...probe, act: 'open', name })
  if (opened.outcome !== 'passed') throw new Error(`no connection from ${probe.from} to ${probe.to}:${probe.port}: ${opened.outcome}`)
  return {
    passes: async (timeout = FLOW_TIMEOUT_MS) => (await init.request<{ passed: boolean }>('flow', { act: 'ask', name, timeout })).passed,
    close: async () => void (await init.request('flow', { act: 'close', name })),
  }
}
