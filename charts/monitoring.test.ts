import test from 'ava'
import { parser } from '@prometheus-io/lezer-promql'
import { readFileSync } from 'node:fs'
import { measureFleet } from '../operator/fleet-metrics.ts'
import { preflight } from '../operator/preflight/controller.ts'
import { FakeClock } from '../operator/runtime/fake-clock.ts'
import { measureLeader } from '../operator/runtime/leader-metrics.ts'
import { silentLog } from '../operator/runtime/log.ts'
import { createMetrics } from '../operator/runtime/metrics.ts'
import { createRuntime } from '../operator/runtime/runtime.ts'
import { measureAdmission } from '../webhooks/metrics.ts'
import { dashboard } from './generation/dashboard.ts'
import { only, rendered, valuesFolder } from './testing/helm.ts'

/** Every name under which a process of ours tells something, and those that Prometheus adds. */
const told = async (): Promise<Set<string>> => {
  const metrics = createMetrics({ host: 'test', process: true })
  const transport = { request: () => Promise.reject(new Error()), stream: () => Promise.reject(new Error()), close: async () => {} }
  const runtime = createRuntime({ transport, clock: new FakeClock(), log: silentLog, metrics, identity: 'test' })
  runtime.controller({ name: 'test', sources: [], reconcile: () => Promise.resolve(undefined) })
  preflight(runtime, { clock: new FakeClock(), log: silentLog })
  measureFleet(runtime)
  measureLeader(metrics.registry, 'test', () => true)
  measureAdmission(metrics.registry, { list: () => [] })
  const names = (await metrics.registry.getMetricsAsJSON()).flatMap(({ name, type }) =>
    `${type}` === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name])
  return new Set([...names, 'up'])
}

/** The metrics that a PromQL expression names. Throws where it does not parse. */
const metricsOf = (expression: string): string[] => {
  // What Grafana puts in before it asks.
  const text = expression.replaceAll('$__rate_interval', '1m')
  const names: string[] = []
  parser.parse(text).iterate({ enter: node => {
    if (node.type.isError) throw new Error(`not PromQL at ${node.from}: ${text}`)
    if (node.name === 'Identifier') names.push(text.slice(node.from, node.to))
  } })
  return names
}

const everything = await rendered('--values', `${valuesFolder}/everything.yaml`)
type Rule = { alert: string; expr: string; labels: { severity: string }; annotations: { runbook_url: string } }
const alerts = (only(everything, 'PrometheusRule', 'kumulus')['spec'] as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules)
const panels = (JSON.parse(dashboard()) as { panels: { title: string; targets?: { expr: string }[] }[] }).panels

test('every alert and every panel asks for metrics that there are, in PromQL, and of our own processes', async t => {
  const names = await told()
  const asked = [
    ...alerts.map(({ alert, expr }) => [alert, expr] as const),
    ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ]
  t.true(asked.length > 25)
  for (const [title, expression] of asked) {
    const found = metricsOf(expression)
    t.true(found.length > 0, title)
    t.deepEqual(found.filter(name => !names.has(name)), [], title)
    t.is([...expression.matchAll(/\{/g)].length, [...expression.matchAll(/\{job="kumulus-metrics"/g)].length, `${title}: ${expression}`)
  }
})

test('every alert has a severity and is described under its name in the handbook', t => {
  const handbook = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8')
  for (const { alert, labels, annotations } of alerts) {
    t.true(['critical', 'warning'].includes(labels.severity), alert)
    t.true(handbook.includes(`### ${alert}\n`), alert)
    t.true(annotations.runbook_url.endsWith(`#${alert.toLowerCase()}`))
  }
})

test('every metric of ours is described in the handbook', async t => {
  const handbook = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8')
  const ours = [...await told()].filter(name => !/^(process|nodejs)_|_(bucket|sum|count)$|^up$/.test(name))
  t.deepEqual(ours.filter(name => !handbook.includes(`\`${name}\``)), [])
})

test('without the admission server there is no alert about it', async t => {
  const rules = await rendered('--values', `${valuesFolder}/everything.yaml`, '--set', 'admission.enabled=false')
  t.notRegex(JSON.stringify(only(rules, 'PrometheusRule', 'kumulus')), /admission/i)
})

test('the dashboard in the chart is the one that is generated', t => {
  t.is((only(everything, 'ConfigMap', 'kumulus-dashboard')['data'] as Record<string, string>)['kumulus.json'], dashboard())
})

test('what Prometheus scrapes is what the Service finds', t => {
  const { selector, endpoints } = only(everything, 'ServiceMonitor', 'kumulus')['spec'] as { selector: { matchLabels: Record<string, string> }; endpoints: { port: string }[] }
  const service = only(everything, 'Service', 'kumulus-metrics')
  t.like(service.metadata.labels, selector.matchLabels)
  const { ports, selector: pods } = service['spec'] as { ports: { name: string; targetPort: string }[]; selector: Record<string, string> }
  t.deepEqual(endpoints.map(({ port }) => port), ports.map(({ name }) => name))
  for (const name of ['kumulus-operator-north', 'kumulus-admission']) {
    const { template } = only(everything, 'Deployment', name)['spec'] as { template: { metadata: { labels: object }; spec: { containers: { ports: { name: string }[] }[] } } }
    t.like(template.metadata.labels, pods)
    t.true(template.spec.containers[0]?.ports.some(port => port.name === ports[0]?.targetPort))
  }
})
