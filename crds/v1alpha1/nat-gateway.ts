import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, refTo, reportedID, rule, statusFields, struct, tags, text } from '../fields.ts'
import { immutable, immutableIfAny } from '../immutable.ts'

const anew = 'create a new NATGateway'

/** `spec` of a NATGateway. */
export const natGatewaySpec = struct({
  description: 'Where the gateway is and which address it has.',
  rules: [
    immutable('subnetRef', anew),
    immutableIfAny('elasticIPRef', anew),
    immutable('connectivityType', anew),
    rule("(self.connectivityType == 'Public') == has(self.elasticIPRef)",
      'elasticIPRef goes with connectivityType Public, and a Public gateway needs one: name an ElasticIP, or write connectivityType: Private without it'),
  ],
}, {
  subnetRef: refTo('Subnet', 'Subnet that the gateway is in, commonly a public one, and with it its zone. Immutable.'),
  elasticIPRef: refTo('ElasticIP', 'ElasticIP that traffic leaves by; it must lead to nothing else. Immutable.').exactOptional(),
  connectivityType: choice(['Public', 'Private'], 'Public: to the internet; Private: to other networks, by a private address. Immutable.').default('Public'),
  tags: tags(),
})

/** `status` of a NATGateway. */
export const natGatewayStatus = struct('What the gateway is now. Written by the operator alone.', {
  ...statusFields(),
  natGatewayID: reportedID('ID of the gateway, nat- and 17 hexadecimal digits.').exactOptional(),
  state: choice(['pending', 'failed', 'available', 'deleting'], 'State of the gateway, as EC2 names it.').exactOptional(),
  vpcID: reportedID('ID of its VPC.').exactOptional(),
  subnetID: reportedID('ID of its subnet.').exactOptional(),
  allocationID: reportedID('ID of its ElasticIP.').exactOptional(),
  publicIP: text({ description: 'Public IPv4 address that traffic leaves by.', max: 15 }).exactOptional(),
  privateIP: text({ description: 'Private IPv4 address of the gateway.', max: 15 }).exactOptional(),
})

export type NATGatewaySpec = z.output<typeof natGatewaySpec>
export type NATGatewayStatus = z.output<typeof natGatewayStatus>
/** A way out for instances without public addresses. */
export type NATGateway = Resource<NATGatewaySpec, NATGatewayStatus>

export const natGateway: Definition = define({
  kind: 'NATGateway',
  plural: 'natgateways',
  shortNames: ['natgw'],
  description: 'A way out for instances without public addresses, that nobody outside can come in by. Subnets with a route to it use it.',
  spec: natGatewaySpec,
  status: natGatewayStatus,
  columns: [
    { name: 'State', type: 'string', description: 'State of the gateway.', jsonPath: '.status.state' },
    { name: 'Public-IP', type: 'string', description: 'Public address.', jsonPath: '.status.publicIP' },
    { name: 'Subnet', type: 'string', description: 'Subnet.', jsonPath: '.spec.subnetRef.name' },
    { name: 'ID', type: 'string', description: 'NAT gateway ID.', jsonPath: '.status.natGatewayID' },
    { name: 'Elastic-IP', type: 'string', description: 'ElasticIP.', jsonPath: '.spec.elasticIPRef.name', priority: 1 },
  ],
  reasons: {
    AddressInUse: 'Waiting: the ElasticIP leads to something else; the message names it. Take that off, or create a gateway with another.',
    GatewayNotAttached: 'Waiting: the subnet of the gateway has no route to an InternetGateway; the message names what is missing.',
  },
})
