import { type ResolvedRule, ruleTitle } from './rules.ts'

export type Enforcement = { status: 'True' | 'False'; reason: string; message: string }

/** Whether every rule is in force. What isn't is closed, never open, and named here. */
export const enforcementOf = ({ rules, isApplied }: { rules: readonly ResolvedRule[]; isApplied: boolean }): Enforcement => {
  if (!isApplied) return { status: 'False', reason: 'Progressing', message: 'no rule is in force yet: everything is closed' }
  const obstructed = rules.filter(rule => 'obstacle' in rule)
  if (obstructed.length === 0) return { status: 'True', reason: 'Enforced', message: 'every rule is in force' }
  const isWaiting = obstructed.every(rule => waitedFor.has(rule.obstacle.kind))
  return {
    status: 'False',
    reason: isWaiting ? 'DependencyNotFound' : 'RulesNotSupported',
    message: `not in force, so closed: ${obstructed.slice(0, shown).map(sentenceOf).join('; ')}${obstructed.length > shown ? `; and ${obstructed.length - shown} more` : ''}`,
  }
}

const shown = 5

const waitedFor: ReadonlySet<string> = new Set(['missing', 'unpeered', 'late'])

const sentenceOf = (rule: ResolvedRule & { obstacle: object }): string => `${ruleTitle(rule)}: ${reasonOf(rule)}`

const reasonOf = (rule: ResolvedRule): string => {
  if (!('obstacle' in rule)) return ''
  switch (rule.obstacle.kind) {
    case 'unsupported': return rule.obstacle.message
    case 'missing': return rule.obstacle.referred === 'PrefixList' ? 'there is no such list yet' : 'there is no such group yet'
    case 'foreign': return 'the group is of another VPC'
    case 'late': return 'the group is being made'
    case 'unpeered': return 'no VPC of that account is peered with this one'
  }
}
