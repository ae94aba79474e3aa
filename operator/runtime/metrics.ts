import { Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { distributions, tallies } from './recorded.ts'
import type { Tally } from './recorded.ts'
import type { QueueMetrics } from './workqueue.ts'

export type ReconcileResult = 'success' | 'error' | 'requeue' | 'requeue_after'

export type ControllerMetrics = {
  queue: QueueMetrics
  /** @param seconds - how long the pass took. */
  reconciled: (result: ReconcileResult, seconds: number) => void
  active: (change: 1 | -1) => void
  workers: (count: number) => void
  /** Milliseconds that the running passes have taken so far, asked at every scrape. */
  running: (ages: () => number[]) => void
}

export type Metrics = {
  registry: Registry
  controller: (name: string) => ControllerMetrics
  /** Told of every answer of the API server. */
  requested: (method: string, code: string) => void
}

/** controller-runtime's and client-go's names and buckets, so that existing dashboards work. */
export const createMetrics = (options: { host?: string; process?: boolean } = {}): Metrics => {
  const registry = new Registry()
  if (options.process === true) collectDefaultMetrics({ register: registry })
  const reconciles = reconcileMetrics(registry)
  const queues = queueMetrics(registry)
  return {
    registry,
    controller: (name) => ({ ...reconciles(name), ...queues(name) }),
    requested: requestMetric(registry, options.host ?? ''),
  }
}

const requestMetric = (registry: Registry, host: string): Metrics['requested'] => {
  const requests = tallies(registry, 'counter', {
    name: 'rest_client_requests_total', help: 'Number of HTTP requests, partitioned by status code, method, and host.',
  })
  const byMethod = new Map<string, Map<string, Tally>>()
  return (method, code) => {
    let byCode = byMethod.get(method)
    if (byCode === undefined) byMethod.set(method, byCode = new Map())
    let tally = byCode.get(code)
    if (tally === undefined) byCode.set(code, tally = requests({ method, code, host }))
    tally.value++
  }
}

const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const QUEUE_BUCKETS = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10]

const reconcileMetrics = (registry: Registry) => {
  const total = tallies(registry, 'counter', { name: 'controller_runtime_reconcile_total', help: 'Total number of reconciliations per controller' })
  const errors = tallies(registry, 'counter', { name: 'controller_runtime_reconcile_errors_total', help: 'Total number of reconciliation errors per controller' })
  const time = distributions(registry, RECONCILE_BUCKETS, { name: 'controller_runtime_reconcile_time_seconds', help: 'Length of time per reconciliation per controller' })
  const active = tallies(registry, 'gauge', { name: 'controller_runtime_active_workers', help: 'Number of currently used workers per controller' })
  const most = tallies(registry, 'gauge', { name: 'controller_runtime_max_concurrent_reconciles', help: 'Maximum number of concurrent reconciles per controller' })
  return (controller: string) => {
    const result = (result: ReconcileResult) => total({ controller, result })
    const results = { success: result('success'), error: result('error'), requeue: result('requeue'), requeue_after: result('requeue_after') }
    const [failed, took, working, workers] = [errors({ controller }), time({ controller }), active({ controller }), most({ controller })]
    return {
      reconciled: (result: ReconcileResult, seconds: number) => {
        results[result].value++
        if (result === 'error') failed.value++
        took.observe(seconds)
      },
      active: (change: 1 | -1) => void (working.value += change),
      workers: (count: number) => void (workers.value = count),
    }
  }
}

const queueMetrics = (registry: Registry) => {
  const depths = tallies(registry, 'gauge', { name: 'workqueue_depth', help: 'Current depth of workqueue' })
  const adds = tallies(registry, 'counter', { name: 'workqueue_adds_total', help: 'Total number of adds handled by workqueue' })
  const retries = tallies(registry, 'counter', { name: 'workqueue_retries_total', help: 'Total number of retries handled by workqueue' })
  const waits = distributions(registry, QUEUE_BUCKETS, {
    name: 'workqueue_queue_duration_seconds', help: 'How long in seconds an item stays in workqueue before being requested',
  })
  const works = distributions(registry, QUEUE_BUCKETS, {
    name: 'workqueue_work_duration_seconds', help: 'How long in seconds processing an item from workqueue takes',
  })
  const running = runningMetrics(registry)
  return (controller: string) => {
    const labels = { name: controller, controller }
    const [depth, added, retried, waited, worked] = [depths(labels), adds(labels), retries(labels), waits(labels), works(labels)]
    const queue: QueueMetrics = {
      added: () => void added.value++,
      depth: (value) => void (depth.value = value),
      waited: (ms) => waited.observe(ms / 1000),
      worked: (ms) => worked.observe(ms / 1000),
      retried: () => void retried.value++,
    }
    return { queue, running: (ages: () => number[]) => void running.set(controller, ages) }
  }
}

/** How long the present work has been going on is known only when it is asked for. */
const runningMetrics = (registry: Registry): Map<string, () => number[]> => {
  const byController = new Map<string, () => number[]>()
  const gauge = (name: string, help: string, value: (ages: number[]) => number) =>
    new Gauge({
      name, help, labelNames: ['name', 'controller'], registers: [registry],
      collect() {
        for (const [controller, ages] of byController) this.set({ name: controller, controller }, value(ages()) / 1000)
      },
    })
  gauge('workqueue_unfinished_work_seconds', 'How many seconds of work has been done that is in progress',
    (ages) => ages.reduce((sum, age) => sum + age, 0))
  gauge('workqueue_longest_running_processor_seconds', 'How many seconds the longest running processor has been running',
    (ages) => Math.max(0, ...ages))
  return byController
}
