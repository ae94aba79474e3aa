import { isWaived } from './allowances.ts'
import type { Run } from './history.ts'
import { oracles } from './oracles/index.ts'
import type { Plan } from './plan.ts'
import type { Mutation } from './operators.ts'
import { runPlan } from './run.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

/** What is wrong with a run: `oracle: what it says`. */
export type Finding = { oracle: string; message: string }

export type Explored = { run: Run; findings: readonly Finding[] }

/**
 * Runs one plan, with an operator of ours or a mutated one, and asks every oracle. A process that dies leaves nothing but what is stored: unless the
 * plan asks for the whole, what came before the first crash is taken from the run in which nothing goes wrong.
 */
export const explore = async (plan: Plan, mutation?: Mutation): Promise<Explored> => {
  const scenario = scenarioOf(plan.scenario)
  const reference = await referenceOf(scenario, plan.seed)
  const [first] = plan.perturbations
  const goesOn = plan.whole !== true && first?.kind === 'crash'
  const before = goesOn && mutation !== undefined ? await runPlan(scenario, { ...plan, perturbations: [] }, mutation) : reference
  const run = await runPlan(scenario, plan, mutation, goesOn ? before.moments?.of(first) : undefined)
  return { run, findings: judge(run, reference) }
}

export const judge = (run: Run, reference: Run): Finding[] =>
  Object.entries(oracles)
    .filter(([oracle]) => !isWaived(run, oracle))
    .flatMap(([oracle, says]) => says(run, reference).map((message) => ({ oracle, message })))

export const scenarioOf = (name: string): Scenario => {
  const found = scenarios.find((each) => each.name === name)
  if (found === undefined) throw new Error(`there is no scenario ${name}; there are ${scenarios.map((each) => each.name).join(', ')}`)
  return found
}

const references = new Map<string, Promise<Run>>()

/** For those who go through many seeds. */
export const forgetReferences = (): void => references.clear()

/** The run of a scenario in which nothing goes wrong, played once a seed and process. */
export const referenceOf = (scenario: Scenario, seed: number): Promise<Run> => {
  const key = `${scenario.name}/${seed}`
  const known = references.get(key) ?? runPlan(scenario, { scenario: scenario.name, seed, perturbations: [] })
  references.set(key, known)
  return known
}
