import type { Claim } from '../csi/types.ts'
import { deepEqual } from '../merge-patch.ts'
import type { DataVolume, DataVolumeCondition, DataVolumePhase } from './types.ts'

/** How filling a DataVolume's disk goes. `restarts` of a container that had begun; `tries` of any. */
export type Transfer =
  | { state: 'scheduled' }
  | { state: 'running'; percent: number | undefined; restarts: number; tries: number }
  /** Tried again after a while, but not when `fatal`. */
  | { state: 'failed'; reason: string; message: string; restarts: number; tries: number; fatal: boolean }
  | { state: 'done'; restarts: number }

export type DataVolumeFacts = {
  dataVolume: DataVolume
  claim: Claim | undefined
  phase: DataVolumePhase
  transfer: Transfer | undefined
  /** Why there is no claim, or no volume of it. */
  problem?: Problem | undefined
  now: string
}

/** Reason and message, as of an event. */
export type Problem = { reason: string; message: string }

type Status = NonNullable<DataVolume['status']>

/** The whole status of a DataVolume. Source: CDI pkg/controller/datavolume, `updateStatus` and `updateConditions`. */
export const dataVolumeStatus = (facts: DataVolumeFacts): Status => {
  const { dataVolume, claim, phase, transfer } = facts
  const old = dataVolume.status ?? {}
  const restarts = transfer !== undefined && 'restarts' in transfer ? transfer.restarts : 0
  return {
    ...old,
    phase,
    progress: progressOf(facts),
    ...(claim === undefined ? {} : { claimName: claim.metadata.name }),
    ...(restarts > 0 || old.restartCount !== undefined ? { restartCount: Math.max(restarts, old.restartCount ?? 0) } : {}),
    conditions: conditionsOf(facts),
  }
}

/** Text with two decimals while it is known, `100.0%` at the end, `N/A` otherwise. */
const progressOf = ({ dataVolume, phase, transfer }: DataVolumeFacts): string => {
  if (phase === 'Succeeded') return '100.0%'
  if (transfer?.state === 'running' && transfer.percent !== undefined) return `${transfer.percent.toFixed(2)}%`
  return transfer?.state === 'failed' ? (dataVolume.status?.progress ?? 'N/A') : 'N/A'
}

type Draft = Pick<DataVolumeCondition, 'type' | 'status'> & { reason: string; message: string }

const conditionsOf = (facts: DataVolumeFacts): DataVolumeCondition[] => {
  const drafts = [bound(facts), ready(facts), running(facts)]
  return drafts.map((draft) => {
    const old = facts.dataVolume.status?.conditions?.find(({ type }) => type === draft.type)
    const next = { ...draft, lastHeartbeatTime: old?.lastHeartbeatTime ?? facts.now, lastTransitionTime: old?.lastTransitionTime ?? facts.now }
    if (old === undefined || deepEqual(old, next)) return next
    const lastTransitionTime = old.status === draft.status ? (old.lastTransitionTime ?? facts.now) : facts.now
    return { ...next, lastHeartbeatTime: facts.now, lastTransitionTime }
  })
}

const bound = ({ claim, problem }: DataVolumeFacts): Draft => {
  const type = 'Bound' as const
  if (claim === undefined) return { type, status: 'False', ...problem ?? { reason: 'NotFound', message: 'No PVC found' } }
  switch (claim.status?.phase) {
    case 'Bound':
      return { type, status: 'True', reason: 'Bound', message: `PVC ${claim.metadata.name} Bound` }
    case 'Lost':
      return { type, status: 'False', reason: 'ClaimLost', message: 'Claim Lost' }
    default:
      return { type, status: 'False', reason: 'Pending', message: problem === undefined ? `PVC ${claim.metadata.name} Pending`
        : `target PVC ${claim.metadata.name} Pending and ${problem.message}` }
  }
}

const ready = ({ phase, transfer }: DataVolumeFacts): Draft => {
  const type = 'Ready' as const
  if (phase === 'Succeeded') return { type, status: 'True', reason: '', message: '' }
  return { type, status: 'False', reason: transfer?.state === 'running' ? 'TransferRunning' : '', message: '' }
}

const running = ({ phase, transfer }: DataVolumeFacts): Draft => {
  const type = 'Running' as const
  switch (transfer?.state) {
    case 'running':
      return { type, status: 'True', reason: 'Pod is running', message: '' }
    case 'failed':
      return { type, status: 'False', reason: transfer.reason, message: transfer.message }
    case 'done':
      return { type, status: 'False', reason: 'Completed', message: 'Import Complete' }
    default:
      return { type, status: 'False', reason: phase === 'Succeeded' ? 'Completed' : '', message: phase === 'Succeeded' ? 'Import Complete' : '' }
  }
}

/** Milliseconds before the n-th restart of a failing importer: doubling, five minutes at most. */
export const importBackOff = (restarts: number, first: number): number => Math.min(first * 2 ** Math.max(0, restarts - 1), 300_000)
