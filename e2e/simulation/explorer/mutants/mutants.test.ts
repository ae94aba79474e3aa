import test from 'ava'
import { explore, judge, referenceOf, scenarioOf } from '../explore.ts'
import type { Plan } from '../plan.ts'
import { mutants } from './index.ts'

const seed = 1

test('at least fourteen bugs are known', (t) => {
  t.true(mutants.length >= 14, `${mutants.length}`)
})

for (const { bug, mutation, scenario, perturbations: chosen, oneOf, caughtBy } of mutants) {
  test.serial(`the explorer sees it where ${bug}`, async (t) => {
    const choices = oneOf ?? [chosen?.(await referenceOf(scenarioOf(scenario), seed)) ?? []]
    const [perturbations, oracles] = await firstThatShows(choices, async (each) => {
      const { findings } = await explore({ scenario, seed, perturbations: each, whole: true }, mutation)
      return [...new Set(findings.map(({ oracle }) => oracle))]
    }, caughtBy)
    const plan: Plan = { scenario, seed, perturbations }
    t.log(`by ${oracles.join(', ')} in ${scenario} with ${perturbations.length === 0 ? 'nothing else wrong' : JSON.stringify(perturbations)}`)
    t.true(oracles.includes(caughtBy), `caught by ${oracles.join(', ')}`)
    if (perturbations[0]?.kind === 'crash') {
      const { findings: later } = await explore(plan, mutation)
      t.true(later.some(({ oracle }) => oracle === caughtBy), 'nor is it missed from the moment of the crash on')
    }
    t.deepEqual(await withoutBug(plan), [], 'without the bug nothing is found')
  })
}

/** The choice that an oracle catches, or the last one, and what the oracles said of it. */
const firstThatShows = async (choices: readonly Plan['perturbations'][], judge: (each: Plan['perturbations']) => Promise<string[]>, caughtBy: string) => {
  let found: [Plan['perturbations'], string[]] = [[], []]
  for (const each of choices) {
    found = [each, await judge(each)]
    if (found[1].includes(caughtBy)) break
  }
  return found
}

const withoutBug = async (plan: Plan) => {
  if (plan.perturbations.length > 0) return (await explore(plan)).findings
  const reference = await referenceOf(scenarioOf(plan.scenario), plan.seed)
  return judge(reference, reference)
}
