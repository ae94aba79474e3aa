import { parse } from '@bufbuild/cel'
import { environment } from './environment.ts'

export type ParsedRule = ReturnType<typeof parse>
type Expr = NonNullable<ParsedRule['expr']>

/** A rule that can't be used. Its message says what is wrong with the rule, not with an object. */
export class RuleError extends Error {
  constructor(rule: string, problem: string) {
    super(`the CEL rule ${JSON.stringify(rule)} can't be used: ${problem}`)
    this.name = 'RuleError'
  }
}

/**
 * Parses a rule and refuses what would fail, or be taken for something else, at evaluation: unknown functions and variables, and syntax that
 * this evaluator lacks (`a.?b`, `a[?b]`, two-variable macros). Throws RuleError.
 *
 * @returns the parsed rule and what it reads of `self` and `oldSelf`.
 */
export const parseRule = (rule: string): ParsedAndRead => {
  const known = remembered.get(rule)
  if (known !== undefined) return known
  const made = parseAnew(rule)
  if (remembered.size >= mostRemembered) remembered.clear()
  remembered.set(rule, made)
  return made
}

export type ParsedAndRead = { readonly parsed: ParsedRule; readonly reads: ReadonlyReads }

/** Variable → the fields of it that are read, or `all` where it is used as a whole. A variable that is not read is missing. */
export type ReadonlyReads = ReadonlyMap<string, ReadonlySet<string> | 'all'>

/** Making and installing a definition looks at each rule some six times, and parsing is most of what that costs. */
const remembered = new Map<string, ParsedAndRead>()
const mostRemembered = 2_000

const parseAnew = (rule: string): ParsedAndRead => {
  const parsed = parsedOrThrow(rule)
  if (parsed.expr === undefined) throw new RuleError(rule, 'it is empty')
  const reads: Reads = new Map()
  checkExpr(parsed.expr, { rule, scope: new Set(), reads })
  return { parsed, reads }
}

type Reads = Map<string, Set<string> | 'all'>

const parsedOrThrow = (rule: string): ParsedRule => {
  try {
    return parse(rule)
  } catch (error) {
    const hint = /\.\?|\[\s*\?|\{\s*\?/.test(rule) ? ' (optional syntax is not supported here: use has())' : ''
    throw new RuleError(rule, `${(error as Error).message}${hint}`)
  }
}

type Context = { rule: string; scope: ReadonlySet<string>; reads: Reads }

const inEvaluator = new Set(['_[_]', '_?_:_', '_&&_', '_||_', '@not_strictly_false', '__not_strictly_false__'])
const globals = new Set(['self', 'oldSelf'])
const types = new Set(['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type'])

const checkExpr = (expr: Expr, context: Context): void => {
  const { exprKind } = expr
  switch (exprKind.case) {
    case 'identExpr': return checkName(exprKind.value.name, context)
    case 'selectExpr': return checkSelect(exprKind.value, context)
    case 'callExpr': return checkCall(exprKind.value, context)
    case 'listExpr': return checkEach(exprKind.value.elements, context)
    case 'structExpr': return checkEach(exprKind.value.entries.flatMap(entry =>
      [entry.keyKind.case === 'mapKey' ? entry.keyKind.value : undefined, entry.value]), context)
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result, iterVar, iterVar2, accuVar } = exprKind.value
      checkEach([iterRange, accuInit], context)
      return checkEach([loopCondition, loopStep, result], { ...context, scope: new Set([...context.scope, iterVar, iterVar2, accuVar]) })
    }
    case 'constExpr': return
    default: throw new RuleError(context.rule, 'it holds an expression of an unknown kind')
  }
}

const checkEach = (expressions: readonly (Expr | undefined)[], context: Context): void => {
  for (const expression of expressions) if (expression !== undefined) checkExpr(expression, context)
}

/** Rules mostly read a field or two of a large object: the rest need not be turned into CEL values. */
const checkSelect = ({ operand, field }: Extract<Expr['exprKind'], { case: 'selectExpr' }>['value'], context: Context): void => {
  const name = operand?.exprKind.case === 'identExpr' ? operand.exprKind.value.name : undefined
  if (name === undefined || context.scope.has(name) || !globals.has(name)) return checkEach([operand], context)
  const fields = context.reads.get(name) ?? new Set()
  if (fields !== 'all') context.reads.set(name, fields.add(field))
}

const checkName = (name: string, { rule, scope, reads }: Context): void => {
  if (scope.has(name)) return
  if (globals.has(name)) reads.set(name, 'all')
  else if (!types.has(name)) throw new RuleError(rule, `undeclared reference to '${name}'`)
}

const checkCall = (call: Extract<Expr['exprKind'], { case: 'callExpr' }>['value'], context: Context): void => {
  const qualified = qualifiedName(call.target)
  if (qualified !== undefined && environment.funcs.find(`${qualified}.${call.function}`) !== undefined) return checkEach(call.args, context)
  if (!inEvaluator.has(call.function) && environment.funcs.find(call.function) === undefined) {
    throw new RuleError(context.rule, `function ${qualified === undefined ? '' : `${qualified}.`}${call.function} is not known here`)
  }
  checkEach([call.target, ...call.args], context)
}

const qualifiedName = (expr: Expr | undefined): string | undefined => {
  if (expr?.exprKind.case === 'identExpr') return expr.exprKind.value.name
  if (expr?.exprKind.case !== 'selectExpr') return undefined
  const operand = qualifiedName(expr.exprKind.value.operand)
  return operand === undefined ? undefined : `${operand}.${expr.exprKind.value.field}`
}
