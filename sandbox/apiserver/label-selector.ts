/** A label selector in its object form, as webhooks, affinities and spread constraints have it. */
export type LabelSelector = { matchLabels?: Record<string, string>; matchExpressions?: Requirement[] }

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
