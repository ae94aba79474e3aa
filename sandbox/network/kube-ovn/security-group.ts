import { referenceTo } from '../ovn/ovsdb/values.ts'
import type { Row } from '../ovn/rows.ts'
import { COMMON_TIER } from '../ovn/versions.ts'
import { type Acl, aclRows, type Direction, directions, portOf, priorities, remoteOf } from './acls.ts'
import type { NetworkObjects, Rule, RuledSecurityGroup } from './objects.ts'
import { type PodPort, podPorts } from './ports.ts'

/**
 * Kube-OVN's SecurityGroups: a port group each with its rules, address sets of its members, and one port group that closes every port that is in
 * any of them. Source: kube-ovn v1.16.2, pkg/controller/security_group.go and pkg/ovs/ovn-nb-acl.go.
 */
export const securityGroupRows = (objects: NetworkObjects): Row[] => {
  const ports = podPorts(objects)
  const known = new Set(objects.securityGroups.map(({ metadata }) => metadata.name))
  const guarded = ports.filter(({ securityGroups }) => securityGroups.some((name) => known.has(name)))
  return [
    ...objects.securityGroups.flatMap((group) => groupRows(group, ports, known)),
    ...portGroup('kubeovn_deny_all', guarded, [...tiers].flatMap((tier) => directions.map((direction): Acl =>
      ({ direction, tier, priority: priorities.groupDrop, match: `${portOf(direction)} == @ovn.sg.kubeovn_deny_all && ip`, action: 'drop' })))),
  ]
}

/** Those that a SecurityGroup may be in, as OVN counts them. */
const tiers = [COMMON_TIER, COMMON_TIER + 1]

const nameOf = (group: string): string => `ovn.sg.${group}`.replaceAll('-', '.')
const setOf = (group: string, family: string): string => `${nameOf(group)}.associated.${family}`

/** A rule that names a missing group keeps all of them from being set: the members are closed. */
const groupRows = (group: RuledSecurityGroup, ports: readonly PodPort[], known: ReadonlySet<string>): Row[] => {
  const { name } = group.metadata
  const { ingressRules = [], egressRules = [], allowSameGroupTraffic = false } = group.spec ?? {}
  const members = ports.filter(({ securityGroups }) => securityGroups.includes(name))
  const isComplete = [...ingressRules, ...egressRules].every(({ remoteType, remoteSecurityGroup = '' }) => remoteType !== 'securityGroup' || known.has(remoteSecurityGroup))
  const acls = !isComplete ? [] : directions.flatMap((direction): Acl[] => [
    ...baseAcls(name, direction),
    ...(allowSameGroupTraffic ? sameGroup(name, direction) : []),
    ...(direction === 'to-lport' ? ingressRules : egressRules).map((rule) => ruleAcl(name, direction, rule)),
  ])
  const addresses = members.flatMap((port) => port.addresses)
  const set = (family: string, of: string[]): Row =>
    ({ table: 'Address_Set', key: setOf(name, family), columns: { name: setOf(name, family), addresses: [...new Set(of)] } })
  return [
    ...portGroup(name, members, acls),
    set('v4', addresses.filter((address) => !address.includes(':'))),
    set('v6', addresses.filter((address) => address.includes(':'))),
  ]
}

const portGroup = (group: string, ports: readonly PodPort[], acls: readonly Acl[]): Row[] => {
  const name = nameOf(group)
  const { rows, references } = aclRows(name, acls)
  const columns = {
    name, acls: references, ports: ports.map((port) => referenceTo('Logical_Switch_Port', port.name)), external_ids: { entries: { type: 'security_group', sg: group } },
  }
  return [{ table: 'Port_Group', key: name, columns }, ...rows]
}

/** What every group lets pass, whatever its rules: ARP, neighbour discovery, DHCP and VRRP. */
const baseAcls = (group: string, direction: Direction): Acl[] => {
  const isIn = direction === 'to-lport'
  const own = `${portOf(direction)} == @${nameOf(group)}`
  const [from4, to4] = isIn ? [67, 68] : [68, 67]
  const [from6, to6] = isIn ? [547, 546] : [546, 547]
  const matches = [
    `${own} && arp`,
    `${own} && icmp6.type == {130, ${isIn ? 134 : 133}, 135, 136} && icmp6.code == 0 && ip.ttl == 255`,
    `${own} && udp.src == ${from4} && udp.dst == ${to4} && ip4`,
    `${own} && udp.src == ${from6} && udp.dst == ${to6} && ip6`,
    `${own} && ip.proto == 112`,
  ]
  return tiers.flatMap((tier) => matches.map((match): Acl => ({ direction, tier, priority: priorities.groupBase, match, action: 'allow-related' })))
}

const sameGroup = (group: string, direction: Direction): Acl[] => ([['ip4', 'v4'], ['ip6', 'v6']] as const).map(([ip, family]) => ({
  direction, priority: priorities.groupAllow, action: 'allow-related',
  match: `${portOf(direction)} == @${nameOf(group)} && ${ip} && ${ip}.${remoteOf(direction)} == $${setOf(group, family)}`,
}))

const ruleAcl = (group: string, direction: Direction, rule: Rule): Acl => {
  const [ip, family, icmp] = rule.ipVersion === 'ipv6' ? ['ip6', 'v6', 'icmp6'] : ['ip4', 'v4', 'icmp4']
  const remote = rule.remoteType === 'securityGroup' ? `$${setOf(rule.remoteSecurityGroup ?? '', family)}` : rule.remoteAddress
  const match = [
    `${portOf(direction)} == @${nameOf(group)}`, ip, `${ip}.${remoteOf(direction)} == ${remote}`,
    ...(rule.protocol === 'icmp' ? [icmp] : []),
    ...(rule.protocol === 'tcp' || rule.protocol === 'udp' ? [`${rule.portRangeMin} <= ${rule.protocol}.dst <= ${rule.portRangeMax}`] : []),
  ]
  const action = rule.policy === 'allow' ? 'allow-related' : rule.policy === 'pass' ? 'pass' : 'drop'
  return { direction, priority: priorities.groupHighest - rule.priority, match: match.join(' && '), action }
}
