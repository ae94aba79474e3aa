/**
 * Plans of worlds, drawn by fast-check: small numbers and choices, so that a world that fails shrinks to the little that matters. What a number
 * means is said where the plan becomes manifests.
 */
import fc from 'fast-check'

export type RulePlan = { protocol: 'tcp' | 'udp' | 'icmp' | 'all'; ports: readonly [number, number]; peer: PeerPlan }

/** Numbers choose among what the VPC has. */
export type PeerPlan = { block: number } | { near: number } | { group: number } | { list: number }

export type EntryPlan = Omit<RulePlan, 'peer'> & { number: number; egress: boolean; allow: boolean; block: number }

export type RoutePlan = { block: number; target: number }

export type InstancePlan = { place: number; groups: readonly number[]; elastic: boolean }

export type SubnetPlan = { small: boolean; instances: readonly InstancePlan[]; list: number; table: number; nat: boolean }

export type VPCPlan = {
  tenant: number
  network: number
  subnets: readonly SubnetPlan[]
  groups: readonly { ingress: readonly RulePlan[]; egress: readonly RulePlan[] | undefined }[]
  lists: readonly (readonly EntryPlan[])[]
  tables: readonly (readonly RoutePlan[])[]
  gateway: boolean
}

export type WorldPlan = {
  vpcs: readonly VPCPlan[]
  prefixLists: readonly (readonly number[])[]
  peerings: readonly { from: number; to: number; mutual: boolean }[]
}

const usually = fc.constantFrom(true, true, true, false)

/** Few ports, so that rules meet at their borders. */
const port = fc.constantFrom(22, 80, 81, 443)

const everyPort = [0, 65535] as const

const ports: fc.Arbitrary<readonly [number, number]> = fc.oneof(
  port.map(each => [each, each] as const),
  port.map(each => [each - 1, each] as const),
  port.map(each => [each, each + 1] as const),
  port.map(each => [0, each - 1] as const),
  port.map(each => [each + 1, 65535] as const),
  fc.constant(everyPort),
)

const protocol = fc.constantFrom('tcp' as const, 'tcp' as const, 'tcp' as const, 'udp' as const, 'udp' as const, 'icmp' as const, 'all' as const)

const choice = fc.nat({ max: 40 })

/** Block 0 is everybody. */
const peer: fc.Arbitrary<PeerPlan> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ block: 0 }) },
  { weight: 2, arbitrary: choice.map(block => ({ block })) },
  { weight: 3, arbitrary: choice.map(near => ({ near })) },
  { weight: 3, arbitrary: choice.map(group => ({ group })) },
  { weight: 1, arbitrary: choice.map(list => ({ list })) },
)

/** Everything to or from everybody: without it hardly anything would be open through two groups and two lists. */
const everything = fc.constant({ protocol: 'all' as const, ports: everyPort, peer: { block: 0 } })

const rule: fc.Arbitrary<RulePlan> = fc.oneof({ weight: 8, arbitrary: fc.record({ protocol, ports, peer }) }, { weight: 1, arbitrary: everything })

const rules = (maxLength: number) => fc.array(rule, { maxLength })

/**
 * Entries are few and their numbers close together, so that orders matter. Answers come to ports from 32768 on: most lists let these back in, by
 * an entry of its own late in the order.
 */
const entry: fc.Arbitrary<EntryPlan> = fc.record({
  protocol,
  ports: fc.oneof(ports, fc.constantFrom([1024, 65535] as const, [32768, 65535] as const, everyPort)),
  number: fc.integer({ min: 1, max: 9 }), egress: fc.boolean(), allow: fc.boolean(), block: choice,
})

const late: fc.Arbitrary<EntryPlan[]> = fc.constantFrom('all', 'answers', 'nothing').map(what => what === 'nothing' ? [] : [false, true].map(egress =>
  ({ protocol: what === 'all' ? 'all' : 'tcp', ports: what === 'all' ? everyPort : [1024, 65535] as const, number: 100, egress, allow: true, block: 0 })))

const list = fc.tuple(fc.array(entry, { maxLength: 6 }), late).map(([early, rest]) => [...early, ...rest])

const instance = fc.record({ place: fc.nat({ max: 2 }), groups: fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 3 }), elastic: fc.boolean() })

const subnet = fc.record({
  small: fc.boolean(), instances: fc.array(instance, { maxLength: 3 }), list: fc.nat({ max: 2 }), table: fc.nat({ max: 2 }), nat: fc.boolean(),
})

const vpc = fc.record({
  tenant: fc.nat({ max: 1 }),
  network: fc.nat({ max: 2 }),
  subnets: fc.array(subnet, { minLength: 1, maxLength: 3 }),
  groups: fc.array(fc.record({ ingress: rules(4), egress: fc.option(rules(3), { nil: undefined, freq: 2 }) }), { minLength: 1, maxLength: 3 }),
  lists: fc.array(list, { maxLength: 2 }),
  tables: fc.array(fc.array(fc.record({ block: fc.oneof(fc.constant(0), choice), target: choice }), { maxLength: 3 }), { maxLength: 2 }),
  gateway: usually,
})

/** Any world: up to three VPCs of two tenants, three subnets each and three instances in each. */
export const worldPlan: fc.Arbitrary<WorldPlan> = fc.record({
  vpcs: fc.array(vpc, { minLength: 1, maxLength: 3 }),
  prefixLists: fc.array(fc.array(choice, { maxLength: 3 }), { maxLength: 2 }),
  peerings: fc.array(fc.record({ from: fc.nat({ max: 2 }), to: fc.nat({ max: 2 }), mutual: usually }), { maxLength: 3 }),
})
