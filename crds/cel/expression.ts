import { celEnv, CelScalar, isCelError, parse, plan, type CelInput } from '@bufbuild/cel'
import { functions } from './environment.ts'
import { opaqueRegistry } from './opaque.ts'
import { RuleError } from './syntax.ts'
import { celValueOf } from './values.ts'

/** An expression ready to be evaluated. The bindings are plain JSON without a schema: every whole number is an int. */
export type CompiledExpression = (bindings: Record<string, unknown>) => { value: unknown } | { error: string }

/**
 * Compiles an expression over variables of one's own, such as the matchConditions of webhooks (`request`, `object`, `oldObject`).
 *
 * @throws RuleError where it does not parse.
 */
export const compileExpression = (expression: string, variables: readonly string[]): CompiledExpression => {
  const environment = celEnv({
    registry: opaqueRegistry,
    funcs: functions,
    variables: Object.fromEntries(variables.map(name => [name, CelScalar.DYN])),
  })
  const program = plan(environment, parsedOrThrow(expression))
  return bindings => {
    const inputs = Object.fromEntries(variables.map((name): [string, CelInput] => [name, celValueOf(bindings[name], anything)]))
    const result: unknown = program(inputs)
    return isCelError(result) ? { error: result.message } : { value: result }
  }
}

const anything = { 'x-kubernetes-preserve-unknown-fields': true } as const

const parsedOrThrow = (expression: string) => {
  try {
    return parse(expression)
  } catch (error) {
    throw new RuleError(expression, (error as Error).message)
  }
}
