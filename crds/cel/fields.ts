import type { StructuralSchema, ValidationRule } from '../structural-schema.ts'
import { parseRule, type ParsedRule } from './syntax.ts'
import { escapeName, visibleSchema } from './values.ts'

type Expr = NonNullable<ParsedRule['expr']>
/** What is known of the value of an expression; undefined where nothing is. */
type Known = StructuralSchema | undefined
type Scope = ReadonlyMap<string, Known>

/**
 * Fields that a rule names and its schema doesn't have. An API server refuses such rules; at evaluation `has()` would just be false for ever.
 * Follows fields, list entries, map values and the variables of macros; what comes out of functions is not followed. Throws RuleError.
 */
export const undefinedFields = (rule: ValidationRule, schema: StructuralSchema): string[] => {
  const { expr } = parseRule(rule.rule).parsed
  const problems: string[] = []
  const scope = new Map<string, Known>([['self', schema], ['oldSelf', rule.optionalOldSelf === true ? undefined : schema]])
  if (expr !== undefined) typeOf(expr, scope, problems)
  return problems
}

const typeOf = (expr: Expr, scope: Scope, problems: string[]): Known => {
  const { exprKind } = expr
  switch (exprKind.case) {
    case 'identExpr': return scope.get(exprKind.value.name)
    case 'selectExpr': return fieldOf(exprKind.value.operand && typeOf(exprKind.value.operand, scope, problems), exprKind.value.field, problems)
    case 'callExpr': return resultOf(exprKind.value, scope, problems)
    case 'listExpr': return listOf(exprKind.value.elements.map(element => typeOf(element, scope, problems)))
    case 'structExpr':
      for (const { value } of exprKind.value.entries) if (value !== undefined) typeOf(value, scope, problems)
      return undefined
    case 'comprehensionExpr': return comprehended(exprKind.value, scope, problems)
    default: return undefined
  }
}

const fieldOf = (operand: Known, field: string, problems: string[]): Known => {
  if (operand === undefined || operand['x-kubernetes-preserve-unknown-fields'] === true) return undefined
  const { properties, additionalProperties, type } = visibleSchema(operand)
  const found = Object.entries(properties ?? {}).find(([name]) => escapeName(name) === field)
  if (found !== undefined) return found[1]
  if (additionalProperties !== undefined) return typeof additionalProperties === 'object' ? additionalProperties : undefined
  if (type !== undefined) problems.push(`undefined field '${field}'`)
  return undefined
}

const resultOf = (call: Extract<Expr['exprKind'], { case: 'callExpr' }>['value'], scope: Scope, problems: string[]): Known => {
  const target = call.target && typeOf(call.target, scope, problems)
  const [first, second, third] = call.args.map(arg => typeOf(arg, scope, problems))
  if (call.function === '_[_]') return elementOf(target ?? first)
  // Both branches of a conditional have one type; a list and what is added to it hold the same.
  if (call.function === '_?_:_') return second ?? third
  return call.function === '_+_' && first?.type === 'array' ? first : undefined
}

const elementOf = (container: Known): Known =>
  container?.items ?? (typeof container?.additionalProperties === 'object' ? container.additionalProperties : undefined)

const listOf = ([first]: Known[]): Known => first === undefined ? undefined : { type: 'array', items: first }

const comprehended = (value: Extract<Expr['exprKind'], { case: 'comprehensionExpr' }>['value'], scope: Scope, problems: string[]): Known => {
  const range = value.iterRange && typeOf(value.iterRange, scope, problems)
  const inner = new Map(scope).set(value.iterVar, range?.items).set(value.accuVar, undefined)
  for (const part of [value.accuInit, value.loopCondition, value.loopStep]) if (part !== undefined) typeOf(part, inner, problems)
  return value.result && typeOf(value.result, inner, problems)
}
