import type { FakeClock } from '../../../operator/runtime/fake-clock.ts'
import type { Transport } from '../../../operator/runtime/transport.ts'
import type { Cloud } from '../cloud.ts'
import type { Named } from './scenario.ts'

/** What a perturbation may do to the world beside meddling with requests. */
export type Control = Pick<Cloud, 'server' | 'hypervisor' | 'disks' | 'standIns'> & {
  clock: FakeClock
  /** As a cluster administrator, past every perturbation. */
  admin: Transport
  /** Ends the operator process behind the transport as SIGKILL would; the world starts the next one. */
  crash: () => void
  /** Starts a second operator beside it, that waits for the Lease. */
  startSecond: () => void
  /** Says that a fault lasts until then: convergence is asked for only after the last one. */
  lastsUntil: (time: number) => void
  /** What the user has deleted by name so far, in order. */
  removed: () => readonly Named[]
}

/**
 * Stands between the operator's processes and the API server. Made once a run: what it counts goes on over restarts, and what it does it does once.
 */
export type Interposer = (control: Control) => (transport: Transport) => Transport

/** Whether a request counts as a write of a plan. */
export const isCountedWrite = ({ method, path }: { method: string; path: string }): boolean =>
  method !== 'GET' && !/\/(events|leases)(\/|$)/.test(path)
