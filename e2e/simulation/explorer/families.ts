/**
 * Which plans there are. Of a scenario whose run without faults is known, every family can name them all; a run of the tests takes every single crash
 * that is another than the one before, and a sample of the rest, drawn from the seed.
 */
import { seededRandom } from '../../../operator/runtime/random.ts'
import type { Random } from '../../../operator/runtime/random.ts'
import type { Run } from './history.ts'
import type { Perturbation, Plan } from './plan.ts'
import { sampled } from './sampled.ts'
import { bucketOf } from './view.ts'
import { resourceOf } from './watched.ts'

export const families = ['crash', 'stale', 'unobserved', 'faults', 'order', 'foreign'] as const

export type Family = (typeof families)[number]

/** How many plans of each sort a scenario gets at most; single crashes are never left out. */
const sorts = ['doubleCrash', 'freeze', 'rewind', 'drop', 'recreate', 'answer', 'cut', 'atWrite', 'order', 'foreign'] as const

export type Shares = Readonly<Record<(typeof sorts)[number], number>> & {
  /** Whether the process also dies before a write where that is the death after the one before it. */
  readonly deathsTwice: boolean
}

export const testShares: Shares = {
  doubleCrash: 1, freeze: 1, rewind: 1, drop: 2, recreate: 2, answer: 3, cut: 1, atWrite: 1, order: 1, foreign: 1,
  deathsTwice: false,
}

/**
 * Half of them, each half for every other two scenarios: there are so many that each sort of what goes wrong still comes in dozens.
 * @param turn - place of the scenario among all.
 */
export const leanShares = (turn: number): Shares => ({
  ...testShares, answer: 1,
  ...turn % 4 < 2
    ? { drop: 1, recreate: 0, cut: 1, atWrite: 0, order: 1, foreign: 0 }
    : { drop: 0, recreate: 1, cut: 0, atWrite: 1, order: 0, foreign: 1 },
})

/** All of them, for those who have the time. Pairs and orders are without end: so many are drawn. */
export const everyPlan: Shares = {
  ...Object.fromEntries(sorts.map((sort) => [sort, Infinity])) as Readonly<Record<(typeof sorts)[number], number>>,
  doubleCrash: 500,
  order: 50,
  deathsTwice: true,
}

export const plansOf = (family: Family, reference: Run, shares: Shares = testShares): Plan[] => {
  const { scenario, seed } = reference.plan
  const random = seededRandom(seed * 31 + families.indexOf(family))
  return makers[family](factsOf(reference), shares, random).map((perturbations) => ({ scenario, seed, perturbations }))
}

type Facts = {
  writes: readonly number[]
  /** Writes before which something else was stored, or time passed: only there is dying before it another death than after the one before. */
  apart: ReadonlySet<number>
  events: readonly Event[]
  resources: readonly string[]
  /** Events about what is the user's or the operator's to make: what KubeVirt, CDI and the drivers make is theirs to mend. */
  ours: readonly Event[]
}

type Event = { resource: string; event: number }

const factsOf = ({ writes, delivered, applied }: Run): Facts => {
  const events = [...delivered].flatMap(([resource, count]) => Array.from({ length: count }, (_, index) => ({ resource, event: index + 1 })))
  const created = writes.filter(({ status }) => status === 201).map(({ path }) => resourceOf(path))
  const made = new Set([...created, ...applied.map(({ kind }) => bucketOf(kind))])
  return {
    events,
    writes: writes.map((_, index) => index + 1),
    apart: new Set(writes.flatMap((write, index) => {
      const last = writes[index - 1]
      return last !== undefined && last.time === write.time && last.status < 300 && last.revision + 1 === write.revision ? [] : [index + 1]
    })),
    resources: [...delivered.keys()],
    ours: events.filter(({ resource }) => made.has(resource)),
  }
}

type Maker = (facts: Facts, shares: Shares, random: Random) => (readonly Perturbation[])[]

const crash: Maker = ({ writes, apart }, { doubleCrash, deathsTwice }, random) => {
  const singles = writes.flatMap((write) => [...deathsTwice || apart.has(write) ? [crashAt(write, 'before')] : [], crashAt(write, 'after')])
  // The second is counted from the beginning too: one life later, writes are sent anew.
  const pairs = Array.from({ length: Math.min(doubleCrash, writes.length ** 2) }, () => {
    const first = draw(writes, random)
    return [crashAt(first, coin(random)), crashAt(first + 1 + Math.floor(random() * writes.length), coin(random))]
  })
  return [...singles.map((each) => [each]), ...pairs]
}

const stale: Maker = ({ writes, events, resources }, { freeze, rewind }, random) => [
  ...sampled(events, freeze, random).map(({ resource, event }): Perturbation[] => [{ kind: 'freeze', resource, event, ms: draw([5_000, 60_000, 400_000], random) }]),
  ...sampled(writes.flatMap((write) => resources.map((resource) => ({ write, resource }))), rewind, random)
    .map(({ write, resource }): Perturbation[] => [{ kind: 'rewind', write, resource, back: 1 + Math.floor(random() * 4) }]),
]

const unobserved: Maker = ({ events, ours }, { drop, recreate }, random) => [
  ...sampled(events, drop, random).map(({ resource, event }): Perturbation[] => [{ kind: 'drop', resource, event }]),
  ...sampled(ours, recreate, random).map(({ resource, event }): Perturbation[] => [{ kind: 'recreate', resource, event }]),
]

const answers: readonly Omit<Extract<Perturbation, { kind: 'answer' }>, 'kind' | 'write'>[] = [
  { status: 409, when: 'before' },
  { status: 429, when: 'before', retryAfter: 7 },
  { status: 500, when: 'before' },
  { status: 500, when: 'after' },
  { status: 504, when: 'before' },
  { status: 504, when: 'after' },
]

const faults: Maker = ({ writes, events }, { answer, cut, atWrite }, random) => [
  ...sampled(writes.flatMap((write) => answers.map((each) => ({ ...each, write }))), answer, random).map((each): Perturbation[] => [{ kind: 'answer', ...each }]),
  ...sampled(events, cut, random).map(({ resource, event }): Perturbation[] => [{ kind: 'cut', resource, event }]),
  ...sampled(writes.flatMap((write): Perturbation[] => [
    { kind: 'compact', write },
    { kind: 'jump', write, ms: draw([90_000, 3_600_000], random) },
    { kind: 'pause', write, ms: 40_000 },
  ]), atWrite, random).map((each) => [each]),
]

const order: Maker = (_facts, { order: count }, random) =>
  Array.from({ length: count }, () => [{ kind: 'shuffle', seed: 1 + Math.floor(random() * 1e6) }])

const foreign: Maker = (_facts, { foreign: count }, random) =>
  sampled(['import', 'unschedulable', 'crash-loop', 'volume', 'network'] as const, count, random)
    .map((failure) => [{ kind: 'foreign', failure, ms: draw([20_000, 120_000], random) }])

const makers: Readonly<Record<Family, Maker>> = { crash, stale, unobserved, faults, order, foreign }

const crashAt = (write: number, when: 'before' | 'after'): Perturbation => ({ kind: 'crash', write, when })

const coin = (random: Random): 'before' | 'after' => (random() < 0.5 ? 'before' : 'after')

const draw = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)] as T
