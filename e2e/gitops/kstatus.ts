export type KStatus = 'Current' | 'InProgress' | 'Failed' | 'Terminating'

/** An object whose status has what kstatus reads. */
export type Judged = {
  metadata: { generation?: number; deletionTimestamp?: string }
  status?: { observedGeneration?: number; conditions?: readonly { type: string; status: string }[] }
}

/**
 * What kstatus takes an object for, if it has no particular rules for its kind: the library (sigs.k8s.io/cli-utils, `pkg/kstatus/status`, as of
 * October 2025) by which Flux, Helm 4's `--wait` and kpt know how things are. Conditions are asked in their order. Of which nothing is said is
 * `Current`, and therefore a fresh object of ours says that it has been observed at generation -1.
 */
export const kstatusOf = ({ metadata, status }: Judged): KStatus => {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating'
  const observed = status?.observedGeneration
  if (metadata.generation !== undefined && observed !== undefined && observed !== metadata.generation) return 'InProgress'
  const conditions = status?.conditions ?? []
  const telling = conditions.find(({ type, status: holds }) => holds === 'True' && (type === 'Reconciling' || type === 'Stalled'))
  if (telling !== undefined) return telling.type === 'Stalled' ? 'Failed' : 'InProgress'
  const ready = conditions.find(({ type }) => type === 'Ready')
  return ready?.status === 'False' || ready?.status === 'Unknown' ? 'InProgress' : 'Current'
}
