import type { FleetSelector } from '../../../crds/v1alpha1/snapshot-schedule.ts'

/** What a selector can know of an object. */
export type Marks = { labels: Readonly<Record<string, string>>; tags: Readonly<Record<string, string>> }

/** Whether all that the selector says holds, as Kubernetes' label selectors are understood. */
export const isSelected = ({ matchLabels = {}, matchExpressions = [], matchTags = {} }: FleetSelector, { labels, tags }: Marks): boolean =>
  hasAll(labels, matchLabels) && hasAll(tags, matchTags) && matchExpressions.every(expression => holds(expression, labels))

type Expression = NonNullable<FleetSelector['matchExpressions']>[number]

const hasAll = (has: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => Object.hasOwn(has, key) && has[key] === value)

const holds = ({ key, operator, values = [] }: Expression, labels: Marks['labels']): boolean => {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value)
    case 'NotIn': return value === undefined || !values.includes(value)
    case 'Exists': return value !== undefined
    case 'DoesNotExist': return value === undefined
  }
}
