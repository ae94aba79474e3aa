import { isDeepStrictEqual } from 'node:util'
import type { Core } from '../core.ts'
import type { AnyObject } from '../resource.ts'
import { createWorker, type Worker } from './worker.ts'

const bucket = 'rbac.authorization.k8s.io/clusterroles'

/** Writes into ClusterRoles with an aggregationRule the rules of those that it selects. */
export const startRoleAggregation = (core: Core): Worker => {
  const worker = createWorker('role aggregation', async () => aggregate(core), {
    log: core.log,
    schedule: (callback) => core.clock.after(1000, callback),
  })
  const unsubscribe = core.storage.subscribe((event) => {
    if (event.bucket === bucket) worker.add('all')
  })
  worker.add('all')
  return {
    ...worker,
    close: () => {
      unsubscribe()
      worker.close()
    },
  }
}

const aggregate = ({ storage }: Core): void => {
  const roles = [...storage.list(bucket, '').entries]
  for (const [key, role] of roles) {
    const selectors = (role['aggregationRule'] as { clusterRoleSelectors?: { matchLabels?: Record<string, string> }[] } | undefined)?.clusterRoleSelectors
    if (selectors === undefined) continue
    const isChosen = (other: AnyObject) => other !== role && selectors.some(({ matchLabels }) => hasLabels(other, matchLabels ?? {}))
    const chosen = roles.map(([, other]) => other).filter(isChosen)
    const rules = chosen.flatMap((other) => (other['rules'] ?? []) as unknown[])
    if (!isDeepStrictEqual(rules, role['rules'] ?? [])) storage.put(bucket, key, { ...role, rules }, role)
  }
}

const hasLabels = ({ metadata }: AnyObject, wanted: Record<string, string>): boolean => {
  const labels = (metadata['labels'] ?? {}) as Record<string, string>
  return Object.entries(wanted).every(([key, value]) => labels[key] === value)
}
