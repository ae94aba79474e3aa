import test from 'ava'
import { ApiError } from './api-error.ts'
import { createRuntime } from './runtime.ts'
import { FakeClock } from './fake-clock.ts'
import { listen, metricsPage, parseAddress, probes } from './health.ts'
import { createLog, silentLog } from './log.ts'
import { source } from './controller.ts'
import type { InformerSpec } from './store.ts'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { FakeApi } from './testing/fake-api.ts'

const get = async (port: number, path: string) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  return { status: response.status, text: await response.text() }
}

test('/readyz says what is missing, /healthz that the process lives', async (t) => {
  let synced = false
  const page = await listen(probes({}, { caches: () => synced }), '127.0.0.1:0')
  t.teardown(page.close)
  t.deepEqual(await get(page.address.port, '/readyz'), { status: 503, text: '[-]caches failed' })
  t.deepEqual(await get(page.address.port, '/healthz'), { status: 200, text: 'ok' })
  synced = true
  t.deepEqual(await get(page.address.port, '/readyz'), { status: 200, text: 'ok' })
  t.is((await get(page.address.port, '/constructor')).status, 404)
  t.is((await fetch(`http://127.0.0.1:${page.address.port}/healthz`, { method: 'POST' })).status, 405)
})

test("/metrics carries controller-runtime's names, so that existing dashboards work", async (t) => {
  const api = new FakeApi()
  const clock = new FakeClock()
  const spec: InformerSpec<KubeObject> = { resource: { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }, trim: (pod: KubeObject) => pod }
  const runtime = createRuntime({ transport: api, clock, log: silentLog, identity: 'test' })
  let failing = true
  runtime.controller({
    name: 'pods',
    sources: [source(spec)],
    reconcile: async () => {
      if (failing) throw new Error('once')
      return undefined
    },
  })
  api.put('/api/v1/namespaces/a/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'a' } })
  runtime.start()
  await clock.advance(1)
  failing = false
  await clock.advance(10_000)
  const page = await listen(metricsPage(runtime.metrics.registry), '127.0.0.1:0')
  t.teardown(page.close)
  const { text } = await get(page.address.port, '/metrics')
  t.regex(text, /controller_runtime_reconcile_total\{controller="pods",result="success"\} 1/)
  t.regex(text, /controller_runtime_reconcile_total\{controller="pods",result="error"\} 1/)
  t.regex(text, /controller_runtime_reconcile_errors_total\{controller="pods"\} 1/)
  t.regex(text, /controller_runtime_max_concurrent_reconciles\{controller="pods"\} 10/)
  t.regex(text, /controller_runtime_active_workers\{controller="pods"\} 0/)
  t.regex(text, /workqueue_depth\{name="pods",controller="pods"\} 0/)
  t.regex(text, /workqueue_retries_total\{name="pods",controller="pods"\} 1/)
  t.regex(text, /rest_client_requests_total\{method="GET",code="200",host=""\} 1/)
  for (const name of ['workqueue_adds_total', 'workqueue_queue_duration_seconds_bucket', 'workqueue_work_duration_seconds_bucket',
    'workqueue_unfinished_work_seconds', 'workqueue_longest_running_processor_seconds', 'controller_runtime_reconcile_time_seconds_bucket']) {
    t.true(text.includes(name), name)
  }
  await runtime.stop()
})

test('addresses are host:port, :port or [v6]:port, and nothing else', (t) => {
  t.deepEqual(parseAddress(':8080'), { host: undefined, port: 8080 })
  t.deepEqual(parseAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 })
  t.deepEqual(parseAddress('[::1]:443'), { host: '::1', port: 443 })
  for (const wrong of ['8080', 'a:b', ':70000', '::1:80']) t.throws(() => parseAddress(wrong), { message: /is not an address/ }, wrong)
})

test('user data, keys and tokens never reach the log, even if an object slips in', (t) => {
  const lines: string[] = []
  const log = createLog({ destination: { write: (line: string) => void lines.push(line) } })
  log.info({ userData: 'HIDDEN', spec: { userData: 'HIDDEN' }, object: { spec: { userData: 'HIDDEN' }, data: { a: 'HIDDEN' } }, headers: { authorization: 'HIDDEN' } }, 'x')
  const invalid = new ApiError(422, 'Invalid', 'spec.userData: Invalid value: "HIDDEN"', { causes: [{ field: 'spec.userData', message: 'HIDDEN' }] })
  log.warn({ err: invalid }, 'reconcile failed')
  t.is(lines.length, 2)
  t.false(lines.join().includes('HIDDEN'))
  t.true(lines[1]?.includes('refused: spec.userData'))
})
