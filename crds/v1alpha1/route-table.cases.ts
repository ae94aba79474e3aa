import type { RuleCases } from '../rule-cases.ts'
import { routeTable } from './route-table.ts'
import { fixed, named, tagCases } from './tags.cases.ts'

const out = { destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'igw' } }
const routed = (change: Record<string, unknown>) => ({ routes: [{ ...out, ...change }] })

export const routeTableCases: RuleCases = {
  definition: routeTable,
  base: { vpcRef: { name: 'main' } },
  cases: [
    { title: 'without routes' },
    ...tagCases,
    ...named('vpcRef', name => ({ vpcRef: { name } })),
    ...named('subnetRefs', name => ({ subnetRefs: [{ name }] })),
    ...named('internetGatewayRef', name => routed({ internetGatewayRef: { name } })),
    ...fixed('vpcRef', { name: 'main' }, { name: 'other' }),
    { title: 'with a way to the internet', spec: routed({}) },
    { title: 'whose routes change', spec: { routes: [{ destinationCIDR: '0.0.0.0/0', natGatewayRef: { name: 'nat' } }] }, was: routed({}) },
    { title: 'with a route to a peering', spec: { routes: [{ destinationCIDR: '10.1.0.0/16', vpcPeeringRef: { name: 'db' } }] } },
    { title: 'with a route to an instance', spec: { routes: [{ destinationCIDR: '192.168.7.1/32', instanceRef: { name: 'vpn' } }] } },
    { title: 'with a route to nowhere', spec: { routes: [{ destinationCIDR: '0.0.0.0/0' }] }, refused: 'spec.routes[0]: a route needs exactly one target: internetGatewayRef' },
    { title: 'with a route to two targets', spec: routed({ natGatewayRef: { name: 'nat' } }), refused: 'a route needs exactly one target' },
    { title: 'with an IPv6 route', spec: routed({ destinationCIDR: 'fd00::/64' }), refused: 'destinationCIDR must be an IPv4 block, for example 0.0.0.0/0' },
    { title: 'whose route begins elsewhere', spec: routed({ destinationCIDR: '10.1.0.1/16' }), refused: 'destinationCIDR must begin at the first address' },
    { title: 'with a route to the metadata service', spec: routed({ destinationCIDR: '169.254.169.254/32' }), refused: 'destinationCIDR must not be loopback, link-local' },
  ],
}
