/** The CEL of Kubernetes' CustomResourceDefinitions, for tests of our own rules and for the sandbox's API server. */
export { compileRule, evaluate, RuleError, type CompiledRule } from './rule.ts'
export { brokenRules, evaluations } from './validate.ts'
export { escapeName } from './values.ts'
export { compileExpression, type CompiledExpression } from './expression.ts'
export { undefinedFields } from './fields.ts'
