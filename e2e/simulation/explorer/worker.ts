/** Explores what `tasks.ts` sends it. */
import { explore, forgetReferences, judge, referenceOf, scenarioOf } from './explore.ts'
import { everyPlan, leanShares, plansOf, testShares, type Shares } from './families.ts'
import { reportOf } from './report.ts'
import { scenarios } from './scenarios/index.ts'
import type { Progress, Task } from './tasks.ts'

const tell = (progress: Progress): void => void process.send?.(progress)

const perform = async ({ scenario, seed, families, shares }: Task): Promise<void> => {
  const reference = await referenceOf(scenarioOf(scenario), seed)
  const findings = judge(reference, reference)
  if (findings.length > 0) throw new Error(await reportOf(reference.plan, { run: reference, findings }))
  for (const family of families) {
    for (const plan of plansOf(family, reference, sharesOf(scenario, shares))) {
      const explored = await explore(plan)
      tell({ type: 'plan', family, ...explored.findings.length === 0 ? {} : { report: await reportOf(plan, explored) } })
    }
  }
  forgetReferences()
}

const sharesOf = (scenario: string, shares: Task['shares']): Shares => ({
  lean: leanShares(scenarios.findIndex(({ name }) => name === scenario)), tests: testShares, every: everyPlan,
})[shares]

// Nobody hears what comes of it any more.
process.on('disconnect', () => process.exit())
process.on('message', (task: Task) => {
  perform(task).then(() => tell({ type: 'done' }), (error: unknown) => tell({ type: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }))
})
