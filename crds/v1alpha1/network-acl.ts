import type { z } from 'zod'
import { anyBlock } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, flag, integer, list, objectName, refTo, reportedID, rule, statusFields, struct, tags } from '../fields.ts'
import { immutable } from '../immutable.ts'
import { subnetNames } from './route-table.ts'

const port = (description: string) => integer({ description, min: 0, max: 65535 })
const withPorts = "self.protocol in ['tcp', 'udp']"
const isICMP = "self.protocol in ['icmp', 'icmpv6']"

/** One entry of a NetworkACL. */
export const networkACLEntry = struct({
  description: 'What happens to some of the traffic in one direction.',
  rules: [
    rule(`!(${withPorts}) || (has(self.fromPort) && has(self.toPort))`, 'tcp and udp need fromPort and toPort: for all ports write 0 and 65535'),
    rule('!has(self.fromPort) || !has(self.toPort) || self.fromPort <= self.toPort', 'fromPort must be at most toPort'),
    rule(`${withPorts} || (!has(self.fromPort) && !has(self.toPort))`, 'fromPort and toPort go with tcp and udp only: remove them'),
    rule(`${isICMP} || !has(self.icmp)`, 'icmp goes with protocol icmp and icmpv6 only: remove it'),
    rule("!isCIDR(self.cidr) || !(self.protocol == 'icmp' && cidr(self.cidr).ip().family() == 6)", 'protocol icmp is of IPv4: write protocol icmpv6 for this cidr'),
    rule("!isCIDR(self.cidr) || !(self.protocol == 'icmpv6' && cidr(self.cidr).ip().family() == 4)", 'protocol icmpv6 is of IPv6: write protocol icmp for this cidr'),
  ],
}, {
  ruleNumber: integer({ description: 'Place of the entry, 1 to 32766: of those that match, the lowest number counts. One number an entry and direction.', min: 1, max: 32766 }),
  direction: choice(['Ingress', 'Egress'], 'Ingress: into the subnet; Egress: out of it.'),
  action: choice(['Allow', 'Deny'], 'What happens to traffic that matches.'),
  protocol: choice(['tcp', 'udp', 'icmp', 'icmpv6', 'all'], 'Protocol.'),
  cidr: anyBlock('IPv4 or IPv6 block at the other end: sources for Ingress, destinations for Egress.'),
  fromPort: port('First destination port, 0 to 65535; for tcp and udp only.').exactOptional(),
  toPort: port('Last destination port, 0 to 65535; for tcp and udp only.').exactOptional(),
  icmp: struct({
    description: 'For icmp and icmpv6 only. Left out: all types.',
    rules: [rule('self.type != -1 || !has(self.code) || self.code == -1', 'icmp.code needs a type: write the type too, or code -1')],
  }, {
    type: integer({ description: 'Type, 0 to 255, -1 for all.', min: -1, max: 255 }),
    code: integer({ description: 'Code, 0 to 255, -1 for all. Left out: all.', min: -1, max: 255 }).exactOptional(),
  }).exactOptional(),
})

/** `spec` of a NetworkACL. */
export const networkACLSpec = struct({
  description: 'What passes the edge of subnets. Stateless: answers must be let through too, commonly ports 1024 to 65535 the other way.',
  rules: [immutable('vpcRef', 'create a new NetworkACL')],
}, {
  vpcRef: refTo('VPC', 'VPC that the list is part of. Immutable.'),
  entries: list(networkACLEntry, {
    description: 'Entries, at most 40 a direction; what none matches is denied. Left out: everything is denied.',
    max: 80,
    keys: ['direction', 'ruleNumber'],
    rules: [
      rule("self.filter(entry, entry.direction == 'Ingress').size() <= 40 && self.filter(entry, entry.direction == 'Egress').size() <= 40",
        'entries: at most 40 are for Ingress and 40 for Egress: put neighbouring blocks together'),
    ],
  }).exactOptional(),
  subnetRefs: subnetNames('Subnets of the VPC that this list guards; a subnet has one list, that of no other the default one of the VPC').exactOptional(),
  tags: tags(),
})

/** `status` of a NetworkACL. */
export const networkACLStatus = struct('What is in force. Written by the operator alone.', {
  ...statusFields(),
  networkACLID: reportedID('ID of the list, acl- and 17 hexadecimal digits.').exactOptional(),
  vpcID: reportedID('ID of its VPC.').exactOptional(),
  isDefault: flag('Whether it is the default list: that of the subnets that no NetworkACL names.').exactOptional(),
  associations: list(struct('A subnet that the list is to guard.', {
    subnetName: objectName('Name of the Subnet.'),
    subnetID: reportedID('ID of the subnet; empty while it does not exist.'),
    state: choice(['associating', 'associated', 'failed'], 'State of the association; failed: the subnet has another list.'),
  }), { description: 'Subnets that the spec names.', max: 200, keys: ['subnetName'] }).exactOptional(),
})

export type NetworkACLEntry = z.output<typeof networkACLEntry>
export type NetworkACLSpec = z.output<typeof networkACLSpec>
export type NetworkACLStatus = z.output<typeof networkACLStatus>
/** A stateless, numbered list of what passes the edge of subnets. */
export type NetworkACL = Resource<NetworkACLSpec, NetworkACLStatus>

export const networkACL: Definition = define({
  kind: 'NetworkACL',
  plural: 'networkacls',
  shortNames: ['nacl'],
  description: 'A stateless, numbered list of what passes the edge of subnets. The one of a VPC that is made with it, <VPC>-default, lets everything pass.',
  spec: networkACLSpec,
  status: networkACLStatus,
  columns: [
    { name: 'Ready', type: 'string', description: 'Whether every entry is in force.', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'VPC', type: 'string', description: 'VPC.', jsonPath: '.spec.vpcRef.name' },
    { name: 'Default', type: 'boolean', description: 'Whether it is the default list of its VPC.', jsonPath: '.status.isDefault' },
    { name: 'Enforced', type: 'string', description: 'Whether every entry is in force.', jsonPath: '.status.conditions[?(@.type=="Enforced")].status' },
    { name: 'ID', type: 'string', description: 'Network ACL ID.', jsonPath: '.status.networkACLID' },
    { name: 'Subnets', type: 'string', description: 'Subnets that it guards.', jsonPath: '.spec.subnetRefs[*].name', priority: 1 },
  ],
  reasons: {
    Enforced: 'Enforced: every entry is in force.',
  },
})
