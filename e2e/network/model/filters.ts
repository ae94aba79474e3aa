import { isWithin } from './addresses.ts'
import { isAbout, isIn, type Packet } from './packet.ts'
import { arePeered, find, vpcOf } from './lookup.ts'
import type { NetworkInterface, Rule, Subnet, World } from './world.ts'

type Direction = 'ingress' | 'egress'

/**
 * Why no group of an interface lets a packet in or out; undefined where one does. One rule of one group is enough: they have no order and deny
 * nothing.
 */
export const stoppedByGroups = (world: World, card: NetworkInterface, packet: Packet, direction: Direction): string | undefined => {
  const groups = world.securityGroups.filter(({ id }) => card.securityGroups.includes(id))
  const vpc = vpcOf(world, card.subnet)
  if (groups.some(group => group[direction].some(rule => isAbout(rule, packet) && isPeer(world, vpc, rule.peer, packet, direction)))) return undefined
  return `no ${direction} rule of ${card.securityGroups.join(', ') || 'no group'} at ${card.id}`
}

/**
 * A group stands for its members' private addresses, never their public ones; it is one of the VPC itself or of one that is peered with it.
 */
const isPeer = (world: World, vpc: string, peer: Rule['peer'], packet: Packet, direction: Direction): boolean => {
  const other = direction === 'ingress' ? packet.source : packet.destination
  if ('cidr' in peer) return isWithin(other, peer.cidr)
  if ('prefixList' in peer) return isIn(find(world.prefixLists, peer.prefixList)?.cidrs ?? [], other)
  const group = find(world.securityGroups, peer.group)
  if (group === undefined || (group.vpc !== vpc && !arePeered(world, vpc, group.vpc))) return false
  return world.interfaces.some(member => member.securityGroups.includes(group.id) && member.privateAddress === other
    && (direction === 'egress' || member.id === packet.sender))
}

/** Why the network ACL of a subnet keeps a packet from coming in or going out; undefined where it lets it through. Lowest number first, then deny. */
export const stoppedByACL = (world: World, subnet: Subnet, packet: Packet, direction: Direction): string | undefined => {
  if (subnet.networkACL === undefined) return undefined
  const entries = find(world.networkACLs, subnet.networkACL)?.entries ?? []
  const other = direction === 'ingress' ? packet.source : packet.destination
  const first = entries.filter(entry => entry.direction === direction).sort((a, b) => a.number - b.number)
    .find(entry => isAbout(entry, packet) && isWithin(other, entry.cidr))
  if (first?.action === 'allow') return undefined
  return `${direction} entry ${first?.number ?? '*'} of ${subnet.networkACL} at ${subnet.id}`
}
