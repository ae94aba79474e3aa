/**
 * What the world was at every write of a run in which nothing goes wrong, so that a process can die there without all that came before being played
 * again. Stored objects never change in place: a moment costs little more than the list of them.
 */
import type { Transport } from '../../../operator/runtime/transport.ts'
import type { Cloud, SavedCloud } from '../cloud.ts'
import type { StoredEvent, Write } from './history.ts'
import { isCountedWrite } from './interposer.ts'
import type { Memory } from './memory.ts'
import { machineRuns } from './observer.ts'
import type { Perturbation } from './plan.ts'
import type { View } from './view.ts'

export type Moment = {
  cloud: SavedCloud
  /** What the operator had written and what was stored until then. */
  writes: readonly Write[]
  events: readonly StoredEvent[]
  /** What the user had done. */
  memory: Memory
  /** How many processes of the operator there had been. */
  processes: number
  /** How often each guest had been started, by the UID of its VirtualMachineInstance. */
  starts: ReadonlyMap<string, number>
  twins: readonly string[]
}

export type Moments = {
  /** Put outermost, so that it counts what perturbations count. */
  noting: (transport: Transport) => Transport
  /** The moment in which this first perturbation strikes, if that can be gone on from. */
  of: (perturbation: Perturbation | undefined) => Moment | undefined
}

/** @param now - the moment, as it is; undefined where nobody could go on from it. */
export const createMoments = (now: () => Moment | undefined): Moments => {
  const known = new Map<string, Moment>()
  let count = 0
  const note = (write: number, when: 'before' | 'after') => {
    const moment = now()
    if (moment !== undefined) known.set(`${when} ${write}`, moment)
  }
  return {
    noting: (transport) => ({
      ...transport,
      request: async (request) => {
        if (!isCountedWrite(request)) return transport.request(request)
        const write = ++count
        note(write, 'before')
        const answer = await transport.request(request)
        note(write, 'after')
        return answer
      },
    }),
    of: (perturbation) => (perturbation?.kind === 'crash' ? known.get(`${perturbation.when} ${perturbation.write}`) : undefined),
  }
}

/**
 * Whether the stand-ins, which die with the operator where a moment is gone on from, find everything that they need. A guest that has just ended is
 * told of once: who was not there takes it for lost. Nor does a guest's standing still outlive what plays it.
 */
export const canBeGoneOnFrom = (view: View, { hypervisor }: Pick<Cloud, 'hypervisor'>): boolean => {
  const guests = new Set(hypervisor.machines().map(({ uid }) => uid))
  return ![...guests].some((uid) => hypervisor.agent(uid)?.frozen === true) && [...view.bucket(machineRuns).values()].every(({ metadata, status }) => status?.['phase'] !== 'Running' || guests.has(metadata.uid))
}
