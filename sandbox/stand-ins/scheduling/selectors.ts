import { matchesRequirement } from '../../apiserver/label-selector.ts'
import type { NodeSelectorTerm, Taint, Toleration } from '../kubelet/types.ts'

/** Terms are alternatives; within one everything must hold. An empty term matches nothing. */
export const matchesNodeTerms = (node: { name: string; labels: Record<string, string> | undefined }, terms: readonly NodeSelectorTerm[]): boolean =>
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
