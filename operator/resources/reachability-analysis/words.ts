import type { ReachabilityHop } from '../../../crds/v1alpha1/reachability-analysis.ts'
import type { ACLVerdict, Direction, GroupVerdict } from './filters.ts'
import type { ACL, Packet, Port, Subnet } from './network.ts'

type Said = Omit<ReachabilityHop, 'direction'>

/** What the groups of a port say, in words. */
export const groupHop = (port: Port, packet: Packet, direction: Direction, verdict: GroupVerdict): Said => {
  const what = trafficTitle(packet, direction)
  if ('group' in verdict) {
    const { group, rule } = verdict
    const by = rule === undefined ? 'its egressRules, which are left out: everything may leave' : rule.title
    return said('SecurityGroup', group, 'Allow', rule?.path ?? '', `SecurityGroup "${group.name}" lets ${what} ${goes(direction)} by ${by}`)
  }
  const names = port.groups.map(({ name }) => `"${name}"`).join(', ')
  const [closed] = verdict.closed
  if (closed !== undefined) {
    const { group, rule } = closed
    return said('SecurityGroup', group, 'Deny', rule.path, `SecurityGroup "${group.name}" would let ${what} ${goes(direction)} by ${rule.title}, ` +
      `which is not in force: ${rule.obstacle}`)
  }
  const [only, ...more] = port.groups
  const field = direction === 'Ingress' ? 'ingressRules' : 'egressRules'
  const way = port.groups.length === 0 ? `${port.kind} "${port.name}" has no SecurityGroup that exists`
    : `no rule of SecurityGroup ${names} lets ${what} ${goes(direction)}`
  return said('SecurityGroup', only === undefined || more.length > 0 ? { name: '', id: '' } : only, 'Deny', '',
    `${way}: add one to the ${field} of a group of ${port.kind} "${port.name}"`)
}

/** What the list of a subnet says, in words. */
export const listHop = (subnet: Subnet, acl: ACL, packet: Packet, direction: Direction, { action, entry, ports }: ACLVerdict): Said => {
  const what = trafficTitle(packet, direction, ports)
  const where = `${goes(direction)} ${direction === 'Ingress' ? 'to' : 'of'} subnet "${subnet.name}"`
  const lets = action === 'Allow' ? `lets ${what} ${where}` : `keeps ${what} from going ${where}`
  const by = entry === undefined
    ? `no entry of NetworkACL "${acl.name}" lets ${what} ${where}: add an entry for ${direction}, the list remembers nothing and answers need theirs too`
    : `NetworkACL "${acl.name}" ${lets} by ${entry.direction} entry ${entry.ruleNumber}`
  return said('NetworkACL', acl, action, entry?.path ?? '', by)
}

/** `tcp to port 5432 from 10.0.1.5`. */
const trafficTitle = (packet: Packet, direction: Direction, [first, last] = packet.destinationPorts): string => {
  const { protocol, source, destination, icmp } = packet
  const ports = first === last ? `port ${first}` : `ports ${first} to ${last}`
  const what = protocol === 'icmp' ? `icmp type ${icmp.type} code ${icmp.code}` : `${protocol} to ${ports}`
  return `${what} ${direction === 'Ingress' ? `from ${source}` : `for ${destination}`}`
}

const goes = (direction: Direction): string => direction === 'Ingress' ? 'in' : 'out'

const said = (component: Said['component'], { name, id }: { name: string; id: string }, action: Said['action'], rule: string, message: string): Said =>
  ({ component, name, id, action, rule, message })
