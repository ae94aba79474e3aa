import { compileExpression, type CompiledExpression } from '../../../crds/cel/index.ts'
import type { AdmissionAttributes } from '../core.ts'
import type { AnyObject } from '../resource.ts'
import { matchesSelector, type LabelSelector } from '../label-selector.ts'
import type { Webhook, WebhookRule } from './types.ts'

/** Labels of a namespace; undefined where there is none. */
export type NamespaceLabels = (name: string) => Record<string, string> | undefined

/** Configurations of webhooks are never sent to webhooks: a broken one could not be repaired. */
const exempt = new Set(['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'])

/** Whether a webhook wants to see a request, by its rules and selectors. */
export const isInterested = (webhook: Webhook, attributes: AdmissionAttributes, namespaceLabels: NamespaceLabels): boolean => {
  const { group, plural } = attributes.resource
  if (group === 'admissionregistration.k8s.io' && exempt.has(plural)) return false
  return (
    (webhook.rules ?? []).some((rule) => ruleMatches(rule, attributes, webhook.matchPolicy !== 'Exact')) &&
    namespaceMatches(webhook.namespaceSelector, attributes, namespaceLabels) &&
    objectMatches(webhook.objectSelector, attributes)
  )
}

/** `equivalent`: the same resource in another version is meant too. */
const ruleMatches = (rule: WebhookRule, { resource, operation, subresource }: AdmissionAttributes, equivalent: boolean): boolean => {
  const oneOf = (list: string[], value: string): boolean => list.includes('*') || list.includes(value)
  const scope = resource.namespaced ? 'Namespaced' : 'Cluster'
  return (
    oneOf(rule.operations, operation) &&
    oneOf(rule.apiGroups, resource.group) &&
    (equivalent || oneOf(rule.apiVersions, resource.version)) &&
    [undefined, '*', scope].includes(rule.scope) &&
    rule.resources.some((wanted) => resourceMatches(wanted, resource.plural, subresource))
  )
}

const resourceMatches = (wanted: string, plural: string, subresource: string): boolean => {
  const [name = '', part = ''] = wanted.split('/')
  return (name === '*' || name === plural) && ((wanted.includes('/') && part === '*') || part === subresource)
}

/** A namespace is judged by its own labels; other objects without a namespace are always meant. */
const namespaceMatches = (selector: LabelSelector | undefined, attributes: AdmissionAttributes, namespaceLabels: NamespaceLabels): boolean => {
  if (isEmpty(selector)) return true
  const { resource, namespace, object, oldObject } = attributes
  if (resource.group === '' && resource.plural === 'namespaces' && attributes.subresource === '') {
    return matchesSelector(labelsOf(object ?? oldObject), selector)
  }
  return !resource.namespaced || matchesSelector(namespaceLabels(namespace), selector)
}

const objectMatches = (selector: LabelSelector | undefined, { object, oldObject }: AdmissionAttributes): boolean =>
  isEmpty(selector) || [object, oldObject].some((each) => each !== undefined && matchesSelector(labelsOf(each), selector))

const labelsOf = (object: AnyObject | undefined): Record<string, string> => (object?.metadata.labels ?? {}) as Record<string, string>

const isEmpty = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0

const compiled = new Map<string, CompiledExpression>()

const expressionOf = (text: string): CompiledExpression => {
  const known = compiled.get(text)
  if (known !== undefined) return known
  const made = compileExpression(text, ['object', 'oldObject', 'request'])
  compiled.set(text, made)
  return made
}

/** Whether all matchConditions hold; `error` where one could not be evaluated and none is false. */
export const conditionsHold = (
  webhook: Webhook,
  bindings: { object: unknown; oldObject: unknown; request: unknown },
): { holds: boolean } | { error: string } => {
  const errors: string[] = []
  for (const { expression } of webhook.matchConditions ?? []) {
    const result = evaluate(expression, bindings)
    if ('error' in result) errors.push(result.error)
    else if (result.value !== true) return { holds: false }
  }
  return errors.length === 0 ? { holds: true } : { error: errors.join(', ') }
}

const evaluate = (expression: string, bindings: Record<string, unknown>): { value: unknown } | { error: string } => {
  try {
    return expressionOf(expression)(bindings)
  } catch (error) {
    return { error: (error as Error).message }
  }
}
