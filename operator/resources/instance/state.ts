import type { InstanceStatus } from '../../../crds/v1alpha1/instance.ts'

export type InstanceState = NonNullable<InstanceStatus['state']>

/** EC2's transitions. A reboot is none: the instance stays running. */
const transitions: Readonly<Record<InstanceState, readonly InstanceState[]>> = {
  pending: ['running', 'shutting-down'],
  running: ['stopping', 'shutting-down'],
  stopping: ['stopped'],
  stopped: ['pending', 'shutting-down'],
  'shutting-down': ['terminated'],
  terminated: [],
}

export const isAllowed = (from: InstanceState, to: InstanceState): boolean => transitions[from].includes(to)

/**
 * The state to report after `from`, where the machine is in `actual`: itself, or the first step on the shortest allowed way there. Whoever watches
 * sees every transition, also of what happened while nobody looked. Where no way leads there it stays as it is.
 */
export const nextState = (from: InstanceState | undefined, actual: InstanceState): InstanceState => {
  if (from === undefined || from === actual) return actual
  const seen = new Set([from])
  let ways: { first: InstanceState; at: InstanceState }[] = transitions[from].map(at => ({ first: at, at }))
  while (ways.length > 0) {
    const arrived = ways.find(({ at }) => at === actual)
    if (arrived !== undefined) return arrived.first
    for (const { at } of ways) seen.add(at)
    ways = ways.flatMap(({ first, at }) => transitions[at].filter(next => !seen.has(next)).map(next => ({ first, at: next })))
  }
  return from
}
