import type { ReachabilityAnalysis, ReachabilityAnalysisStatus } from '../../../crds/v1alpha1/reachability-analysis.ts'
import { conditionsOf } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import type { ReachabilityFacts } from './observe.ts'

/** An answer of before is never shown for what is asked now. */
export const reachabilityStatus = (
  { object, facts: { id, answer }, outcome, now }: StatusInput<ReachabilityAnalysis, ReachabilityFacts>,
): ReachabilityAnalysisStatus => {
  const generation = object.metadata.generation ?? 0
  return {
    observedGeneration: generation,
    conditions: conditionsOf({ previous: object.status?.conditions, generation, outcome, now, readyReason: 'Available' }),
    analysisID: id,
    ...answer === undefined ? {} : { result: answer.result, explanation: answer.explanation, hops: [...answer.hops] },
  }
}
