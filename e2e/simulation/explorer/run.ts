import { createClient } from '../../../operator/runtime/client.ts'
import { seededRandom } from '../../../operator/runtime/random.ts'
import type { Transport } from '../../../operator/runtime/transport.ts'
import { inProcessTransport } from '../../../sandbox/apiserver/in-process.ts'
import type { Cloud, SavedCloud } from '../cloud.ts'
import { admin, startCloud } from '../cloud.ts'
import { steadyWatches } from '../steady-watches.ts'
import { baseCloud } from './bases.ts'
import type { Run, StoredEvent, Write } from './history.ts'
import type { Control } from './interposer.ts'
import { createObserver, machineRuns } from './observer.ts'
import { createOperators, type Mutation } from './operators.ts'
import { remembering } from './memory.ts'
import { canBeGoneOnFrom, createMoments, type Moment } from './moments.ts'
import { interposerOf } from './perturbations/index.ts'
import type { Perturbation, Plan } from './plan.ts'
import type { Scenario } from './scenario.ts'
import { timings } from './timings.ts'
import { createUser } from './user.ts'
import { isEvent, rewriteWatches } from './watched.ts'

/** Within so many milliseconds of the clock after the last fault everything has come to rest. */
const settling = 10 * 60_000
/** And then nothing is written for so long. */
const quiet = 3_600_000

/**
 * Plays one scenario with what goes wrong in it. The same plan gives the same run. Where nothing goes wrong (a reference), watches end and are opened
 * again as ever, and what they brought is counted.
 * @param died - the moment of a reference in which the first perturbation, a crash, strikes; left out, all is played from the beginning.
 */
export const runPlan = async (scenario: Scenario, plan: Plan, mutation: Mutation = {}, died?: Moment): Promise<Run> => {
  const isReference = plan.perturbations.length === 0
  const from = died?.cloud ?? await baseCloud(scenario.base)
  const { observe, view, events, twins } = createObserver(from, died)
  const cloud = await startCloud({ from, seed: plan.seed, timings, steady: !isReference, observe })
  const writes: Write[] = [...died?.writes ?? []]
  const delivered = new Map<string, number>()
  const faults = { until: cloud.clock.now() }
  const operators = createOperators({
    cloud, mutation, writes, seed: plan.seed, steady: !isReference, elect: plan.perturbations.some(({ kind }) => kind === 'pause'),
    started: died?.processes ?? 0,
    wrap: (transport) => interposed(isReference ? countingEvents(transport, delivered) : steadyWatches(transport)),
  })
  const control = controlOf(cloud, operators, faults, () => told.removed)
  const user = createUser({ client: createClient(control.admin), cloud, view, random: shuffleOf(plan), restartOperator: operators.crash })
  const told = remembering(user, cloud.clock, died?.memory)
  const { applied, removed } = told
  const startsNow = () => startsOf(events, cloud, from, died)
  const moments = createMoments(() => (!canBeGoneOnFrom(view, cloud) || !told.memory().repeatable ? undefined : {
    cloud: cloud.save(), writes: writes.map((each) => ({ ...each })), events: [...events], memory: told.memory(), processes: operators.started,
    starts: startsNow(), twins: [...twins],
  }))
  const wrappers = isReference ? [moments.noting] : perturbationsLeft(plan, died).map((each) => interposerOf(each)(control))
  const interposed = (transport: Transport) => wrappers.reduceRight((inner, wrap) => wrap(inner), transport)
  if (died === undefined) operators.start()
  else operators.crash()
  await cloud.clock.advance(0)
  const stuck = await scenario.play(told.user).then(() => undefined, (error: unknown) => (error instanceof Error ? error.message : String(error)))
  await cloud.clock.advance(Math.max(0, faults.until - cloud.clock.now()) + settling)
  const rest = { writes: writes.length, events: events.length, time: cloud.clock.now() }
  await cloud.clock.advance(quiet)
  if (isReference) await beginAnew(operators, cloud)
  const starts = startsNow()
  operators.stop()
  await cloud.stop()
  const final = view.all()
  const run = { plan, writes, events, delivered, applied, removed, final, starts, twins: [...twins], stuck, rest, lastFault: faults.until }
  return isReference ? { ...run, moments } : run
}

/** Nor has a process anything to write that starts on what is there. */
const beginAnew = async (operators: ReturnType<typeof createOperators>, { clock }: Cloud): Promise<void> => {
  operators.crash()
  await clock.advance(settling)
}

/** Of those that strike after the first, which the moment is of. They count what passes it from the beginning. */
const perturbationsLeft = ({ perturbations }: Plan, died: Moment | undefined): readonly Perturbation[] =>
  died === undefined
    ? perturbations
    : perturbations.slice(1).map((each) => ('write' in each ? { ...each, write: each.write - died.writes.length } : each))

const controlOf = (cloud: Cloud, operators: ReturnType<typeof createOperators>, faults: { until: number }, removed: Control['removed']): Control => ({
  ...cloud,
  removed,
  admin: inProcessTransport(cloud.server, admin),
  crash: operators.crash,
  startSecond: operators.start,
  lastsUntil: (time) => void (faults.until = Math.max(faults.until, time)),
})

const countingEvents = (transport: Transport, delivered: Map<string, number>): Transport =>
  rewriteWatches(transport, () => true, async function* (lines, { resource }) {
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      if (isEvent(next.value)) delivered.set(resource, (delivered.get(resource) ?? 0) + 1)
      yield next.value
    }
  })

const shuffleOf = ({ perturbations }: Plan) => {
  const shuffle = perturbations.find((each) => each.kind === 'shuffle')
  return shuffle === undefined ? undefined : seededRandom(shuffle.seed)
}

/** Those that run when a cloud is gone on from are none of its own starts. */
const startsOf = (events: readonly StoredEvent[], { hypervisor }: Cloud, from: SavedCloud, died: Moment | undefined): Map<string, number> => {
  const running = new Set(died === undefined ? [] : from.guests.map(({ uid }) => uid))
  const uids = new Set(events.filter(({ bucket }) => bucket === machineRuns).map(({ object }) => object.metadata.uid))
  return new Map([...uids].map((uid) => [uid, hypervisor.starts(uid) - (running.has(uid) ? 1 : 0) + (died?.starts.get(uid) ?? 0)]))
}
