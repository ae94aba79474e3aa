/** The Grafana dashboard, as the chart's ConfigMap holds it. */
export const dashboard = (): string => `${JSON.stringify({
  uid: 'kumulus',
  title: 'Kumulus',
  tags: ['kumulus'],
  schemaVersion: 39,
  version: 1,
  editable: true,
  refresh: '30s',
  time: { from: 'now-3h', to: 'now' },
  templating: { list: [
    { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source', current: {}, options: [] },
  ] },
  annotations: { list: [] },
  panels: rows.flatMap(({ title, panels }, index) => [
    { id: 100 * (index + 1), type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y: index * 9, w: 24, h: 1 } },
    ...panels.map((panel, place) => {
      const w = 24 / panels.length
      return panelOf(panel, 100 * (index + 1) + place + 1, { x: place * w, y: index * 9 + 1, w, h: 8 })
    }),
  ]),
}, null, 2)}\n`

type Panel = { title: string; description: string; unit: string; queries: readonly [expr: string, legend: string][]; stacked?: boolean }

const source = { type: 'prometheus', uid: '${datasource}' }

const panelOf = ({ title, description, unit, queries, stacked = false }: Panel, id: number, gridPos: object) => ({
  id,
  title,
  description,
  gridPos,
  type: 'timeseries',
  datasource: source,
  fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: stacked ? 30 : 0, stacking: { mode: stacked ? 'normal' : 'none' } } }, overrides: [] },
  options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
  targets: queries.map(([expr, legendFormat], index) => ({ refId: String.fromCharCode(65 + index), expr, legendFormat, datasource: source })),
})

const ours = 'job="kumulus-metrics"'
const quantiles = (metric: string, by: string, legend: string): [string, string][] =>
  [0.5, 0.95, 0.99].map((q) => [`histogram_quantile(${q}, sum by (le${by}) (rate(${metric}_bucket{${ours}}[$__rate_interval])))`, `p${q * 100}${legend}`])

const rows: readonly { title: string; panels: readonly Panel[] }[] = [
  { title: 'Fleet', panels: [
    { title: 'Instances by state', description: 'Every instance of every account. States are EC2\'s.', unit: 'short', stacked: true, queries: [[`max by (state) (kumulus_objects{${ours}, kind="Instance"})`, '{{state}}']] },
    { title: 'Volumes and images by state', description: 'Every disk and image of every account.', unit: 'short', queries: [[`max by (kind, state) (kumulus_objects{${ours}, kind=~"Volume|Image"})`, '{{kind}} {{state}}']] },
    { title: 'Waiting for their user', description: 'Objects that are Stalled: their message says what their user has to do.', unit: 'short', queries: [[`max by (kind) (kumulus_objects_stalled{${ours}})`, '{{kind}}']] },
  ] },
  { title: 'Launches', panels: [
    { title: 'Launch latency', description: 'From pending to running, launches and starts alike.', unit: 's', queries: quantiles('kumulus_instance_launch_duration_seconds', '', '') },
    { title: 'Launches', description: 'Launches and starts that ended well.', unit: 'ops', queries: [[`max(rate(kumulus_instance_launch_duration_seconds_count{${ours}}[$__rate_interval]))`, 'launches']] },
    { title: 'What Kumulus builds on', description: '1 where a dependency is there and as it must be.', unit: 'short', queries: [[`min by (dependency) (kumulus_dependency_available{${ours}})`, '{{dependency}}']] },
  ] },
  { title: 'Controllers', panels: [
    { title: 'Reconcile errors', description: 'Passes that failed and are tried again.', unit: 'ops', queries: [[`sum by (controller) (rate(controller_runtime_reconcile_errors_total{${ours}}[$__rate_interval]))`, '{{controller}}']] },
    { title: 'Queue depth', description: 'Objects that wait for a worker.', unit: 'short', queries: [[`max by (controller) (workqueue_depth{${ours}})`, '{{controller}}']] },
    { title: 'Time in the queue, p99', description: 'How long an object waited for a worker.', unit: 's', queries: [[`histogram_quantile(0.99, sum by (le, controller) (rate(workqueue_queue_duration_seconds_bucket{${ours}}[$__rate_interval])))`, '{{controller}}']] },
    { title: 'Time of a pass, p99', description: 'How long a pass took, its writes included.', unit: 's', queries: [[`histogram_quantile(0.99, sum by (le, controller) (rate(controller_runtime_reconcile_time_seconds_bucket{${ours}}[$__rate_interval])))`, '{{controller}}']] },
  ] },
  { title: 'API servers', panels: [
    { title: 'API writes', description: 'Requests that write; converged objects cost none.', unit: 'reqps', stacked: true, queries: [[`sum by (method) (rate(rest_client_requests_total{${ours}, method!="GET"}[$__rate_interval]))`, '{{method}}']] },
    { title: 'API errors', description: 'Answers other than success, by code. 409 is everyday life.', unit: 'reqps', queries: [[`sum by (code) (rate(rest_client_requests_total{${ours}, code!~"2.."}[$__rate_interval]))`, '{{code}}']] },
    { title: 'Admission verdicts', description: 'What the admission server let through and refused.', unit: 'reqps', queries: [[`sum by (webhook, allowed) (rate(kumulus_admission_reviews_total{${ours}}[$__rate_interval]))`, '{{webhook}} allowed={{allowed}}']] },
  ] },
  { title: 'Processes', panels: [
    { title: 'Who leads', description: '1 for the process that holds a Lease.', unit: 'short', queries: [[`leader_election_master_status{${ours}}`, '{{name}} {{pod}}']] },
    { title: 'Memory', description: 'Resident memory of each process.', unit: 'bytes', queries: [[`process_resident_memory_bytes{${ours}}`, '{{pod}}']] },
    { title: 'Processor', description: 'Seconds of processor time a second.', unit: 'short', queries: [[`rate(process_cpu_seconds_total{${ours}}[$__rate_interval])`, '{{pod}}']] },
    { title: 'Event loop delay, p99', description: 'How long a process was too busy to answer.', unit: 's', queries: [[`nodejs_eventloop_lag_p99_seconds{${ours}}`, '{{pod}}']] },
  ] },
]
