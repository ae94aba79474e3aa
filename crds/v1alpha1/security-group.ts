import type { z } from 'zod'
import { anyBlock } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, integer, list, refAcross, refTo, reportedID, rule, statusFields, struct, tags, text } from '../fields.ts'
import { exactlyOne, immutable } from '../immutable.ts'

const port = (description: string) => integer({ description, min: -1, max: 65535 })
const ports = "self.protocol in ['tcp', 'udp']"

/** One permission of a SecurityGroup. */
export const securityGroupRule = struct({
  description: 'Traffic that is let through.',
  rules: [
    exactlyOne(['cidr', 'securityGroupRef', 'prefixListRef'], 'a rule needs exactly one of cidr, securityGroupRef and prefixListRef'),
    rule(`!(${ports}) || (has(self.fromPort) && has(self.toPort))`, 'tcp and udp need fromPort and toPort: for all ports write 0 and 65535'),
    rule(`!(${ports}) || !has(self.fromPort) || !has(self.toPort) || (self.fromPort >= 0 && self.fromPort <= self.toPort)`,
      'fromPort must be from 0 to toPort'),
    rule("self.protocol != 'all' || (!has(self.fromPort) && !has(self.toPort))", 'protocol all takes no ports: remove fromPort and toPort'),
    rule("!(self.protocol in ['icmp', 'icmpv6']) || ((!has(self.fromPort) || self.fromPort <= 255) && (!has(self.toPort) || self.toPort <= 255))",
      'for icmp fromPort is the type and toPort the code: from 0 to 255, or -1 for all'),
  ],
}, {
  protocol: choice(['tcp', 'udp', 'icmp', 'icmpv6', 'all'], 'Protocol.'),
  fromPort: port('First port, 0 to 65535; for icmp the type, -1 for all.').exactOptional(),
  toPort: port('Last port, 0 to 65535; for icmp the code, -1 for all.').exactOptional(),
  cidr: anyBlock('IPv4 or IPv6 block at the other end, for example 0.0.0.0/0.').exactOptional(),
  securityGroupRef: refAcross('SecurityGroup', 'Group whose members are at the other end: of the same VPC, the group itself too, or of a VPC that is peered.',
    'Only of a group in a VPC that is peered; until the peering is active the rule lets nobody through.').exactOptional(),
  prefixListRef: refTo('PrefixList', 'PrefixList whose blocks are at the other end; the rule follows the list.').exactOptional(),
  description: text({ description: 'Words of your own, at most 255 characters.', max: 255 }).exactOptional(),
})

/** `spec` of a SecurityGroup. */
export const securityGroupSpec = struct({
  description: 'What the group lets through. Answers to what is let through are let through too.',
  rules: [immutable('vpcRef', 'create a new SecurityGroup')],
}, {
  vpcRef: refTo('VPC', 'VPC that the group is part of. Immutable.'),
  description: text({ description: 'Words of your own, at most 255 characters.', max: 255 }).exactOptional(),
  ingressRules: list(securityGroupRule, { description: 'Traffic to members that is let through, at most 60 rules. Left out: none.', max: 60 }).exactOptional(),
  egressRules: list(securityGroupRule, {
    description: 'Traffic from members that is let through, at most 60 rules. Left out: all; an empty list: none.', max: 60,
  }).exactOptional(),
  tags: tags(),
})

/** `status` of a SecurityGroup. */
export const securityGroupStatus = struct('What is in force. Written by the operator alone.', {
  ...statusFields(),
  groupID: reportedID('ID of the group, sg- and 17 hexadecimal digits.').exactOptional(),
  vpcID: reportedID('ID of its VPC.').exactOptional(),
  rules: list(struct('A rule in force.', {
    ruleID: reportedID('ID of the rule, sgr- and 17 hexadecimal digits.'),
    direction: choice(['Ingress', 'Egress'], 'To members or from members.'),
    protocol: choice(['tcp', 'udp', 'icmp', 'icmpv6', 'all'], 'Protocol.'),
    fromPort: port('First port, or icmp type.').exactOptional(),
    toPort: port('Last port, or icmp code.').exactOptional(),
    cidr: text({ description: 'Block at the other end.', max: 43 }).exactOptional(),
    referencedGroupID: reportedID('ID of the group at the other end.').exactOptional(),
    prefixListID: reportedID('ID of the prefix list at the other end.').exactOptional(),
    description: text({ description: 'Words of the user.', max: 255 }).exactOptional(),
  }), { description: 'Rules in force.', max: 120, keys: ['ruleID'] }).exactOptional(),
  members: integer({ description: 'Number of instances and network interfaces in the group.', min: 0, max: 1000000 }).exactOptional(),
})

export type SecurityGroupRule = z.output<typeof securityGroupRule>
export type SecurityGroupSpec = z.output<typeof securityGroupSpec>
export type SecurityGroupStatus = z.output<typeof securityGroupStatus>
/** A stateful firewall around instances. */
export type SecurityGroup = Resource<SecurityGroupSpec, SecurityGroupStatus>

export const securityGroup: Definition = define({
  kind: 'SecurityGroup',
  plural: 'securitygroups',
  shortNames: ['sg'],
  description: 'A stateful firewall around instances: what no rule lets in stays out. An instance has the union of its groups.',
  spec: securityGroupSpec,
  status: securityGroupStatus,
  columns: [
    { name: 'VPC', type: 'string', description: 'VPC.', jsonPath: '.spec.vpcRef.name' },
    { name: 'Members', type: 'integer', description: 'Instances and network interfaces in the group.', jsonPath: '.status.members' },
    { name: 'Enforced', type: 'string', description: 'Whether every rule is in force.', jsonPath: '.status.conditions[?(@.type=="Enforced")].status' },
    { name: 'ID', type: 'string', description: 'Group ID.', jsonPath: '.status.groupID' },
    { name: 'Description', type: 'string', description: 'Words of the user.', jsonPath: '.spec.description', priority: 1 },
  ],
  reasons: {
    Enforced: 'Enforced: every rule is in force.',
    RulesNotSupported: 'Enforced is False: the network driver can\'t express some rules; the message names them.',
  },
})
