import type { Explored } from './explore.ts'
import type { Plan } from './plan.ts'

type Shrunk = { plan: Plan; explored: Explored }

/** The smallest part of a plan that still fails: what can be left out is left out, one perturbation after the other. */
export const shrink = async (plan: Plan, failed: Explored, explore: (plan: Plan) => Promise<Explored>): Promise<Shrunk> => {
  for (const left of plan.perturbations.length > 1 ? plan.perturbations : []) {
    const smaller = { ...plan, perturbations: plan.perturbations.filter((each) => each !== left) }
    const explored = await explore(smaller)
    if (explored.findings.length > 0) return shrink(smaller, explored, explore)
  }
  return { plan, explored: failed }
}
