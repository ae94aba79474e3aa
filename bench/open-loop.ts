import type { Client } from '../operator/runtime/client.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { createInstance } from './create.ts'
import { percentile } from './figures.ts'
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

/** Instance → when it was due, and when its creation was answered, in milliseconds since the epoch. */
export type Arrivals = ReadonlyMap<string, { due: number; answered: number }>

/**
 * Creates each Instance at its own moment, whether or not those before it were answered, so that a server or an operator that falls behind shows
 * in full. Resolves when every creation is answered.
 */
export const runOpenLoop = async ({ client, tenant, prefix, rate, count, created }: OpenLoop): Promise<Arrivals> => {
  const begun = systemClock.now()
  return new Map(await Promise.all(Array.from({ length: count }, async (_, index) => {
    const [name, due] = [`${prefix}-${index}`, begun + (index * 1000) / rate]
    await systemClock.sleep(Math.max(0, due - systemClock.now()))
    await createInstance(client, name, { namespace: tenant })
    created?.(name)
    return [name, { due, answered: systemClock.now() }] as const
  })))
}

/**
 * Milliseconds of each instance, part by part: of the whole, from the moment at which it was due to the last of its children; of the operator's part,
 * from its being stored, less what it waited for CDI's part. NaN where an instance has not come so far.
 */
export type Latencies = Record<'whole' | 'operator' | 'request' | 'untilActed' | 'untilData' | 'standIn' | 'untilApplied', number[]>

export const latenciesOf = (arrivals: Arrivals, passed: Milestones): Latencies => {
  const each = [...arrivals].map(([name, { due, answered }]) => {
    const at = (step: keyof Milestones) => passed[step][name] ?? NaN
    const standIn = at('answered') - at('dataVolume')
    return {
      whole: at('applied') - due, operator: at('applied') - at('created') - standIn, request: answered - due,
      untilActed: at('volume') - at('created'), untilData: at('dataVolume') - at('volume'), standIn, untilApplied: at('applied') - at('answered'),
    }
  })
  const of = (part: keyof Latencies) => each.map((latencies) => latencies[part])
  return {
    whole: of('whole'), operator: of('operator'), request: of('request'), untilActed: of('untilActed'), untilData: of('untilData'), standIn: of('standIn'),
    untilApplied: of('untilApplied'),
  }
}

/** The same share of every part, for a figure's detail. */
export const sharesOf = (latencies: Latencies, share: number): Record<string, number> =>
  Object.fromEntries(Object.entries(latencies).map(([part, values]) => [part, Math.round(percentile(values, share))]))

/** Whether all of them have their children. */
export const areApplied = (names: Iterable<string>, { applied }: Milestones): boolean => [...names].every((name) => name in applied)
