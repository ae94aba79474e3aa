import type { z } from 'zod'
import { cidrBlock } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, flag, integer, refTo, reportedID, rule, statusFields, struct, tags, zoneName } from '../fields.ts'
import { immutable } from '../immutable.ts'

const anew = 'create a new Subnet'

/** `spec` of a Subnet. */
export const subnetSpec = struct({
  description: 'What the subnet should be.',
  rules: ['vpcRef', 'cidrBlock', 'availabilityZone'].map(field => immutable(field, anew)),
}, {
  vpcRef: refTo('VPC', 'VPC that the subnet is part of. Immutable.'),
  cidrBlock: cidrBlock('cidrBlock', 'IPv4 block inside the blocks of the VPC, /16 to /28. Its first four addresses and the last are reserved. Immutable.'),
  availabilityZone: zoneName('Zone that instances of the subnet run in. Immutable.'),
  mapPublicIPOnLaunch: flag('Whether instances get a public address unless they say otherwise.').default(false),
  tags: tags(),
})

/** `status` of a Subnet. */
export const subnetStatus = struct('What the subnet is now. Written by the operator alone.', {
  ...statusFields(),
  subnetID: reportedID('ID of the subnet, subnet- and 17 hexadecimal digits.').exactOptional(),
  state: choice(['pending', 'available'], 'State of the subnet, as EC2 names it.').exactOptional(),
  vpcID: reportedID('ID of its VPC.').exactOptional(),
  availableIPAddressCount: integer({ description: 'Number of addresses that are free.', min: 0, max: 65536 }).exactOptional(),
})

export type SubnetSpec = z.output<typeof subnetSpec>
export type SubnetStatus = z.output<typeof subnetStatus>
/** A part of a VPC in one zone. */
export type Subnet = Resource<SubnetSpec, SubnetStatus>

export const subnet: Definition = define({
  kind: 'Subnet',
  plural: 'subnets',
  shortNames: ['subnet'],
  description: 'A part of a VPC, in one zone, that instances are in.',
  spec: subnetSpec,
  status: subnetStatus,
  rules: [rule("self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
    'metadata.name: a Subnet\'s name becomes part of a network\'s name: use at most 63 small letters, digits and hyphens, no dots')],
  columns: [
    { name: 'State', type: 'string', description: 'State of the subnet.', jsonPath: '.status.state' },
    { name: 'VPC', type: 'string', description: 'VPC.', jsonPath: '.spec.vpcRef.name' },
    { name: 'CIDR', type: 'string', description: 'Block.', jsonPath: '.spec.cidrBlock' },
    { name: 'Available', type: 'integer', description: 'Free addresses.', jsonPath: '.status.availableIPAddressCount' },
    { name: 'Zone', type: 'string', description: 'Availability zone.', jsonPath: '.spec.availabilityZone' },
    { name: 'ID', type: 'string', description: 'Subnet ID.', jsonPath: '.status.subnetID' },
    { name: 'Public', type: 'boolean', description: 'mapPublicIPOnLaunch.', jsonPath: '.spec.mapPublicIPOnLaunch', priority: 1 },
  ],
})
