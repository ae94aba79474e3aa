import type { z } from 'zod'
import { anyBlock } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, integer, list, reportedID, rule, statusFields, struct, tags, text } from '../fields.ts'
import { immutable } from '../immutable.ts'

/** `spec` of a PrefixList. */
export const prefixListSpec = struct({
  description: 'Blocks under one name.',
  rules: [
    immutable('addressFamily', 'create a new PrefixList'),
    rule("!has(self.entries) || self.entries.all(entry, !isCIDR(entry.cidr) || (cidr(entry.cidr).ip().family() == 4) == (self.addressFamily == 'IPv4'))",
      'entries must be of the addressFamily of the list: move the others to a list of their own', { fieldPath: '.entries' }),
  ],
}, {
  addressFamily: choice(['IPv4', 'IPv6'], 'Family of all blocks of the list. Immutable.').default('IPv4'),
  entries: list(struct('A block of the list.', {
    cidr: anyBlock('Block of the family of the list, for example 203.0.113.0/24.'),
    description: text({ description: 'Words of your own, at most 255 characters.', max: 255 }).exactOptional(),
  }), { description: 'Blocks, at most 100, each once. Rules that name the list follow its changes.', max: 100, keys: ['cidr'] }).exactOptional(),
  tags: tags(),
})

/** `status` of a PrefixList. */
export const prefixListStatus = struct('What the list is now. Written by the operator alone.', {
  ...statusFields(),
  prefixListID: reportedID('ID of the list, pl- and 17 hexadecimal digits.').exactOptional(),
  entryCount: integer({ description: 'Number of blocks.', min: 0, max: 100 }).exactOptional(),
  associations: integer({ description: 'Number of SecurityGroups with rules that name the list.', min: 0, max: 1000000 }).exactOptional(),
})

export type PrefixListSpec = z.output<typeof prefixListSpec>
export type PrefixListStatus = z.output<typeof prefixListStatus>
/** Blocks under one name, for the rules of SecurityGroups. */
export type PrefixList = Resource<PrefixListSpec, PrefixListStatus>

export const prefixList: Definition = define({
  kind: 'PrefixList',
  plural: 'prefixlists',
  shortNames: ['pl'],
  description: 'Blocks under one name, for the rules of SecurityGroups, which follow its changes.',
  spec: prefixListSpec,
  status: prefixListStatus,
  columns: [
    { name: 'Ready', type: 'string', description: 'Whether the rules that name it follow it.', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Family', type: 'string', description: 'Address family.', jsonPath: '.spec.addressFamily' },
    { name: 'Entries', type: 'integer', description: 'Number of blocks.', jsonPath: '.status.entryCount' },
    { name: 'Used-By', type: 'integer', description: 'SecurityGroups that name it.', jsonPath: '.status.associations' },
    { name: 'ID', type: 'string', description: 'Prefix list ID.', jsonPath: '.status.prefixListID' },
  ],
})
