/** What a file of tests explores: its share of the scenarios. The run without faults costs as much as several plans and is played once a process. */
import test from 'ava'
import { explore, forgetReferences, referenceOf } from './explore.ts'
import { families, leanShares, plansOf, type Family } from './families.ts'
import { reportOf } from './report.ts'
import { scenarios } from './scenarios/index.ts'

/** Plans of one run of the tests; each slice has its part. */
const atLeast = 2400

const seed = 1

/** Each file of tests is a process: so many share the scenarios. */
const slices = 2

/** Declares the tests of one slice, one a scenario, so that what is slow can be seen. */
export const exploreSlice = (slice: number): void => {
  const counts = new Map<Family, number>(families.map((family) => [family, 0]))
  const own = scenarios.map((scenario, turn) => ({ scenario, turn })).filter(({ turn }) => turn % slices === slice)
  let total = 0
  for (const { scenario, turn } of own) {
    test.serial(`${scenario.name}: whatever goes wrong on the way shows nowhere in the end`, async (t) => {
      const reference = await referenceOf(scenario, seed)
      t.deepEqual((await explore(reference.plan)).findings, [], 'nothing is wrong where nothing goes wrong')
      for (const { family, plan } of families.flatMap((family) => plansOf(family, reference, leanShares(turn)).map((plan) => ({ family, plan })))) {
        total += 1
        counts.set(family, (counts.get(family) ?? 0) + 1)
        const explored = await explore(plan)
        if (explored.findings.length > 0) t.fail(await reportOf(plan, explored))
      }
      forgetReferences()
    })
  }
  test.serial('enough was explored', (t) => {
    const all = [...counts].map(([family, count]) => `${family} ${count}`).join(', ')
    t.log(`${total} plans of ${own.length} of ${scenarios.length} scenarios, seed ${seed}: ${all}`)
    t.true(total >= atLeast / slices, `${total} plans`)
    for (const [family, count] of counts) t.true(count > 0, family)
  })
}
