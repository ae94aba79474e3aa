import type { z } from 'zod'
import { routableBlock } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, flag, list, objectName, refTo, reportedID, statusFields, struct, tags, text } from '../fields.ts'
import { exactlyOne, immutable } from '../immutable.ts'

/** Fields of a route that say where its traffic goes: exactly one is given. */
export const routeTargets = ['internetGatewayRef', 'natGatewayRef', 'vpcPeeringRef', 'instanceRef'] as const

/** One route of a RouteTable. */
export const route = struct({
  description: 'Where traffic to one block goes.',
  rules: [exactlyOne(routeTargets, `a route needs exactly one target: ${routeTargets.join(', ')}`)],
}, {
  destinationCIDR: routableBlock('destinationCIDR', '0.0.0.0/0', 'IPv4 block that the traffic is to, for example 0.0.0.0/0 for all. Of several that match, the longest prefix counts.'),
  internetGatewayRef: refTo('InternetGateway', 'To the internet, for instances with a public address. Makes the subnets of the table public.').exactOptional(),
  natGatewayRef: refTo('NATGateway', 'To the internet by the public address of a NATGateway.').exactOptional(),
  vpcPeeringRef: refTo('VPCPeering', 'To the VPC at the other end of a peering.').exactOptional(),
  instanceRef: refTo('Instance', 'To an instance that passes traffic on: its sourceDestCheck must be false.').exactOptional(),
})

/** A subnet as part of a list that is told apart by names. */
export const subnetNames = (of: string) => list(struct('A Subnet.', { name: objectName('Name of the Subnet, in the same namespace.') }), {
  description: `${of}, at most 200.`,
  max: 200,
  keys: ['name'],
})

/** `spec` of a RouteTable. */
export const routeTableSpec = struct({
  description: 'Where traffic from subnets goes. Traffic inside the VPC always stays inside, whatever the routes say.',
  rules: [immutable('vpcRef', 'create a new RouteTable')],
}, {
  vpcRef: refTo('VPC', 'VPC that the table is part of. Immutable.'),
  routes: list(route, {
    description: 'Routes beside the local ones of the VPC, at most 200, one a destination. The longest prefix that matches counts.',
    max: 200,
    keys: ['destinationCIDR'],
  }).exactOptional(),
  subnetRefs: subnetNames('Subnets of the VPC that follow this table; a subnet follows one table, that of no list the main one of the VPC').exactOptional(),
  tags: tags(),
})

/** `status` of a RouteTable. */
export const routeTableStatus = struct('What is in force. Written by the operator alone.', {
  ...statusFields(),
  routeTableID: reportedID('ID of the table, rtb- and 17 hexadecimal digits.').exactOptional(),
  vpcID: reportedID('ID of its VPC.').exactOptional(),
  main: flag('Whether it is the main table: that of the subnets that no RouteTable names.').exactOptional(),
  routes: list(struct('A route, as it is now.', {
    destinationCIDR: text({ description: 'Block that the traffic is to.', max: 18 }),
    target: text({ description: 'Where it goes: local, or the ID of a gateway, peering or instance; empty while the target does not exist.', max: 64 }),
    state: choice(['active', 'blackhole'], 'active, or blackhole: the target is gone or can\'t pass traffic on, so what is sent there is dropped.'),
    origin: choice(['CreateRouteTable', 'CreateRoute'], 'CreateRouteTable: local, it came with the table; CreateRoute: from the spec.'),
    message: text({ description: 'Why the route is a blackhole, and the way out.', max: 1024 }).exactOptional(),
  }), { description: 'Routes in force, the local ones first.', max: 205, keys: ['destinationCIDR'] }).exactOptional(),
  associations: list(struct('A subnet that follows the table.', {
    subnetName: objectName('Name of the Subnet.'),
    subnetID: reportedID('ID of the subnet; empty while it does not exist.'),
    state: choice(['associating', 'associated', 'failed'], 'State of the association, as EC2 names it; failed: the subnet follows another table.'),
  }), { description: 'Subnets that the spec names.', max: 200, keys: ['subnetName'] }).exactOptional(),
})

export type Route = z.output<typeof route>
export type RouteTableSpec = z.output<typeof routeTableSpec>
export type RouteTableStatus = z.output<typeof routeTableStatus>
/** Where traffic from subnets goes. */
export type RouteTable = Resource<RouteTableSpec, RouteTableStatus>

export const routeTable: Definition = define({
  kind: 'RouteTable',
  plural: 'routetables',
  shortNames: ['rtb'],
  description: 'Where traffic from the subnets of a VPC goes. The one of a VPC that is made with it is <VPC>-main.',
  spec: routeTableSpec,
  status: routeTableStatus,
  columns: [
    { name: 'Ready', type: 'string', description: 'Whether every route is in force.', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'VPC', type: 'string', description: 'VPC.', jsonPath: '.spec.vpcRef.name' },
    { name: 'Main', type: 'boolean', description: 'Whether it is the main table of its VPC.', jsonPath: '.status.main' },
    { name: 'ID', type: 'string', description: 'Route table ID.', jsonPath: '.status.routeTableID' },
    { name: 'Subnets', type: 'string', description: 'Subnets that follow it.', jsonPath: '.spec.subnetRefs[*].name', priority: 1 },
  ],
  reasons: {
    RoutesActive: 'RoutesActive: every route leads somewhere.',
    Blackhole: 'RoutesActive is False: the target of a route is gone or can\'t pass traffic on; the message names the routes.',
  },
})
