import type { Hypervisor, MachineEvent, MachineState } from '../../../hypervisor/hypervisor.ts'

type StopCause = Extract<MachineEvent, { type: 'stopped' }>['cause']

/** What a node knows of its guests: the hypervisor's states, and how those that ended did. */
export type Guests = {
  state: (uid: string) => MachineState | undefined
  /** How a machine ended; undefined while it runs or when nobody saw. */
  ended: (uid: string) => { cause: StopCause; message?: string } | undefined
  /** True the first time for a UID: the power button is pressed once. */
  firstSignal: (uid: string) => boolean
  /** Its node lost power: whatever the hypervisor said, the guest did not end in order. */
  lostPower: (uid: string) => void
  close: () => void
}

/** @param changed - told of the UID of every machine that something happened to. */
export const trackGuests = (hypervisor: Hypervisor, changed: (uid: string) => void): Guests => {
  const ends = new Map<string, { cause: StopCause; message?: string }>()
  const signalled = new Set<string>()
  const unsubscribe = hypervisor.onEvent((event) => {
    if (event.type === 'stopped') {
      ends.set(event.uid, { cause: event.cause, ...(event.message === undefined ? {} : { message: event.message }) })
    }
    changed(event.uid)
  })
  return {
    state: (uid) => hypervisor.states().get(uid),
    ended: (uid) => ends.get(uid),
    firstSignal: (uid) => {
      const first = !signalled.has(uid)
      signalled.add(uid)
      return first
    },
    lostPower: (uid) => void ends.set(uid, { cause: 'crash', message: 'the node lost power' }),
    close: unsubscribe,
  }
}
