import type { LabelSelector, NodeSelectorTerm, Taint, Toleration } from '../kubelet/types.ts'

type Requirement = { key: string; operator: string; values?: string[] }
type Labels = Record<string, string> | undefined

/** One requirement of a label selector or of node affinity, as Kubernetes reads it. */
export const matchesRequirement = (labels: Labels, { key, operator, values = [] }: Requirement): boolean => {
  const value = labels?.[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return false
  }
}

/** A missing selector matches nothing, an empty one everything. */
export const matchesSelector = (labels: Labels, selector: LabelSelector | undefined): boolean =>
  selector !== undefined &&
  Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value) &&
  (selector.matchExpressions ?? []).every((requirement) => matchesRequirement(labels, requirement))

/** Terms are alternatives; within one everything must hold. An empty term matches nothing. */
export const matchesNodeTerms = (node: { name: string; labels: Labels }, terms: readonly NodeSelectorTerm[]): boolean =>
  terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false
    return (
      matchExpressions.every((requirement) => matchesRequirement(node.labels, requirement)) &&
      matchFields.every((requirement) => matchesRequirement({ 'metadata.name': node.name }, requirement))
    )
  })

/** Whether a toleration covers a taint. An empty key with Exists covers all. */
export const tolerates = (tolerations: readonly Toleration[] | undefined, taint: Taint): boolean =>
  (tolerations ?? []).some(({ key, operator = 'Equal', value = '', effect }) => {
    if (effect !== undefined && effect !== '' && effect !== taint.effect) return false
    if (key === undefined || key === '') return operator === 'Exists'
    if (key !== taint.key) return false
    return operator === 'Exists' || value === (taint.value ?? '')
  })
