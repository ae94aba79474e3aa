import { createHash } from 'node:crypto'
import { mapOf, referenceTo, type Reference } from '../ovn/ovsdb/values.ts'
import type { Row } from '../ovn/rows.ts'
import { CHASSIS } from '../ovn/switch.ts'
import { natRows } from './nat.ts'
import type { NetworkObjects, RoutedVpc } from './objects.ts'
import { isExternal, networkOf, subnetsOf } from './subnet.ts'

/**
 * A Vpc's router: its routes by table, policies, address translation, and ports to its subnets, its peers and the networks of public addresses.
 * Source: kube-ovn v1.16.2, handleAddOrUpdateVpc in pkg/controller/vpc.go.
 */
export const vpcRows = (vpc: RoutedVpc, objects: NetworkObjects): Row[] => {
  const { name } = vpc.metadata
  const ports = [...subnetPorts(vpc, objects), ...peerPorts(vpc), ...externalPorts(vpc, objects)]
  const routes = routeRows(vpc)
  const policies = policyRows(vpc, objects)
  const nats = natRows(vpc, objects)
  const to = (rows: readonly Row[]): Reference[] => rows.map(({ table, key }) => referenceTo(table, key))
  const router: Row = {
    table: 'Logical_Router',
    key: name,
    columns: {
      name,
      ports: to(ports.filter(({ table }) => table === 'Logical_Router_Port')),
      static_routes: to(routes),
      policies: to(policies),
      nat: to(nats),
      options: mapOf({
        mac_binding_age_threshold: '300', dynamic_neigh_routers: 'true',
        ...(vpc.spec?.enableExternal === true ? {} : { always_learn_from_arp_request: 'false' }),
      }),
    },
  }
  return [router, ...ports, ...routes, ...policies, ...nats]
}

/** Name of a router's port. Source: LogicalRouterPortName in pkg/ovs/util.go. */
export const routerPort = (vpc: string, to: string): string => `${vpc}-${to}`

/** Kube-OVN draws one at random; here it follows from the port's name, so that the same objects make the same network. */
export const macOf = (port: string): string => {
  const digits = createHash('sha256').update(port).digest('hex').slice(0, 10)
  return ['02', ...(digits.match(/../g) ?? [])].join(':')
}

const portRow = (vpc: string, to: string, networks: readonly string[], columns: Row['columns'] = {}): Row => {
  const name = routerPort(vpc, to)
  return { table: 'Logical_Router_Port', key: name, columns: { name, mac: macOf(name), networks, ...columns } }
}

const subnetPorts = (vpc: RoutedVpc, objects: NetworkObjects): Row[] =>
  subnetsOf(vpc.metadata.name, objects).map(({ metadata, spec }) => {
    const options: Record<string, string> = spec.routeTable === undefined || spec.routeTable === '' ? {} : { route_table: spec.routeTable }
    return portRow(vpc.metadata.name, metadata.name, [networkOf(spec.gateway, spec.cidrBlock)], { options: mapOf(options), gateway_chassis: [] })
  })

/** The other end is the peer's own: until it asks as well, the port leads nowhere. */
const peerPorts = ({ metadata: { name }, spec }: RoutedVpc): Row[] =>
  (spec?.vpcPeerings ?? []).map(({ remoteVpc, localConnectIP }) =>
    portRow(name, remoteVpc, localConnectIP.split(','), { peer: routerPort(remoteVpc, name) }))

/** By the address that Kube-OVN has drawn for the router, in an OvnEip of the port's name. Source: handleAddVpcExternalSubnet, same file. */
const externalPorts = ({ metadata: { name }, spec }: RoutedVpc, { subnets, ovnEips }: NetworkObjects): Row[] =>
  (spec?.enableExternal === true ? spec.extraExternalSubnets ?? [] : []).flatMap((network) => {
    const port = routerPort(name, network)
    const subnet = subnets.find(({ metadata }) => metadata.name === network)
    const eip = ovnEips.find(({ metadata }) => metadata.name === port)
    const address = eip?.status?.v4Ip
    if (subnet === undefined || !isExternal(subnet) || address === undefined) return []
    const gateway: Row = { table: 'Gateway_Chassis', key: `${port}-${CHASSIS}`, columns: { name: `${port}-${CHASSIS}`, chassis_name: CHASSIS, priority: 100 } }
    return [portRow(name, network, [networkOf(address, subnet.spec.cidrBlock)], { gateway_chassis: [referenceTo('Gateway_Chassis', gateway.key)] }), gateway]
  })

/**
 * Routes by destination. Kube-OVN adds one by source for each subnet, to the subnet's own gateway; its own build of OVN puts those after all by
 * destination, where they lead nowhere. The OVN of others would put them first: they are left out, and what no route matches is dropped as well.
 */
const routeRows = ({ metadata, spec }: RoutedVpc): Row[] =>
  (spec?.staticRoutes ?? []).map(({ policy = 'policyDst', cidr, nextHopIP, routeTable = '' }) => {
    if (policy !== 'policyDst') throw new Error(`Vpc ${metadata.name}: a route by source means something else in this OVN: ${cidr}`)
    return {
      table: 'Logical_Router_Static_Route',
      key: [metadata.name, routeTable, cidr, nextHopIP].join(' '),
      columns: { policy: 'dst-ip', ip_prefix: cidr, nexthop: nextHopIP, route_table: routeTable },
    }
  })

/** Its own, and one a subnet by which Kube-OVN lets pass whatever is for that. Source: addCommonRoutesForSubnet in pkg/controller/subnet.go. */
const policyRows = ({ metadata, spec }: RoutedVpc, objects: NetworkObjects): Row[] => {
  const toSubnets: NonNullable<NonNullable<RoutedVpc['spec']>['policyRoutes']> = subnetsOf(metadata.name, objects)
    .map(({ spec: { cidrBlock } }) => ({ priority: 31000, match: `ip4.dst == ${cidrBlock}`, action: 'allow' }))
  const rows = [...(spec?.policyRoutes ?? []), ...toSubnets].map(({ priority, match, action, nextHopIP = '' }): Row => ({
    table: 'Logical_Router_Policy',
    key: [metadata.name, priority, match].join(' '),
    columns: { priority, match, action, nexthops: action === 'reroute' ? nextHopIP.split(',') : [] },
  }))
  return [...new Map(rows.map((row) => [row.key, row])).values()]
}
