import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, refTo, reportedID, statusFields, struct, tags } from '../fields.ts'
import { immutable } from '../immutable.ts'

/** `spec` of an InternetGateway. */
export const internetGatewaySpec = struct({
  description: 'Which VPC has a way to the internet.',
  rules: [immutable('vpcRef', 'create a new InternetGateway')],
}, {
  vpcRef: refTo('VPC', 'VPC that it is attached to; a VPC has at most one. Immutable.'),
  tags: tags(),
})

/** `status` of an InternetGateway. */
export const internetGatewayStatus = struct('What the gateway is now. Written by the operator alone.', {
  ...statusFields(),
  internetGatewayID: reportedID('ID of the gateway, igw- and 17 hexadecimal digits.').exactOptional(),
  vpcID: reportedID('ID of the VPC that it is attached to.').exactOptional(),
  state: choice(['attaching', 'available', 'detaching'], 'State of its attachment, as EC2 names it.').exactOptional(),
})

export type InternetGatewaySpec = z.output<typeof internetGatewaySpec>
export type InternetGatewayStatus = z.output<typeof internetGatewayStatus>
/** The way of a VPC to the internet. */
export type InternetGateway = Resource<InternetGatewaySpec, InternetGatewayStatus>

export const internetGateway: Definition = define({
  kind: 'InternetGateway',
  plural: 'internetgateways',
  shortNames: ['igw'],
  description: 'The way of a VPC to the internet and back, for instances with public addresses in subnets that have a route to it.',
  spec: internetGatewaySpec,
  status: internetGatewayStatus,
  columns: [
    { name: 'State', type: 'string', description: 'State of the attachment.', jsonPath: '.status.state' },
    { name: 'VPC', type: 'string', description: 'VPC.', jsonPath: '.spec.vpcRef.name' },
    { name: 'ID', type: 'string', description: 'Internet gateway ID.', jsonPath: '.status.internetGatewayID' },
  ],
})
