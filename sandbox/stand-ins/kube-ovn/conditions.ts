import type { KubeOvnCondition } from './types.ts'

type Draft = Pick<KubeOvnCondition, 'type' | 'status'> & { reason: string; message?: string; observedGeneration: number }

/** Conditions with one set, in Kube-OVN's form: the update time moves with any change, the transition time with the status. */
export const withCondition = (conditions: readonly KubeOvnCondition[] | undefined, draft: Draft, now: string): KubeOvnCondition[] => {
  const old = conditions?.find(({ type }) => type === draft.type)
  const sameWords = old?.reason === draft.reason && old?.message === draft.message
  const same = sameWords && old?.status === draft.status && old.observedGeneration === draft.observedGeneration
  if (old !== undefined && same) return [...(conditions ?? [])]
  const next = { ...draft, lastUpdateTime: now, lastTransitionTime: old?.status === draft.status ? old.lastTransitionTime : now }
  return old === undefined ? [...(conditions ?? []), next] : (conditions ?? []).map((condition) => (condition.type === draft.type ? next : condition))
}
