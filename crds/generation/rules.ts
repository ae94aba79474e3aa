import { compileRule, undefinedFields } from '../cel/index.ts'
import type { StructuralSchema, ValidationRule } from '../structural-schema.ts'

/**
 * What is wrong with the CEL rules of a schema: rules that don't compile, that name fields that aren't there, that have no message, that point
 * to a field that isn't there, or that use `oldSelf` where the API server can't tell which old value belongs to which new one.
 */
export const ruleProblems = (schema: StructuralSchema, path: string, correlatable = true): string[] => [
  ...(schema['x-kubernetes-validations'] ?? []).flatMap(rule => problemsOf(rule, schema, correlatable).map(problem => `${path}: ${problem}`)),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => ruleProblems(child, `${path}.${name}`, correlatable)),
  ...schema.items === undefined ? [] : ruleProblems(schema.items, `${path}[]`, correlatable && schema['x-kubernetes-list-type'] === 'map'),
  ...typeof schema.additionalProperties === 'object' ? ruleProblems(schema.additionalProperties, `${path}{}`, correlatable) : [],
]

const problemsOf = (rule: ValidationRule, schema: StructuralSchema, correlatable: boolean): string[] => {
  try {
    const { isTransition } = compileRule(rule)
    return [
      ...undefinedFields(rule, schema).map(problem => `the rule ${rule.rule} names an ${problem}`),
      ...isTransition && !correlatable ? [`the rule ${rule.rule} uses oldSelf inside a list that is not of type map`] : [],
      ...rule.message === undefined || rule.message.includes('\n') ? [`the rule ${rule.rule} needs a message of one line`] : [],
      ...rule.fieldPath !== undefined && !hasField(schema, rule.fieldPath) ? [`fieldPath ${rule.fieldPath} of the rule ${rule.rule} is no field`] : [],
    ]
  } catch (error) {
    return [(error as Error).message]
  }
}

const hasField = (schema: StructuralSchema, fieldPath: string): boolean => {
  const found = fieldPath.split('.').slice(1).reduce<StructuralSchema | undefined>((at, name) => at?.properties?.[name], schema)
  return fieldPath.startsWith('.') && found !== undefined
}
