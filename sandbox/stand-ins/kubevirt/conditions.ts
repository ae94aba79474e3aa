import type { KubeVirtCondition } from './types.ts'

type Draft = { type: string; status: KubeVirtCondition['status']; reason?: string; message?: string }

/** Conditions with one set. The transition time moves only when the status does. */
export const withCondition = (conditions: readonly KubeVirtCondition[] | undefined, draft: Draft, now: string): KubeVirtCondition[] => {
  const old = conditionOf(conditions, draft.type)
  const next: KubeVirtCondition = {
    lastProbeTime: null,
    lastTransitionTime: old?.status === draft.status ? old.lastTransitionTime : now,
    ...draft,
  }
  if (old === undefined) return [...(conditions ?? []), next]
  return (conditions ?? []).map((condition) => (condition.type === draft.type ? next : condition))
}

export const withoutCondition = (conditions: readonly KubeVirtCondition[] | undefined, type: string): KubeVirtCondition[] =>
  (conditions ?? []).filter((condition) => condition.type !== type)

export const conditionOf = (conditions: readonly KubeVirtCondition[] | undefined, type: string): KubeVirtCondition | undefined =>
  conditions?.find((condition) => condition.type === type)

export const isTrue = (conditions: readonly KubeVirtCondition[] | undefined, type: string): boolean =>
  conditionOf(conditions, type)?.status === 'True'
