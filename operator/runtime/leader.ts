import type { KubeObject, NewObject, ResourceType } from '../../crds/kubernetes.ts'
import { isConflict, isNotFound } from './client.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { microTimestamp } from './conditions.ts'
import type { Log } from './log.ts'
import type { Random } from './random.ts'
import type { Transport } from './transport.ts'

const LEASES: ResourceType = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true }

export type LeaseTimes = {
  /** Milliseconds after the last renewal before another may take the lease. */
  duration: number
  /** Milliseconds after the last renewal in which the holder still writes; shorter, so that no two ever do. */
  renewDeadline: number
  /** Milliseconds between tries. */
  retryPeriod: number
}

/** client-go's defaults. */
export const leaseTimes: LeaseTimes = { duration: 15_000, renewDeadline: 10_000, retryPeriod: 2_000 }

export type LeaderOptions = {
  client: Client
  clock: Clock
  random: Random
  log: Log
  namespace: string
  /** Name of the Lease; one for each set of shards. */
  name: string
  identity: string
  times?: LeaseTimes
}

export type Leader = {
  /** Whether this process may write at this very moment. Decided by its own clock alone, without asking anyone. */
  leads: () => boolean
  /** Resolves when the lease is ours. Rejects when the signal aborts. */
  acquire: (signal: AbortSignal) => Promise<void>
  /** Renews until the lease is lost, then resolves: the process has to end. Resolves on abort too, after giving the lease up. */
  hold: (signal: AbortSignal) => Promise<'lost' | 'released'>
}

type LeaseSpec = {
  holderIdentity?: string | null
  leaseDurationSeconds?: number
  acquireTime?: string
  renewTime?: string
  leaseTransitions?: number
}
type Lease = KubeObject & { spec?: LeaseSpec }

/**
 * Leader election by a Lease, as client-go does it: another's lease counts as expired when it has not changed for its duration by *our*
 * clock, so that clocks need not agree. Updates carry the resourceVersion, so that of two takers one loses.
 */
export const createLeader = (options: LeaderOptions): Leader => {
  const { clock, random, log } = options
  const times = options.times ?? leaseTimes
  const state: State = { renewedAt: undefined, lease: undefined, observedAt: 0 }
  const leads = () => {
    const age = state.renewedAt === undefined ? Infinity : clock.now() - state.renewedAt
    // A clock that was set back makes every age doubtful.
    return age >= 0 && age < times.renewDeadline
  }
  const attempt = () => tryAcquire(options, times, state).catch((error: unknown) => {
    log.warn({ err: error }, 'the lease could not be taken or renewed')
    state.lease = undefined
    return false
  })
  return {
    leads,
    acquire: async (signal) => {
      while (!(await attempt())) await clock.sleep(times.retryPeriod * (1 + random() * 0.2), signal)
      log.info({ lease: options.name, identity: options.identity }, 'became leader')
    },
    hold: async (signal) => {
      while (leads() && !signal.aborted) {
        await clock.sleep(times.retryPeriod, signal).catch(() => {})
        if (signal.aborted) break
        // Stopped past the lease (SIGSTOP, a swapping node): another may lead by now, whatever the server would answer.
        if (!leads()) return 'lost'
        await attempt()
      }
      if (!signal.aborted) return 'lost'
      await release(options, state)
      return 'released'
    },
  }
}

/** Refuses every write of a process that does not lead at this moment. Reads pass: a follower keeps its caches warm. */
export const leaderTransport = (transport: Transport, leads: () => boolean): Transport => ({
  ...transport,
  request: async (request) => {
    if (request.method !== 'GET' && !leads()) throw new NotLeaderError('this process does not hold the lease: nothing is written')
    return transport.request(request)
  },
})

export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError'
}

type State = {
  /** When our last successful renewal was begun. */
  renewedAt: number | undefined
  /** The lease as last seen, and when it was first seen so. */
  lease: Lease | undefined
  observedAt: number
}

const tryAcquire = async (options: LeaderOptions, times: LeaseTimes, state: State): Promise<boolean> => {
  const { client, clock, namespace, name, identity } = options
  const begun = clock.now()
  const held = state.renewedAt !== undefined && state.lease?.spec?.holderIdentity === identity
  const lease = held ? state.lease : await client.get<Lease>(LEASES, { namespace, name }).catch(undefinedIfMissing)
  if (lease !== undefined) {
    observe(state, lease, begun)
    const holder = lease.spec?.holderIdentity ?? ''
    const duration = (lease.spec?.leaseDurationSeconds ?? times.duration / 1000) * 1000
    if (holder !== '' && holder !== identity && begun - state.observedAt < duration) return false
  }
  const next = leaseOf(options, times, lease, begun)
  try {
    const answer = lease === undefined ? await client.create<Lease>(LEASES, next) : await client.update<Lease>(LEASES, next)
    observe(state, answer, begun)
    state.renewedAt = begun
    return true
  } catch (error) {
    if (!isConflict(error)) throw error
    state.lease = undefined
    return false
  }
}

const leaseOf = (options: LeaderOptions, times: LeaseTimes, lease: Lease | undefined, now: number): NewObject & Record<string, unknown> => {
  const { namespace, name, identity } = options
  const renewTime = microTimestamp(now)
  const ours = lease?.spec?.holderIdentity === identity
  const transitions = (lease?.spec?.leaseTransitions ?? 0) + (lease === undefined || ours ? 0 : 1)
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: lease?.metadata ?? { namespace, name },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(times.duration / 1000),
      acquireTime: ours ? (lease.spec?.acquireTime ?? renewTime) : renewTime,
      renewTime,
      leaseTransitions: transitions,
    },
  }
}

const observe = (state: State, lease: Lease, now: number): void => {
  if (state.lease?.metadata.uid !== lease.metadata.uid || state.lease.metadata.resourceVersion !== lease.metadata.resourceVersion) {
    // A read that failed in between forgets the lease, which only makes us wait longer.
    state.observedAt = now
  }
  state.lease = lease
}

/** Lets another lead at once. Fails silently: the lease then runs out by itself. */
const release = async (options: LeaderOptions, state: State): Promise<void> => {
  const { lease, renewedAt } = state
  state.renewedAt = undefined
  if (lease === undefined || renewedAt === undefined || lease.spec?.holderIdentity !== options.identity) return
  const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTimestamp(options.clock.now()) }
  await options.client.update(LEASES, { ...lease, spec }).catch((error: unknown) => options.log.debug({ err: error }, 'the lease was not released'))
}

const undefinedIfMissing = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error
}
