import type { z } from 'zod'
import { cidrBlock } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, flag, list, refTo, reportedID, rule, statusFields, struct, tags, text } from '../fields.ts'

/** `spec` of a VPC. */
export const vpcSpec = struct('What the VPC should be.', {
  cidrBlocks: list(cidrBlock('cidrBlocks', 'An IPv4 block, /16 to /28, for example 10.0.0.0/16.'), {
    description: 'IPv4 blocks of the VPC, 1 to 5. The first is immutable; others may be added, and removed while no subnet is in them. Those of different VPCs may overlap.',
    min: 1,
    max: 5,
    rules: [
      rule('self.size() == 0 || self[0] == oldSelf[0]', 'cidrBlocks[0] is immutable: add further blocks after it, or create a new VPC'),
      rule('self.all(block, !isCIDR(block) || self.filter(other, isCIDR(other) && cidr(other).containsCIDR(block)).size() == 1)',
        'cidrBlocks must not overlap or repeat: remove the smaller block'),
    ],
  }),
  mainRouteTableRef: refTo('RouteTable', 'RouteTable of the subnets that no RouteTable names. Left out: the one that is made with the VPC, <VPC>-main.').exactOptional(),
  enableDNSSupport: flag('Whether the VPC has DNS servers, which name its addresses, ip-10-0-1-5.<VPC>.internal, and find all other names. Whether they answer is said by the condition DNSAvailable.').default(true),
  enableDNSHostnames: flag('Whether instances with public addresses get public DNS names. Not served yet, as the condition DNSHostnamesAvailable says.').default(false),
  tags: tags(),
})

/** `status` of a VPC. */
export const vpcStatus = struct('What the VPC is now. Written by the operator alone.', {
  ...statusFields(),
  vpcID: reportedID('ID of the VPC, vpc- and 17 hexadecimal digits.').exactOptional(),
  state: choice(['pending', 'available'], 'State of the VPC, as EC2 names it.').exactOptional(),
  defaultSecurityGroup: text({ description: 'Name of the SecurityGroup that instances without groups of their own are in.', max: 253 }).exactOptional(),
  mainRouteTable: text({ description: 'Name of the RouteTable of the subnets that no RouteTable names.', max: 253 }).exactOptional(),
  defaultNetworkACL: text({ description: 'Name of the NetworkACL of the subnets that no NetworkACL names.', max: 253 }).exactOptional(),
})

export type VPCSpec = z.output<typeof vpcSpec>
export type VPCStatus = z.output<typeof vpcStatus>
/** A network of its own. */
export type VPC = Resource<VPCSpec, VPCStatus>

/** Name of the SecurityGroup that is made with a VPC. */
export const defaultSecurityGroupName = (vpcName: string): string => `${vpcName}-default`

/** Name of the RouteTable that is made with a VPC. */
export const mainRouteTableName = (vpcName: string): string => `${vpcName}-main`

/** Name of the NetworkACL that is made with a VPC. */
export const defaultNetworkACLName = (vpcName: string): string => `${vpcName}-default`

export const vpc: Definition = define({
  kind: 'VPC',
  plural: 'vpcs',
  shortNames: ['vpc'],
  description: 'A network of its own, apart from all others. Making one makes its default SecurityGroup.',
  spec: vpcSpec,
  status: vpcStatus,
  rules: [rule('size(self.metadata.name) <= 63', 'metadata.name of a VPC must have at most 63 characters')],
  columns: [
    { name: 'State', type: 'string', description: 'State of the VPC.', jsonPath: '.status.state' },
    { name: 'CIDR', type: 'string', description: 'First block.', jsonPath: '.spec.cidrBlocks[0]' },
    { name: 'ID', type: 'string', description: 'VPC ID.', jsonPath: '.status.vpcID' },
    { name: 'Default-SG', type: 'string', description: 'Default SecurityGroup.', jsonPath: '.status.defaultSecurityGroup', priority: 1 },
    { name: 'Main-Route-Table', type: 'string', description: 'RouteTable of the subnets that none names.', jsonPath: '.status.mainRouteTable', priority: 1 },
  ],
})
