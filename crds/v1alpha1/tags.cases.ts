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
  { title: `with a ${field} of 65Ti`, spec: { [field]: '65Ti' }, refused: `spec.${field}: ${field} must be from ${smallest} to ${largest}` },
]
