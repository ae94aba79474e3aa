import { idOf, type Manifest, ofKind, type Specs } from '../manifests.ts'

/** What worlds may have in them that some network can't do, or does otherwise than EC2. */
export type Feature = keyof typeof remedies

/**
 * What the generated worlds don't have, and why not. Whatever is here is measured by nothing: what leaves this list is in every world from then on.
 */
export const leftOut: Readonly<Partial<Record<Feature, string>>> = {
  'public addresses behind a NAT gateway': 'OVN prefers an address of one\'s own: such an instance leaves by it and not by the gateway, and is answered',
  'NAT gateways away from the internet': 'a router translates at its edge: what the subnet of the gateway lets pass and where that routes to is not asked',
}

type World = readonly Manifest[]

/** How each is taken out of a world, so that what is left is whole. */
const remedies = {
  'public addresses behind a NAT gateway': (world: World) => world.filter(each => !leadsBehindGateway(each, world)),
  'NAT gateways away from the internet': (world: World) => world.filter(each => each.kind !== 'NATGateway' || isAtTheEdge(each, world)),
}

/** A world without what is left out. */
export const withoutLeftOut = (manifests: World, out: Readonly<Partial<Record<Feature, string>>> = leftOut): Manifest[] =>
  (Object.keys(out) as Feature[]).reduce<World>((world, feature) => remedies[feature](world), manifests).slice()

/** The table that names a subnet: generated worlds have no main tables of their own. */
const tableOf = (namespace: string, subnet: string, world: World) => ofKind(world, 'RouteTable')
  .find(table => table.namespace === namespace && table.spec.subnetRefs?.some(({ name }) => name === subnet) === true)

const leadsBehindGateway = (each: Manifest, world: World): boolean => {
  if (each.kind !== 'ElasticIP') return false
  const target = (each.spec as Specs['ElasticIP']).instanceRef?.name
  const instance = ofKind(world, 'Instance').find(other => idOf(other) === `${each.namespace}/${target}`)
  const table = instance === undefined ? undefined : tableOf(each.namespace, instance.spec.subnetRef.name, world)
  return table?.spec.routes?.some(({ natGatewayRef }) => natGatewayRef !== undefined) === true
}

/** In a subnet without a list of its own, whose one route is everything to the internet gateway. */
const isAtTheEdge = ({ namespace, spec }: Manifest, world: World): boolean => {
  const subnet = (spec as Specs['NATGateway']).subnetRef.name
  const routes = tableOf(namespace, subnet, world)?.spec.routes ?? []
  const isGuarded = ofKind(world, 'NetworkACL').some(list => list.namespace === namespace && list.spec.subnetRefs?.some(({ name }) => name === subnet))
  return !isGuarded && routes.length === 1 && routes.every(({ destinationCIDR, internetGatewayRef }) => destinationCIDR === '0.0.0.0/0' && internetGatewayRef !== undefined)
}
