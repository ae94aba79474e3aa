import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
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
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, partitioned by status code, method, and host.',
    labelNames: ['code', 'method', 'host'],
    registers: [registry],
  })
  const reconciles = reconcileMetrics(registry)
  const queues = queueMetrics(registry)
  return {
    registry,
    controller: (name) => ({ ...reconciles(name), ...queues(name) }),
    requested: (method, code) => requests.inc({ method, code, host: options.host ?? '' }),
  }
}

const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const QUEUE_BUCKETS = [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10]

const reconcileMetrics = (registry: Registry) => {
  const registers = [registry]
  const total = new Counter({
    name: 'controller_runtime_reconcile_total', help: 'Total number of reconciliations per controller', labelNames: ['controller', 'result'], registers,
  })
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total', help: 'Total number of reconciliation errors per controller', labelNames: ['controller'], registers,
  })
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds', help: 'Length of time per reconciliation per controller',
    labelNames: ['controller'], buckets: RECONCILE_BUCKETS, registers,
  })
  const active = new Gauge({
    name: 'controller_runtime_active_workers', help: 'Number of currently used workers per controller', labelNames: ['controller'], registers,
  })
  const most = new Gauge({
    name: 'controller_runtime_max_concurrent_reconciles', help: 'Maximum number of concurrent reconciles per controller',
    labelNames: ['controller'], registers,
  })
  return (controller: string) => ({
    reconciled: (result: ReconcileResult, seconds: number) => {
      total.inc({ controller, result })
      if (result === 'error') errors.inc({ controller })
      time.observe({ controller }, seconds)
    },
    active: (change: 1 | -1) => active.inc({ controller }, change),
    workers: (count: number) => most.set({ controller }, count),
  })
}

const queueMetrics = (registry: Registry) => {
  const registers = [registry]
  const labelNames = ['name', 'controller']
  const depth = new Gauge({ name: 'workqueue_depth', help: 'Current depth of workqueue', labelNames, registers })
  const adds = new Counter({ name: 'workqueue_adds_total', help: 'Total number of adds handled by workqueue', labelNames, registers })
  const retries = new Counter({ name: 'workqueue_retries_total', help: 'Total number of retries handled by workqueue', labelNames, registers })
  const waited = new Histogram({
    name: 'workqueue_queue_duration_seconds', help: 'How long in seconds an item stays in workqueue before being requested',
    labelNames, buckets: QUEUE_BUCKETS, registers,
  })
  const worked = new Histogram({
    name: 'workqueue_work_duration_seconds', help: 'How long in seconds processing an item from workqueue takes',
    labelNames, buckets: QUEUE_BUCKETS, registers,
  })
  const running = runningMetrics(registry)
  return (controller: string) => {
    const labels = { name: controller, controller }
    const queue: QueueMetrics = {
      added: () => adds.inc(labels),
      depth: (value) => depth.set(labels, value),
      waited: (ms) => waited.observe(labels, ms / 1000),
      worked: (ms) => worked.observe(labels, ms / 1000),
      retried: () => retries.inc(labels),
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
