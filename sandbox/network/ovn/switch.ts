import type { Clock } from '../../../operator/runtime/clock.ts'
import type { Operation, OvsdbClient, TableUpdates, WireRow } from './ovsdb/client.ts'
import type { Wire } from './ovsdb/values.ts'

const SWITCH = 'Open_vSwitch'

/** The name of the network that routers' external ports are on, in `network_name` of a localnet port. */
export const EXTERNAL_NETWORK = 'external'
/** The one node of a lab with an OVN of its own, as gateway ports name it. */
export const CHASSIS = 'lab'

const INTEGRATION_BRIDGE = 'br-int'
const EXTERNAL_BRIDGE = 'br-ex'
const START_MS = 20_000

export type NodeOptions = {
  /** Where OVN's Southbound database is, as its controller is told. */
  southbound: string
  /** Name of the node in OVN, unique there. */
  chassis: string
  /** Where other nodes would send to; unique in OVN too. */
  address: string
  /** What the node is called; OVN needs none. */
  hostname?: string
}

/** What a node's Open vSwitch is told: to forward in its own process, since the kernel here may have no datapath, and where OVN is. */
export const configureSwitch = (client: OvsdbClient, { southbound, chassis, address, hostname }: NodeOptions): Promise<unknown> =>
  client.transact(SWITCH, [
    ...bridge(INTEGRATION_BRIDGE, { fail_mode: 'secure' }),
    ...bridge(EXTERNAL_BRIDGE, { fail_mode: 'standalone' }),
    {
      op: 'insert',
      table: SWITCH,
      row: {
        bridges: ['set', [INTEGRATION_BRIDGE, EXTERNAL_BRIDGE].map((name) => ['named-uuid', nameOf('bridge', name)])],
        external_ids: ['map', [
          ['system-id', chassis],
          ['ovn-remote', southbound],
          ...(hostname === undefined ? [] : [['hostname', hostname] as [string, string]]),
          // Without an encapsulation there is no chassis, and every wait for the switches succeeds at once.
          ['ovn-encap-type', 'geneve'],
          ['ovn-encap-ip', address],
          ['ovn-bridge-datapath-type', 'netdev'],
          ['ovn-bridge-mappings', `${EXTERNAL_NETWORK}:${EXTERNAL_BRIDGE}`],
          // A busy machine is slow to answer, and a connection that is ended for it is made again with everything read anew.
          ['ovn-remote-probe-interval', '0'],
          ['ovn-openflow-probe-interval', '0'],
        ]],
      },
    },
  ])

const bridge = (name: string, row: WireRow): Operation[] => [
  { op: 'insert', table: 'Interface', 'uuid-name': nameOf('interface', name), row: { name, type: 'internal' } },
  { op: 'insert', table: 'Port', 'uuid-name': nameOf('port', name), row: { name, interfaces: ['named-uuid', nameOf('interface', name)] } },
  {
    op: 'insert', table: 'Bridge', 'uuid-name': nameOf('bridge', name),
    row: { name, datapath_type: 'netdev', ports: ['named-uuid', nameOf('port', name)], ...row },
  },
]

const nameOf = (kind: string, name: string) => `${kind}_${name.replaceAll('-', '_')}`

/** Resolves when the node has told OVN of itself. */
export const awaitChassis = async (client: OvsdbClient, clock: Clock, chassis: string): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const cancel = clock.after(START_MS, () => reject(new Error(`OVN's controller has not begun within ${START_MS / 1000} s`)))
  const isOurs = (updates: TableUpdates) => Object.values(updates['Chassis'] ?? {}).some((row) => row.new?.['name'] === chassis)
  await client.monitor('OVN_Southbound', { Chassis: ['name'] }, (updates) => isOurs(updates) && resolve())
  await promise.finally(cancel)
}

/** Takes a node that is gone out of OVN, which would wait for it with every change. */
export const forgetChassis = (client: OvsdbClient, name: string): Promise<unknown> =>
  client.transact('OVN_Southbound', ['Chassis', 'Chassis_Private'].map((table): Operation => ({ op: 'delete', table, where: [['name', '==', name]] })))

/** Makes devices of the lab's network namespace ports of the switch: bound as logical ports, or of the external network. */
export const plug = (client: OvsdbClient, devices: readonly { device: string; port?: string }[]): Promise<unknown> =>
  client.transact(SWITCH, devices.flatMap(({ device, port }): Operation[] => [
    {
      op: 'insert', table: 'Interface', 'uuid-name': nameOf('interface', device),
      row: { name: device, ...(port === undefined ? {} : { external_ids: ['map', [['iface-id', port]]] }) },
    },
    { op: 'insert', table: 'Port', 'uuid-name': nameOf('port', device), row: { name: device, interfaces: ['named-uuid', nameOf('interface', device)] } },
    {
      op: 'mutate', table: 'Bridge', where: [['name', '==', port === undefined ? EXTERNAL_BRIDGE : INTEGRATION_BRIDGE]],
      mutations: [['ports', 'insert', ['set', [['named-uuid', nameOf('port', device)]]]]],
    },
    ...nextConfiguration,
  ]))

export const unplug = async (client: OvsdbClient, devices: readonly string[]): Promise<void> => {
  const found = await client.transact(SWITCH, devices.map((device): Operation =>
    ({ op: 'select', table: 'Port', where: [['name', '==', device]], columns: ['_uuid'] })))
  const ports = found.flatMap(({ rows = [] }) => rows).map(({ _uuid: id }): Wire => id ?? ['set', []])
  await client.transact(SWITCH, [{ op: 'mutate', table: 'Bridge', where: [], mutations: [['ports', 'delete', ['set', ports]]] }, ...nextConfiguration])
}

/** The switch looks at its configuration anew when this number moves. */
const nextConfiguration: Operation[] = [{ op: 'mutate', table: SWITCH, where: [], mutations: [['next_cfg', '+=', 1]] }]
