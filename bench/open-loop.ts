import type { Client } from '../operator/runtime/client.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { createInstance } from './create.ts'
import type { Milestones } from './milestones.ts'

export type OpenLoop = {
  client: Client
  tenant: string
  /** Of the instances' names. */
  prefix: string
  /** Instances a second. */
  rate: number
  count: number
  /** Told of each instance once it is stored. */
  created?: (name: string) => void
}

/**
 * Creates each Instance at its own moment, whether or not those before it were answered, so that a server or an operator that falls behind shows
 * in full. Resolves when every creation is answered, with the moment at which each was due, in milliseconds since the epoch.
 */
export const runOpenLoop = async ({ client, tenant, prefix, rate, count, created }: OpenLoop): Promise<ReadonlyMap<string, number>> => {
  const begun = systemClock.now()
  const due = new Map(Array.from({ length: count }, (_, index) => [`${prefix}-${index}`, begun + (index * 1000) / rate]))
  await Promise.all([...due].map(async ([name, at]) => {
    await systemClock.sleep(Math.max(0, at - systemClock.now()))
    await createInstance(client, name, { namespace: tenant })
    created?.(name)
  }))
  return due
}

/** Milliseconds from the moment at which each instance was due, or was stored, to the last of its children. NaN where there is none. */
export const latenciesOf = (due: ReadonlyMap<string, number>, { created, applied }: Milestones): { fromDue: number[]; fromStored: number[] } => ({
  fromDue: [...due].map(([name, at]) => (applied[name] ?? NaN) - at),
  fromStored: [...due].map(([name]) => (applied[name] ?? NaN) - (created[name] ?? NaN)),
})

/** Whether all of them have their children. */
export const areApplied = (due: ReadonlyMap<string, number>, { applied }: Milestones): boolean => [...due.keys()].every((name) => name in applied)
