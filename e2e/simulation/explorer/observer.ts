import type { Cloud, SavedCloud } from '../cloud.ts'
import { isTold, type StoredEvent } from './history.ts'
import type { Moment } from './moments.ts'
import { createView, type View } from './view.ts'

export type Observer = {
  /** Looks on from now: before anything in the cloud moves. */
  observe: (cloud: Pick<Cloud, 'server' | 'clock' | 'hypervisor'>) => void
  view: View
  events: readonly StoredEvent[]
  /** Guests that ran at once and are one machine to themselves, in words. */
  twins: ReadonlySet<string>
}

/** Sees all that is stored in a cloud that is gone on from. */
export const createObserver = (from: SavedCloud, died: Moment | undefined): Observer => {
  const events: StoredEvent[] = [...died?.events ?? []]
  const twins = new Set<string>(died?.twins)
  const { view, update } = createView(from.state)
  return {
    view, events, twins,
    observe: ({ server, clock, hypervisor }) => {
      server.subscribe((event) => {
        update(event)
        if (isTold(event.bucket)) events.push({ ...event, time: clock.now() } as unknown as StoredEvent)
        if (event.bucket === machineRuns) for (const twin of twinsAmong(hypervisor)) twins.add(twin)
      })
    },
  }
}

/** KubeVirt's object of a guest. */
export const machineRuns = 'kubevirt.io/virtualmachineinstances'

/** Looked for whenever a guest is written of. */
const twinsAmong = (hypervisor: Cloud['hypervisor']): string[] => {
  const machines = hypervisor.machines()
  return machines
    .filter(({ uid, firmware }) => machines.some((other) => other.uid !== uid && other.firmware.uuid === firmware.uuid))
    .map(({ name }) => `two guests of ${name} run at once`)
}
