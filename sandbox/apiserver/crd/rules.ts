import { compileRule } from '../../../crds/cel/index.ts'
import type { StructuralSchema, ValidationRule } from '../../../crds/structural-schema.ts'
import type { Cause } from '../resource.ts'
import { invalidCause, notSupportedCause, requiredCause } from '../schema/causes.ts'

const reasons = ['FieldValueRequired', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueDuplicate']

/** Rules that do not compile, or that look at an old value where none can be found. */
export const checkRules = (schema: StructuralSchema, path: string, correlatable = true): Cause[] => [
  ...(schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) => checkRule(rule, `${path}.x-kubernetes-validations[${index}]`, correlatable)),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => checkRules(child, `${path}.properties[${name}]`, correlatable)),
  ...(schema.items === undefined ? [] : checkRules(schema.items, `${path}.items`, correlatable && schema['x-kubernetes-list-type'] === 'map')),
  ...(typeof schema.additionalProperties === 'object' ? checkRules(schema.additionalProperties, `${path}.additionalProperties`, correlatable) : []),
]

const checkRule = (rule: ValidationRule, path: string, correlatable: boolean): Cause[] => {
  const causes: Cause[] = []
  if (!rule.rule?.trim()) return [requiredCause(`${path}.rule`, 'rule is not specified')]
  if (rule.message !== undefined && rule.message.trim() === '') causes.push(invalidCause(`${path}.message`, rule.message, 'must be non-empty if specified'))
  if (rule.message?.trim().includes('\n') === true) causes.push(invalidCause(`${path}.message`, rule.message, 'must not contain line breaks'))
  if (rule.message === undefined && rule.rule.trim().includes('\n')) {
    causes.push(requiredCause(`${path}.message`, 'message must be specified if rule contains line breaks'))
  }
  if (rule.reason !== undefined && !reasons.includes(rule.reason)) causes.push(notSupportedCause(`${path}.reason`, rule.reason, reasons))
  return [...causes, ...compiles(rule, path, correlatable)]
}

const compiles = (rule: ValidationRule, path: string, correlatable: boolean): Cause[] => {
  try {
    const { isTransition } = compileRule(rule)
    if (!isTransition || correlatable) return []
    return [invalidCause(`${path}.rule`, rule.rule, 'oldSelf cannot be used on the uncorrelatable portion of the schema')]
  } catch (error) {
    return [invalidCause(`${path}.rule`, rule, `compilation failed: ${(error as Error).message}`)]
  }
}
