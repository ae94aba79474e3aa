import { isCelError, plan, type CelInput } from '@bufbuild/cel'
import type { StructuralSchema, ValidationRule } from '../structural-schema.ts'
import { environment } from './environment.ts'
import { noneOf, someOf } from './optionals.ts'
import { parseRule, RuleError } from './syntax.ts'
import { celValueOf } from './values.ts'

export { RuleError } from './syntax.ts'

/** A rule ready to be evaluated. */
export type CompiledRule = {
  rule: ValidationRule
  /** It reads `oldSelf`, so it is evaluated on updates only, unless `optionalOldSelf` is set. */
  isTransition: boolean
  /** What is read of either variable; a message expression reads what it likes. */
  reads: { self: ReadonlySet<string> | 'all'; oldSelf: ReadonlySet<string> | 'all' }
  test: Program
  message: Program | undefined
}

type Program = (bindings: { self: CelInput; oldSelf: CelInput }) => unknown

/** `error`: the rule could not be evaluated, which an API server reports as an invalid object too. */
export type RuleResult = { ok: true } | { ok: false; message: string } | { error: string }

/** Compiles a rule, alone or with its message. Throws RuleError on a rule that an API server or this evaluator would not take. */
export const compileRule = (rule: string | ValidationRule): CompiledRule => {
  const validation = typeof rule === 'string' ? { rule } : rule
  const { parsed, reads } = parseRule(validation.rule)
  const isTransition = reads.has('oldSelf')
  if (validation.optionalOldSelf === true && !isTransition) throw new RuleError(validation.rule, 'optionalOldSelf needs a rule that uses oldSelf')
  return {
    rule: validation,
    isTransition,
    reads: validation.messageExpression === undefined
      ? { self: reads.get('self') ?? nothing, oldSelf: reads.get('oldSelf') ?? nothing }
      : { self: 'all', oldSelf: 'all' },
    test: plan(environment, parsed),
    message: validation.messageExpression === undefined ? undefined : plan(environment, parseRule(validation.messageExpression).parsed),
  }
}

const nothing: ReadonlySet<string> = new Set()

/**
 * Evaluates a rule on a value of `schema`, the schema that the rule stands at. A transition rule without `oldSelf` holds, as on creation.
 */
export const evaluate = (
  compiled: CompiledRule,
  { self, oldSelf }: { self: unknown; oldSelf?: unknown },
  schema: StructuralSchema,
): RuleResult => {
  const optional = compiled.rule.optionalOldSelf === true
  if (compiled.isTransition && !optional && oldSelf === undefined) return { ok: true }
  const bindings = {
    self: celValueOf(self, schema, compiled.reads.self),
    oldSelf: optional ? optionalOf(oldSelf, schema) : celValueOf(oldSelf, schema, compiled.reads.oldSelf),
  }
  const result = compiled.test(bindings)
  if (isCelError(result)) return { error: result.message }
  if (typeof result !== 'boolean') return { error: `the rule gave ${typeof result}, not bool` }
  return result ? { ok: true } : { ok: false, message: messageOf(compiled, bindings) }
}

const optionalOf = (oldSelf: unknown, schema: StructuralSchema): CelInput =>
  oldSelf === undefined ? noneOf() : someOf(toValue(celValueOf(oldSelf, schema)))

const identity = plan(environment, parseRule('self').parsed)

const toValue = (input: CelInput) => {
  const value = identity({ self: input, oldSelf: null })
  if (isCelError(value)) throw value
  return value
}

/** An empty or failing messageExpression gives way to the message, and that to the rule itself. */
const messageOf = ({ rule, message }: CompiledRule, bindings: { self: CelInput; oldSelf: CelInput }): string => {
  const expressed = message?.(bindings)
  if (typeof expressed === 'string' && expressed.trim() !== '' && !expressed.includes('\n')) return expressed
  return rule.message ?? `failed rule: ${rule.rule}`
}
