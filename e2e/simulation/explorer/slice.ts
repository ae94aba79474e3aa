/** What a file of tests explores: every family of some scenarios. */
import test from 'ava'
import { explore, referenceOf } from './explore.ts'
import { families, plansOf, type Family } from './families.ts'
import { reportOf } from './report.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

/** Plans of one run of the tests, over all slices. */
const atLeast = 2400

const seed = 1

/** Each file of tests is a process: so many share the scenarios. */
const slices = 2

/** Declares the tests of one slice, one a scenario, so that what is slow can be seen. */
export const exploreSlice = (slice: number): void => {
  const own = scenarios.filter((_, index) => index % slices === slice)
  const counts = new Map<Family, number>(families.map((family) => [family, 0]))
  for (const scenario of own) {
    test.serial(`${scenario.name}: whatever goes wrong on the way shows nowhere in the end`, async (t) => {
      const reference = await referenceOf(scenario, seed)
      t.deepEqual((await explore(reference.plan)).findings, [], 'nothing is wrong where nothing goes wrong')
      for (const family of families) {
        const { count, reports } = await exploreFamily(scenario, family)
        counts.set(family, (counts.get(family) ?? 0) + count)
        for (const report of reports) t.fail(report)
      }
    })
  }
  test.serial('enough was explored', (t) => {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    t.log(`${total} plans of ${own.length} scenarios, seed ${seed}: ${[...counts].map(([family, count]) => `${family} ${count}`).join(', ')}`)
    t.true(total >= atLeast / slices, `${total} plans`)
    for (const [family, count] of counts) t.true(count > 0, family)
  })
}

const exploreFamily = async (scenario: Scenario, family: Family): Promise<{ count: number; reports: string[] }> => {
  const plans = plansOf(family, await referenceOf(scenario, seed))
  const reports: string[] = []
  for (const plan of plans) {
    const explored = await explore(plan)
    if (explored.findings.length > 0) reports.push(await reportOf(plan, explored))
  }
  return { count: plans.length, reports }
}
