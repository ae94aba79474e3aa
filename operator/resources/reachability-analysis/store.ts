import { reachabilityAnalysis, type ReachabilityAnalysis } from '../../../crds/v1alpha1/reachability-analysis.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { storedObject } from '../stored.ts'

export const reachabilityAnalysisInformer: InformerSpec<ReachabilityAnalysis> = {
  resource: reachabilityAnalysis,
  trim: storedObject,
  indexes: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
}
