import type { ReachabilityAnalysis } from '../../../crds/v1alpha1/reachability-analysis.ts'
import { cameFirst } from '../../../webhooks/verdicts/precedence.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { Cache } from '../../runtime/store.ts'
import { isAnswered, isRefused, reachabilityAnalysisInformer } from './store.ts'

/** How many analyses of an account are answered, and answered anew when its network changes. Each change may ask all of them, once a second. */
export const MOST_ANALYSES = 50

/**
 * Whether an analysis is among those that are answered, as an outcome. Who has an answer keeps it: however many more are made, they cost one look
 * each. Several that are looked at in the same moment may all find the last place free; then the oldest have it.
 */
export const turnOf = (analysis: ReachabilityAnalysis, cache: Cache): Outcome => {
  const store = cache.of(reachabilityAnalysisInformer)
  const account = analysis.metadata.namespace ?? ''
  const count = store.count('answered', account)
  if (isAnswered(analysis)) return count <= MOST_ANALYSES || elder(analysis, store.by('answered', account)) < MOST_ANALYSES ? ready : tooMany
  if (count >= MOST_ANALYSES) return tooMany
  // The network's changes don't concern it before it says that it is one too many no more: it is answered after that.
  return isRefused(analysis) ? waiting('Progressing', 'another analysis is gone: this one is answered', 10) : ready
}

const tooMany: Outcome = blocked('LimitExceeded',
  `an account has at most ${MOST_ANALYSES} analyses: delete one that is no longer needed, or change what it asks`)

const elder = (analysis: ReachabilityAnalysis, others: readonly ReachabilityAnalysis[]): number =>
  others.filter(({ metadata }) => metadata.uid !== analysis.metadata.uid && cameFirst(metadata, analysis.metadata)).length
