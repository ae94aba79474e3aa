import { compileExpression } from '../../crds/cel/index.ts'
import type { Manifest } from './helm.ts'

/** A write as an admission policy sees it. `was` is there for updates. */
export type Write = {
  user: { username: string; groups?: readonly string[] }
  group: string
  resource: string
  namespace: string
  object: object
  was?: object
}

type Named = { name: string; expression: string }
type Spec = {
  matchConditions?: readonly Named[]
  variables?: readonly Named[]
  validations: readonly { expression: string; message?: string; messageExpression?: string }[]
}

/**
 * Judges a write by a ValidatingAdmissionPolicy as an API server does. Returns the message of the first validation that refuses it, undefined
 * where all admit it. Throws where an expression fails, which `failurePolicy: Fail` makes a refusal too.
 * Which resources the policy is asked about is not judged here.
 */
export const judge = (policy: Manifest, { user, group, resource, namespace, object, was }: Write): string | undefined => {
  const spec = policy['spec'] as Spec
  const request = { userInfo: user, resource: { group, resource }, namespace, operation: was === undefined ? 'CREATE' : 'UPDATE' }
  const bindings = { request, object, oldObject: was ?? null }
  if ((spec.matchConditions ?? []).some(({ expression }) => evaluated(expression, bindings) !== true)) return undefined
  const source = new Map((spec.variables ?? []).map(({ name, expression }) => [name, expression]))
  const ask = (expression: string) => evaluated(expanded(expression, source), bindings)
  const refused = spec.validations.find(({ expression }) => ask(expression) !== true)
  if (refused === undefined) return undefined
  return refused.messageExpression === undefined ? refused.message ?? '' : String(ask(refused.messageExpression))
}

/** A variable stands for its expression. */
const expanded = (expression: string, source: ReadonlyMap<string, string>): string =>
  expression.replaceAll(/\bvariables\.([A-Za-z]+)/g, (_, name: string) => {
    const found = source.get(name)
    if (found === undefined) throw new Error(`no variable ${name}`)
    return `(${expanded(found, source)})`
  })

const compiled = new Map<string, ReturnType<typeof compileExpression>>()

const evaluated = (expression: string, bindings: Record<string, unknown>): unknown => {
  const program = compiled.get(expression) ?? compileExpression(expression, ['request', 'object', 'oldObject'])
  compiled.set(expression, program)
  const answer = program(bindings)
  if ('error' in answer) throw new Error(`${expression}: ${answer.error}`)
  return answer.value
}
