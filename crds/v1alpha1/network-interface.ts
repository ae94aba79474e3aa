import type { z } from 'zod'
import { ipv4Address } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, dateTime, flag, integer, list, refTo, reportedID, rule, statusFields, struct, tags, text } from '../fields.ts'
import { immutable, immutableIfAny } from '../immutable.ts'

const anew = 'create a new NetworkInterface'
const moved = 'take the attachment off, wait until status.state is available, and then attach it anew'

/** `spec` of a NetworkInterface. */
export const networkInterfaceSpec = struct({
  description: 'Where the interface is and which instance has it.',
  rules: [
    immutable('subnetRef', anew),
    immutableIfAny('privateIPAddress', anew),
    ...['instanceRef', 'deviceIndex'].map(field => rule(
      `!has(self.attachment) || !has(oldSelf.attachment) || self.attachment.${field} == oldSelf.attachment.${field}`,
      `attachment.${field} is immutable: ${moved}`, { fieldPath: `.attachment.${field}` })),
  ],
}, {
  subnetRef: refTo('Subnet', 'Subnet that the interface is in. Immutable.'),
  description: text({ description: 'Words of your own, at most 255 characters.', max: 255 }).exactOptional(),
  privateIPAddress: ipv4Address('privateIPAddress', 'inside the subnet, for example 10.0.1.5',
    'IPv4 address inside the subnet. Immutable. Left out: one is assigned and kept until the interface is deleted.').exactOptional(),
  securityGroupRefs: list(refTo('SecurityGroup', 'A SecurityGroup of the VPC.'), {
    description: 'SecurityGroups of the interface, 1 to 16; changes take effect at once. Left out: the default group of the VPC.',
    min: 1,
    max: 16,
    keys: ['name'],
  }).exactOptional(),
  sourceDestCheck: flag('Whether packets that are neither from nor to the address of the interface are dropped.').default(true),
  attachment: struct('What the interface is attached to. Taking it off detaches the interface.', {
    instanceRef: refTo('Instance', 'Instance in the zone and VPC of the subnet. To move it: take the attachment off first.'),
    deviceIndex: integer({ description: 'Place among the interfaces of the instance, 1 to 15; 0 is the one that it is launched with.', min: 1, max: 15 }),
    deleteOnTermination: flag('Whether the interface is deleted with the instance.').default(false),
  }).exactOptional(),
  tags: tags(),
})

/** `status` of a NetworkInterface. */
export const networkInterfaceStatus = struct('What the interface is now. Written by the operator alone.', {
  ...statusFields(),
  networkInterfaceID: reportedID('ID of the interface, eni- and 17 hexadecimal digits.').exactOptional(),
  state: choice(['pending', 'available', 'attaching', 'in-use', 'detaching'], 'State of the interface, as EC2 names it.').exactOptional(),
  vpcID: reportedID('ID of its VPC.').exactOptional(),
  subnetID: reportedID('ID of its subnet.').exactOptional(),
  availabilityZone: text({ description: 'Zone of its subnet.', max: 63 }).exactOptional(),
  privateIPAddress: text({ description: 'Private IPv4 address, kept until the interface is deleted.', max: 15 }).exactOptional(),
  publicIPAddress: text({ description: 'Public IPv4 address that leads to it.', max: 15 }).exactOptional(),
  macAddress: text({ description: 'MAC address, kept until the interface is deleted.', max: 17 }).exactOptional(),
  securityGroups: list(struct('A group of the interface.', {
    groupID: reportedID('ID of the group.'),
    groupName: text({ description: 'Name of the SecurityGroup.', max: 253 }),
  }), { description: 'Security groups in force.', max: 16, keys: ['groupID'] }).exactOptional(),
  attachment: struct('The attachment as it is now.', {
    attachmentID: reportedID('ID of the attachment, eni-attach- and 17 hexadecimal digits.'),
    instanceName: text({ description: 'Name of the Instance.', max: 253 }),
    instanceID: reportedID('ID of the instance.'),
    deviceIndex: integer({ description: 'Place among the interfaces of the instance.', min: 1, max: 15 }),
    state: choice(['attaching', 'attached', 'detaching', 'detached'], 'State of the attachment, as EC2 names it.'),
    attachTime: dateTime('When it was attached, RFC 3339 in UTC.').exactOptional(),
  }).exactOptional(),
})

export type NetworkInterfaceSpec = z.output<typeof networkInterfaceSpec>
export type NetworkInterfaceStatus = z.output<typeof networkInterfaceStatus>
/** A further network interface, that instances can have. */
export type NetworkInterface = Resource<NetworkInterfaceSpec, NetworkInterfaceStatus>

export const networkInterface: Definition = define({
  kind: 'NetworkInterface',
  plural: 'networkinterfaces',
  shortNames: ['eni'],
  description: 'A further network interface, with an address, a MAC address and groups of its own, that is attached to an instance at launch or later.',
  spec: networkInterfaceSpec,
  status: networkInterfaceStatus,
  rules: [rule("self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
    'metadata.name: a NetworkInterface\'s name becomes part of a port\'s name: use at most 63 small letters, digits and hyphens, no dots')],
  columns: [
    { name: 'State', type: 'string', description: 'State of the interface.', jsonPath: '.status.state' },
    { name: 'Subnet', type: 'string', description: 'Subnet.', jsonPath: '.spec.subnetRef.name' },
    { name: 'Private-IP', type: 'string', description: 'Private address.', jsonPath: '.status.privateIPAddress' },
    { name: 'Instance', type: 'string', description: 'Instance.', jsonPath: '.spec.attachment.instanceRef.name' },
    { name: 'ID', type: 'string', description: 'Network interface ID.', jsonPath: '.status.networkInterfaceID' },
    { name: 'MAC', type: 'string', description: 'MAC address.', jsonPath: '.status.macAddress', priority: 1 },
    { name: 'Public-IP', type: 'string', description: 'Public address.', jsonPath: '.status.publicIPAddress', priority: 1 },
  ],
  reasons: {
    InUse: 'Ready: an instance has the interface.',
    Enforced: 'Enforced: its own security groups are in force wherever it is plugged in.',
    GroupsNotSupported: 'Stalled, and Enforced is False: where NetworkPolicies enforce groups, an interface can\'t have others than its instance: it is ' +
      'not plugged in. Give both the same securityGroupRefs, or have the platform team choose the driver kubeOVN.',
    Attaching: 'Reconciling: the interface is being attached.',
    Detaching: 'Reconciling: the interface is being detached.',
    PendingRestart: 'Waiting: the interface can\'t be plugged into the instance while it runs; it comes with its next start.',
    AddressExhausted: 'Waiting: no address of the subnet is free; delete what you don\'t need, or use another subnet.',
  },
})
