import { reachabilityAnalysis, type ReachabilityAnalysis } from '../../../crds/v1alpha1/reachability-analysis.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { storedObject } from '../stored.ts'

export const reachabilityAnalysisInformer: InformerSpec<ReachabilityAnalysis> = {
  resource: reachabilityAnalysis,
  trim: storedObject,
  indexes: {
    /** Account of one that has an answer, or what keeps it from one. */
    answered: analysis => isAnswered(analysis) ? [analysis.metadata.namespace ?? ''] : [],
    /** Account of one that is not one too many: the network's changes concern it, also while it is looked at first. */
    concerned: analysis => isRefused(analysis) ? [] : [analysis.metadata.namespace ?? ''],
    /** Account of one that needs a place: one too many, or not looked at yet, which may be found one too many this moment. */
    waits: analysis => isAnswered(analysis) ? [] : [analysis.metadata.namespace ?? ''],
  },
}

/** It has been looked at, and is not one too many. */
export const isAnswered = (analysis: ReachabilityAnalysis): boolean => analysis.status?.conditions !== undefined && !isRefused(analysis)

/** It is one too many, by what it was told. */
export const isRefused = ({ status }: ReachabilityAnalysis): boolean =>
  status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'LimitExceeded') === true
