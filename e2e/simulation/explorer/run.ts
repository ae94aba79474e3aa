import { createClient } from '../../../operator/runtime/client.ts'
import { seededRandom } from '../../../operator/runtime/random.ts'
import type { Transport } from '../../../operator/runtime/transport.ts'
import { inProcessTransport } from '../../../sandbox/apiserver/in-process.ts'
import type { Cloud } from '../cloud.ts'
import { admin, startCloud } from '../cloud.ts'
import { steadyWatches } from '../steady-watches.ts'
import { baseCloud } from './bases.ts'
import { isTold, type Run, type StoredEvent, type Write } from './history.ts'
import type { Control } from './interposer.ts'
import { createOperators, type Mutation } from './operators.ts'
import { interposerOf } from './perturbations/index.ts'
import type { Plan } from './plan.ts'
import type { Manifest, Named, Scenario, User } from './scenario.ts'
import { timings } from './timings.ts'
import { createUser } from './user.ts'
import { createView } from './view.ts'
import { isEvent, rewriteWatches } from './watched.ts'

/** Within so many milliseconds of the clock after the last fault everything has come to rest. */
const settling = 10 * 60_000
/** And then nothing is written for so long. */
const quiet = 3_600_000

/**
 * Plays one scenario with what goes wrong in it. The same plan gives the same run. Where nothing goes wrong (a reference), watches end and are opened
 * again as ever, and what they brought is counted.
 */
export const runPlan = async (scenario: Scenario, plan: Plan, mutation: Mutation = {}): Promise<Run> => {
  const isReference = plan.perturbations.length === 0
  const from = await baseCloud(scenario.base)
  const cloud = await startCloud({ from, seed: plan.seed, timings, steady: !isReference })
  const view = createView(from.state, cloud.server)
  const events = eventsOf(cloud)
  const twins = twinsOf(cloud)
  const writes: Write[] = []
  const delivered = new Map<string, number>()
  const faults = { until: cloud.clock.now() }
  const operators = createOperators({
    cloud, mutation, writes, seed: plan.seed, steady: !isReference, elect: plan.perturbations.some(({ kind }) => kind === 'pause'),
    wrap: (transport) => interposed(isReference ? countingEvents(transport, delivered) : steadyWatches(transport)),
  })
  const control = controlOf(cloud, operators, faults)
  const wrappers = plan.perturbations.map((each) => interposerOf(each)(control))
  const interposed = (transport: Transport) => wrappers.reduceRight((inner, wrap) => wrap(inner), transport)
  operators.start()
  await cloud.clock.advance(0)
  const user = createUser({ client: createClient(control.admin), cloud, view, random: shuffleOf(plan), restartOperator: operators.crash })
  const told = remembering(user)
  const stuck = await scenario.play(told.user).then(() => undefined, (error: unknown) => (error instanceof Error ? error.message : String(error)))
  await cloud.clock.advance(Math.max(0, faults.until - cloud.clock.now()) + settling)
  const rest = { writes: writes.length, events: events.length, time: cloud.clock.now() }
  await cloud.clock.advance(quiet)
  const starts = startsOf(events, cloud)
  operators.stop()
  await cloud.stop()
  const { applied, removed } = told
  return { plan, writes, events, delivered, applied, removed, final: view.all(), starts, twins: [...twins], stuck, rest, lastFault: faults.until }
}

const controlOf = (cloud: Cloud, operators: ReturnType<typeof createOperators>, faults: { until: number }): Control => ({
  ...cloud,
  admin: inProcessTransport(cloud.server, admin),
  crash: operators.crash,
  startSecond: operators.start,
  lastsUntil: (time) => void (faults.until = Math.max(faults.until, time)),
})

const eventsOf = ({ server, clock }: Cloud): StoredEvent[] => {
  const events: StoredEvent[] = []
  server.subscribe((event) => {
    if (isTold(event.bucket)) events.push({ ...event, time: clock.now() } as unknown as StoredEvent)
  })
  return events
}

/** Looks at the guests whenever one of theirs is written of. */
const twinsOf = ({ server, hypervisor }: Cloud): ReadonlySet<string> => {
  const twins = new Set<string>()
  server.subscribe(({ bucket }) => {
    if (bucket !== 'kubevirt.io/virtualmachineinstances') return
    const machines = hypervisor.machines()
    for (const { uid, name, firmware } of machines) {
      if (machines.some((other) => other.uid !== uid && other.firmware.uuid === firmware.uuid)) twins.add(`two guests of ${name} run at once`)
    }
  })
  return twins
}

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

/** Notes what the user names. */
const remembering = (user: User): { user: User; applied: Manifest[]; removed: Named[] } => {
  const applied: Manifest[] = []
  const removed: Named[] = []
  return {
    applied,
    removed,
    user: {
      ...user,
      apply: (...manifests) => {
        applied.push(...manifests)
        return user.apply(...manifests)
      },
      remove: (...targets) => {
        removed.push(...targets)
        return user.remove(...targets)
      },
    },
  }
}

const startsOf = (events: readonly StoredEvent[], { hypervisor }: Cloud): Map<string, number> => {
  const uids = new Set(events.filter(({ bucket }) => bucket === 'kubevirt.io/virtualmachineinstances').map(({ object }) => object.metadata.uid))
  return new Map([...uids].map((uid) => [uid, hypervisor.starts(uid)]))
}
