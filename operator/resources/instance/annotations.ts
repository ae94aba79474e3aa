/** On an Instance: starts an instance whose guest has shut itself down, once for every new value. `spec.state: Stopped` and then `Running` does too. */
export const startRequestedAt = 'kumulus.dev/start-requested-at'

/**
 * On the VirtualMachine: its guest has shut itself down, though the Instance says Running. The value is that of `start-requested-at` at the time: while
 * the two are the same the instance stays stopped. The user's own `spec.state` is never rewritten.
 */
export const guestShutdown = 'kumulus.dev/guest-shutdown'

/** On the VirtualMachine: which user data its seed has been made of; see `userDataMark`. */
export const userDataApplied = 'kumulus.dev/user-data'
