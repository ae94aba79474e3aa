import { overlap } from './addresses.ts'
import type { Subnet, World } from './world.ts'

export const find = <T extends { id: string }>(all: readonly T[], id: string): T | undefined => all.find(each => each.id === id)

/** Throws where the world is not whole: the model answers for whole worlds only. */
export const need = <T extends { id: string }>(all: readonly T[], id: string): T => {
  const found = find(all, id)
  if (found === undefined) throw new Error(`the world has no ${id}`)
  return found
}

export const vpcOf = (world: World, subnet: string): string => need<Subnet>(world.subnets, subnet).vpc

/** Whether both sides have asked for it and no block of the one overlaps one of the other. */
export const arePeered = (world: World, one: string, other: string): boolean => {
  const asked = (vpc: string, peer: string) => world.peerings.some(peering => peering.vpc === vpc && peering.peer === peer)
  if (!asked(one, other) || !asked(other, one)) return false
  const [ours, theirs] = [one, other].map(vpc => find(world.vpcs, vpc)?.cidrs ?? [])
  return !(ours ?? []).some(cidr => (theirs ?? []).some(each => overlap(cidr, each)))
}
