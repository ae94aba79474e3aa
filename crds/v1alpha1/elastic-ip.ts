import type { z } from 'zod'
import { ipv4Address } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import { objectName, refTo, reportedID, rule, statusFields, struct, tags, text } from '../fields.ts'
import { immutable, immutableIfAny } from '../immutable.ts'
import { defaultPoolName } from './public-ip-pool.ts'

const anew = 'create a new ElasticIP'

/** `spec` of an ElasticIP. */
export const elasticIPSpec = struct({
  description: 'Which public address is kept, and whose it is.',
  rules: [
    immutable('poolName', anew),
    immutableIfAny('address', anew),
    rule('!(has(self.instanceRef) && has(self.networkInterfaceRef))', 'instanceRef and networkInterfaceRef exclude each other: an address has one target, keep one'),
  ],
}, {
  poolName: objectName('Name of the PublicIPPool that the address is from. Immutable.', 63).default(defaultPoolName),
  address: ipv4Address('address', 'of the pool, for example 203.0.113.10', 'Address of the pool to get. Immutable. Left out: one that is free.').exactOptional(),
  instanceRef: refTo('Instance', 'Instance whose first network interface the address leads to. Another name moves it in one step.').exactOptional(),
  networkInterfaceRef: refTo('NetworkInterface', 'NetworkInterface that the address leads to. Another name moves it in one step.').exactOptional(),
  tags: tags(),
})

/** `status` of an ElasticIP. */
export const elasticIPStatus = struct('Which address it is and where it leads. Written by the operator alone.', {
  ...statusFields(),
  allocationID: reportedID('ID of the address, eipalloc- and 17 hexadecimal digits.').exactOptional(),
  publicIP: text({ description: 'The public IPv4 address, kept until the ElasticIP is deleted.', max: 15 }).exactOptional(),
  associationID: reportedID('ID of what the address leads to now, eipassoc- and 17 hexadecimal digits.').exactOptional(),
  instanceID: reportedID('ID of the instance that it leads to.').exactOptional(),
  networkInterfaceID: reportedID('ID of the network interface that it leads to.').exactOptional(),
  natGatewayID: reportedID('ID of the NATGateway that has the address.').exactOptional(),
  privateIPAddress: text({ description: 'Private IPv4 address that it leads to.', max: 15 }).exactOptional(),
})

export type ElasticIPSpec = z.output<typeof elasticIPSpec>
export type ElasticIPStatus = z.output<typeof elasticIPStatus>
/** A public address that is kept, whatever it leads to. */
export type ElasticIP = Resource<ElasticIPSpec, ElasticIPStatus>

export const elasticIP: Definition = define({
  kind: 'ElasticIP',
  plural: 'elasticips',
  shortNames: ['eip'],
  description: 'A public address that is kept until it is deleted, and leads to an instance, a network interface or a NATGateway.',
  spec: elasticIPSpec,
  status: elasticIPStatus,
  columns: [
    { name: 'Public-IP', type: 'string', description: 'Public address.', jsonPath: '.status.publicIP' },
    { name: 'Private-IP', type: 'string', description: 'Private address that it leads to.', jsonPath: '.status.privateIPAddress' },
    { name: 'Instance', type: 'string', description: 'Instance.', jsonPath: '.spec.instanceRef.name' },
    { name: 'ID', type: 'string', description: 'Allocation ID.', jsonPath: '.status.allocationID' },
    { name: 'Interface', type: 'string', description: 'NetworkInterface.', jsonPath: '.spec.networkInterfaceRef.name', priority: 1 },
    { name: 'Pool', type: 'string', description: 'PublicIPPool.', jsonPath: '.spec.poolName', priority: 1 },
  ],
  reasons: {
    Unassociated: 'Ready: the address is kept and leads nowhere yet.',
    AddressInUse: 'Stalled: somebody has the address that spec.address asks for; leave it out, or ask for another in a new ElasticIP.',
    Associated: 'Ready: the address leads to what the spec names, or a NATGateway has it.',
    RouteToInternetGateway: 'PubliclyReachable is True: the subnet has a route to an InternetGateway.',
    NoRouteToInternetGateway: 'PubliclyReachable is False: a public address leads to it, and its subnet has no route to an InternetGateway; the message says what is missing.',
    TargetInUse: 'Stalled: another ElasticIP leads to the same instance, or a NATGateway has the address; the message names it. Take instanceRef off one of the two.',
    PoolExhausted: 'Waiting: no address of the pool is free; name another pool in a new ElasticIP, or ask the platform team for more.',
  },
})
