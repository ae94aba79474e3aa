import type { RuleCase } from '../rule-cases.ts'

/** Every kind takes tags, by the same rule. */
export const tagCases: readonly RuleCase[] = [
  { title: 'with tags', spec: { tags: { team: 'blue', 'cost centre': '' } } },
  { title: 'with a tag key of 129 characters', spec: { tags: { ['k'.repeat(129)]: 'v' } }, refused: 'spec.tags: tags: every key must have 1 to 128 characters' },
]

/** A required field that never changes. */
export const fixed = (field: string, from: unknown, to: unknown): readonly RuleCase[] => [
  { title: `whose ${field} stays`, spec: { [field]: from, tags: { changed: 'yes' } }, was: { [field]: from } },
  { title: `whose ${field} changes`, spec: { [field]: to }, was: { [field]: from }, refused: `spec.${field}: ${field} is immutable` },
]

/** An optional field that never changes, appears or goes away. */
export const fixedIfAny = (field: string, from: unknown, to: unknown): readonly RuleCase[] => [
  ...fixed(field, from, to),
  { title: `that gets a ${field} later`, spec: { [field]: from }, was: { [field]: undefined }, refused: `spec.${field}: ${field} is immutable, also when it was left out` },
  { title: `that loses its ${field}`, spec: { [field]: undefined }, was: { [field]: from }, refused: `spec.${field}: ${field} is immutable` },
]

/** A quantity in bytes between two bounds. */
export const sized = (field: string, smallest: string, largest: string): readonly RuleCase[] => [
  { title: `with the smallest ${field}`, spec: { [field]: smallest } },
  { title: `with the largest ${field}`, spec: { [field]: largest } },
  { title: `with a ${field} of 1k`, spec: { [field]: '1k' }, refused: `spec.${field}: ${field} must be from ${smallest} to ${largest}` },
  { title: `with a ${field} in words`, spec: { [field]: '20 GB' }, refused: `spec.${field}: ${field} must be from ${smallest} to ${largest}, with a unit of Kubernetes' (Gi and G, not GB), for example` },
  { title: `with a ${field} of 65Ti`, spec: { [field]: '65Ti' }, refused: `spec.${field}: ${field} must be from ${smallest} to ${largest}` },
]

/** The name of another object, in any field. */
export const named = (title: string, at: (name: string) => Record<string, unknown>): readonly RuleCase[] => [
  { title: `with a good ${title}`, spec: at('web-1.example') },
  { title: `with an underscore in its ${title}`, spec: at('web_1'), refused: 'must be the name of an object: small letters' },
]

/** The name of a zone. */
export const zoned = (at: (zone: string) => Record<string, unknown>): readonly RuleCase[] => [
  { title: 'with a good zone', spec: at('eu-west-1a') },
  { title: 'with a blank in its zone', spec: at('zone a'), refused: 'must be the name of a zone' },
]

/** A device name. */
export const deviced = (at: (device: string) => Record<string, unknown>): readonly RuleCase[] => [
  { title: 'with a good device name', spec: at('/dev/xvdb') },
  { title: 'with a device name that guests don\'t know', spec: at('/dev/disk1'), refused: 'must be a device name, for example /dev/sda1' },
]
