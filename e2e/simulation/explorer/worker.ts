/** Explores what `tasks.ts` sends it. */
import { explore, forgetReferences, referenceOf, scenarioOf } from './explore.ts'
import { everyPlan, plansOf, testShares } from './families.ts'
import { reportOf } from './report.ts'
import type { Progress, Task } from './tasks.ts'

const tell = (progress: Progress): void => void process.send?.(progress)

const perform = async ({ scenario, seed, families, every }: Task): Promise<void> => {
  const reference = await referenceOf(scenarioOf(scenario), seed)
  for (const family of families) {
    for (const plan of plansOf(family, reference, every ? everyPlan : testShares)) {
      const explored = await explore(plan)
      tell({ type: 'plan', family, ...explored.findings.length === 0 ? {} : { report: await reportOf(plan, explored) } })
    }
  }
  forgetReferences()
}

process.on('message', (task: Task) => {
  perform(task).then(() => tell({ type: 'done' }), (error: unknown) => tell({ type: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }))
})
