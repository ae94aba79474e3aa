/** `make explore`: histories without end, for as long as one likes. */
import { parseArgs } from 'node:util'
import { explore, scenarioOf } from './explore.ts'
import { families, type Family } from './families.ts'
import type { Plan } from './plan.ts'
import { historyOf, reportOf } from './report.ts'
import { scenarios } from './scenarios/index.ts'
import { runTasks, type Task } from './tasks.ts'

const help = `Plays scenarios with crashes, stale and missed events, faults, other orders and failing foundations,
and asks after each whether the cloud is as if nothing had happened.

  make explore                          one seed
  make explore SEEDS=100                a hundred seeds
  make explore SEEDS=7..50              these seeds
  make explore SCENARIO=launch          one scenario: ${scenarios.map(({ name }) => name).join(', ')}
  make explore FAMILY=crash             one family: ${families.join(', ')}
  make explore EVERY=1                  every plan there is, not a sample
  make explore PLAN='{"scenario":…}'    one history, as a failure has printed it
`

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean' }, every: { type: 'boolean' },
      seeds: { type: 'string', default: '1' }, scenario: { type: 'string' }, family: { type: 'string' }, plan: { type: 'string' },
    },
  })
  if (values.help === true) {
    console.log(help)
    return 0
  }
  if (values.plan !== undefined) return replay(JSON.parse(values.plan) as Plan)
  const only = values.scenario === undefined ? scenarios : [scenarioOf(values.scenario)]
  const shares = values.every === true ? 'every' : 'tests'
  const asked = familiesOf(values.family)
  return exploreAll(seedsOf(values.seeds).flatMap((seed) => only.map(({ name }): Task => ({ scenario: name, seed, families: asked, shares }))))
}

/** `3` means 1 to 3. */
const seedsOf = (text: string): number[] => {
  const [, first, last] = /^(?:(\d+)\.\.)?(\d+)$/.exec(text) ?? []
  if (last === undefined) throw new Error(`SEEDS=${text}: give a number (100) or a range (7..50)`)
  const from = Number(first ?? 1)
  return Array.from({ length: Math.max(0, Number(last) - from + 1) }, (_, index) => from + index)
}

const familiesOf = (name: string | undefined): readonly Family[] => {
  if (name === undefined) return families
  const found = families.find((each) => each === name)
  if (found === undefined) throw new Error(`FAMILY=${name}: there are ${families.join(', ')}`)
  return [found]
}

const replay = async (plan: Plan): Promise<number> => {
  const explored = await explore(plan)
  console.log(explored.findings.length > 0 ? await reportOf(plan, explored) : [...historyOf(explored.run), 'Nothing is wrong with this history.'].join('\n'))
  return explored.findings.length > 0 ? 1 : 0
}

const exploreAll = async (tasks: readonly Task[]): Promise<number> => {
  const counts = { plans: 0, failed: 0, tasks: 0 }
  await runTasks(tasks, (progress, task) => {
    if (progress.type === 'plan') counts.plans += 1
    else counts.tasks += 1
    if (progress.type === 'broken' || (progress.type === 'plan' && progress.report !== undefined)) {
      counts.failed += 1
      console.log(`✘ ${progress.type === 'broken' ? `${task.scenario}, seed ${task.seed}: ${progress.message}` : progress.report}\n`)
    }
    if (progress.type !== 'plan') console.log(`${counts.tasks}/${tasks.length} ${task.scenario}, seed ${task.seed}: ${counts.plans} plans so far, ${counts.failed} failed`)
  })
  console.log(`${counts.plans} plans explored, ${counts.failed} failed`)
  return counts.failed > 0 ? 1 : 0
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 2
})
