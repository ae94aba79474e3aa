import type { StoredInstance } from './store.ts'

/** How long a machine that was told to start may show as stopped before it is taken for one that ran and ended while nobody looked. */
const settlesMs = 120_000

/**
 * Whether the machine has run since it was last told to. KubeVirt shows a machine as stopped for a moment before its first start too, so that
 * alone is no evidence of a guest that shut itself down.
 */
export const hasRunSinceStart = ({ status }: StoredInstance, now: number): boolean => {
  if (status?.state === 'running' || status?.state === 'stopping') return true
  return status?.state === 'pending' && status.stateTransitionTime !== undefined && now - Date.parse(status.stateTransitionTime) > settlesMs
}
