/** What a test explores: every family of some scenarios. */
import test from 'ava'
import { explore, referenceOf } from './explore.ts'
import { families, plansOf } from './families.ts'
import { reportOf } from './report.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

/** Plans of one run of the tests, over all slices. */
export const atLeast = 2400

const seed = 1

/** Each file of tests is a process: so many share the scenarios. */
export const slices = 2

/** Declares the tests of one slice, one a family, so that what is slow can be seen. */
export const exploreSlice = (slice: number): void => {
  const own = scenarios.filter((_, index) => index % slices === slice)
  const counts = new Map<string, number>()
  test.serial('where nothing goes wrong, nothing is wrong', async (t) => {
    for (const scenario of own) {
      const reference = await referenceOf(scenario, seed)
      t.deepEqual((await explore(reference.plan)).findings, [], scenario.name)
    }
  })
  for (const family of families) {
    test.serial(`${family}: what went wrong on the way shows nowhere in the end`, async (t) => {
      let count = 0
      for (const scenario of own) count += await exploreAll(scenario, family, (report) => t.fail(report))
      counts.set(family, count)
      t.log(`${count} plans`)
      t.true(count > 0)
    })
  }
  test.serial('enough was explored', (t) => {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    t.log(`${total} plans of ${own.length} scenarios: ${[...counts].map(([family, count]) => `${family} ${count}`).join(', ')}`)
    t.true(total >= atLeast / slices, `${total} plans`)
  })
}

const exploreAll = async (scenario: Scenario, family: (typeof families)[number], failed: (report: string) => void): Promise<number> => {
  const plans = plansOf(family, await referenceOf(scenario, seed))
  for (const plan of plans) {
    const explored = await explore(plan)
    if (explored.findings.length > 0) failed(await reportOf(plan, explored))
  }
  return plans.length
}
