import type { Instance } from '../../../crds/v1alpha1/instance.ts'

/** On an Instance: starts one that is held stopped, once for every new value. `spec.state: Stopped` and then `Running` does too. */
export const startRequestedAt = 'kumulus.dev/start-requested-at'

/**
 * On the VirtualMachine: it is stopped, though the Instance says Running, because its guest shut itself down or an InstanceAction cut its power. The
 * value says who and which `start-requested-at` there was at the time: while that stays the same, so does the instance. The user's own
 * `spec.state` is never rewritten.
 */
export const heldStopped = 'kumulus.dev/held-stopped'

/** On the VirtualMachine: which user data its seed has been made of; see `userDataMark`. */
export const userDataApplied = 'kumulus.dev/user-data'

/** On the VirtualMachine: `true` where it is given a public address at every start, as was settled at launch. */
export const publicAddressGiven = 'kumulus.dev/public-address'

export type Stopper = 'guest' | 'user'

/** Value of `heldStopped` for a stop at this moment. */
export const stoppedBy = (who: Stopper, { metadata }: Pick<Instance, 'metadata'>): string => `${who}/${metadata.annotations?.[startRequestedAt] ?? ''}`

/** Who holds an instance stopped, from the mark on its machine; undefined where nobody does. */
export const stopperOf = (mark: string | undefined, instance: Pick<Instance, 'metadata'>): Stopper | undefined =>
  (['guest', 'user'] as const).find(who => mark === stoppedBy(who, instance))
