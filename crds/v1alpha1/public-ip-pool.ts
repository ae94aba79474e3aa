import type { z } from 'zod'
import { routableBlock } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import { integer, list, objectName, rule, statusFields, struct, tags } from '../fields.ts'
import { immutable } from '../immutable.ts'

/** `spec` of a PublicIPPool. */
export const publicIPPoolSpec = struct({
  description: 'Public addresses that the platform has, and where they come in.',
  rules: [immutable('externalSubnet', 'create a new PublicIPPool')],
}, {
  cidrs: list(routableBlock('cidrs', '203.0.113.0/24', 'An IPv4 block, /16 to /32, for example 203.0.113.0/24. Every address of it is given to tenants.'), {
    description: 'IPv4 blocks of the pool, 1 to 32, inside the external subnet and without the address of its gateway. One may go while none of its addresses is in use.',
    min: 1,
    max: 32,
    rules: [
      rule('self.all(block, !isCIDR(block) || cidr(block).prefixLength() >= 16)', 'cidrs must be blocks of /16 to /32: write several, or a smaller one'),
      rule('self.all(block, !isCIDR(block) || self.filter(other, isCIDR(other) && cidr(other).containsCIDR(block)).size() == 1)',
        'cidrs must not overlap or repeat: remove the smaller block'),
    ],
  }),
  externalSubnet: objectName('Name of the Kube-OVN Subnet that the addresses are reached by, commonly external. Immutable.', 63),
  tags: tags(),
})

/** `status` of a PublicIPPool. Everybody may read it: it counts and names nobody. */
export const publicIPPoolStatus = struct('What the pool has left. Written by the operator alone.', {
  ...statusFields(),
  totalAddressCount: integer({ description: 'Number of addresses.', min: 0, max: 32 * 65536 }).exactOptional(),
  availableAddressCount: integer({ description: 'Number of addresses that are free.', min: 0, max: 32 * 65536 }).exactOptional(),
})

export type PublicIPPoolSpec = z.output<typeof publicIPPoolSpec>
export type PublicIPPoolStatus = z.output<typeof publicIPPoolStatus>
/** Public addresses that the platform has. */
export type PublicIPPool = Resource<PublicIPPoolSpec, PublicIPPoolStatus>

/** The pool that addresses come from where none is named. */
export const defaultPoolName = 'default'

export const publicIPPool: Definition = define({
  kind: 'PublicIPPool',
  plural: 'publicippools',
  shortNames: ['pubpool'],
  namespaced: false,
  description: 'Public addresses that the platform has. ElasticIPs, and instances that ask for a public address, get theirs from the pool named default unless they name another.',
  spec: publicIPPoolSpec,
  status: publicIPPoolStatus,
  rules: [rule('size(self.metadata.name) <= 63', 'metadata.name of a PublicIPPool must have at most 63 characters')],
  columns: [
    { name: 'Ready', type: 'string', description: 'Whether addresses are given out.', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Total', type: 'integer', description: 'Number of addresses.', jsonPath: '.status.totalAddressCount' },
    { name: 'Available', type: 'integer', description: 'Number of addresses that are free.', jsonPath: '.status.availableAddressCount' },
    { name: 'Subnet', type: 'string', description: 'External subnet.', jsonPath: '.spec.externalSubnet' },
    { name: 'CIDRs', type: 'string', description: 'Blocks.', jsonPath: '.spec.cidrs[*]', priority: 1 },
  ],
  reasons: {
    ExternalSubnetNotFound: 'Waiting: Kube-OVN has no Subnet of the name in externalSubnet; make it, or create a pool that names another.',
    ExternalSubnetUnfit: 'Waiting: the Kube-OVN Subnet does not have the addresses of the pool, or may give them to others; the message says what to change in which of the two.',
  },
})
