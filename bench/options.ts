import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { ClusterKind } from '../e2e/control-plane.ts'

export const scenarios = ['writes', 'raw', 'launch', 'arrivals', 'rest', 'churn', 'soak', 'fairness', 'sandbox', 'network', 'storage', 'ssh'] as const
export type Scenario = (typeof scenarios)[number]

/** How many instances each scenario has, for each size that it is measured at. */
export type Sizes = Record<'launch' | 'rest' | 'churn' | 'fairness' | 'sandbox', readonly number[]>

export type BenchOptions = {
  only: readonly Scenario[]
  sizes: Sizes
  /** Folder that the measured processes' CPU profiles go to; none are taken when undefined. */
  profiles: string | undefined
  /** What the operator is measured on. */
  cluster: ClusterKind
}

const usual: Sizes = { launch: [1000], rest: [10_000], churn: [10_000], fairness: [1000], sandbox: [200] }
const full: Sizes = { launch: [1000, 5000], rest: [10_000, 100_000], churn: [10_000, 100_000], fairness: [5000], sandbox: [200, 1000] }
const MOST = 100_000

export const HELP = `Measures the operator and the sandbox. One JSON line a figure on standard output, progress on standard error. Loopback only.

Usage: node bench/main.ts [flags]

  --only NAME      one scenario or the one that yields a figure; may be repeated (default: all)
  --full           the sizes that take long: 5,000 launched at once, 100,000 at rest (about 40 minutes and 12 GB for all)
  --instances N    this size in every scenario that has one, at most ${MOST}
  --cluster KIND   sandbox (default), or kubernetes: a real control plane, built as for make test-kubernetes, or KUBEBUILDER_ASSETS. There raw, launch,
                   arrivals, rest, churn and fairness are measured; the others are about what only the sandbox has
  --profiles DIR   take CPU profiles of the operator and the API server (slows both)
  --help           this text

Scenarios and their figures:
  writes     one process, a clock that stands still: api_writes_per_instance, volume_writes_per_instance, writes_when_converged,
             writes_after_restart
  raw        writes of one small object each against the API server, no operator: raw_writes_per_s, raw_cpu_ms_per_write
  launch     Instances, Stopped and Running, from creation to the last of their children, on an operator that runs; of those who play the
             cluster only CDI's answer is there: instances_applied_per_s, operator_cpu_ms_per_instance, operator_cpu_ms_per_instance_to_rest,
             operator_startup_cpu_ms, api_server_cpu_ms_per_instance, share_of_raw_writes
  arrivals   20 Instances a second for 30 s, whatever the answers: create_to_applied_ms (p50, p99)
  rest       an operator that starts on converged Instances: cold_start_s, cold_start_cpu_s, operator_rss_mb, operator_held_mb,
             cache_bytes_per_instance, writes_at_rest
  churn      converged Instances, of which 1 % a minute are replaced: churn_create_to_applied_ms (p50, p99), event_loop_delay_ms,
             churn_operator_cpu_percent
  soak       one process, a clock that is moved: memory after ten minutes of replacing instances, and after an hour: memory_growth_mb
             Where rest is measured too, on the operator that it has started: churn_memory_growth_mb, churn_rss_growth_mb
  fairness   one tenant creates thousands at once beside another: neighbour_create_to_applied_ms (alone, beside; the operator's part), neighbour_slowdown
  sandbox    the whole sandbox, stand-ins and all, in its one process: sandbox_instances_per_s, sandbox_cpu_ms_per_instance
  network    subnet_addresses_per_s; operator_cpu_ms_per_network_object and writes_per_network_object by kind; on a real OVN, where that can be had:
             sandbox_probes_per_s, sg_rule_to_enforced_ms (p50, p99), sg_flip_1000_members_writes and _ms, with either driver
  storage    volumes_provisioned_per_s, operator_cpu_ms_per_volume, sandbox_cpu_ms_per_volume; create_to_attached_ms (p50, p99); with real bytes, where
             QEMU can be had: image_import_s, curl_and_convert_s and image_import_ratio of a sparse image of 10 GiB, launch_cold_s, launch_cached_s
  ssh        a real guest in QEMU, skipped where that can't be had: launch_to_ssh_s
`

const figures: Readonly<Record<string, Scenario>> = {
  api_writes_per_instance: 'writes', volume_writes_per_instance: 'writes', writes_when_converged: 'writes', writes_after_restart: 'writes',
  raw_writes_per_s: 'raw', raw_cpu_ms_per_write: 'raw',
  instances_applied_per_s: 'launch', operator_cpu_ms_per_instance: 'launch', operator_cpu_ms_per_instance_to_rest: 'launch',
  operator_startup_cpu_ms: 'launch', api_server_cpu_ms_per_instance: 'launch',
  create_to_applied_ms: 'arrivals',
  cold_start_s: 'rest', cold_start_cpu_s: 'rest', operator_rss_mb: 'rest', operator_held_mb: 'rest', cache_bytes_per_instance: 'rest', writes_at_rest: 'rest',
  share_of_raw_writes: 'launch', churn_memory_growth_mb: 'churn', churn_rss_growth_mb: 'churn',
  churn_create_to_applied_ms: 'churn', event_loop_delay_ms: 'churn', churn_operator_cpu_percent: 'churn',
  memory_growth_mb: 'soak',
  neighbour_create_to_applied_ms: 'fairness', neighbour_slowdown: 'fairness',
  sandbox_instances_per_s: 'sandbox', sandbox_cpu_ms_per_instance: 'sandbox',
  subnet_addresses_per_s: 'network', operator_cpu_ms_per_network_object: 'network', writes_per_network_object: 'network', sandbox_probes_per_s: 'network',
  sg_rule_to_enforced_ms: 'network', sg_flip_1000_members_writes: 'network', sg_flip_1000_members_ms: 'network',
  volumes_provisioned_per_s: 'storage', operator_cpu_ms_per_volume: 'storage', sandbox_cpu_ms_per_volume: 'storage', create_to_attached_ms: 'storage',
  image_import_s: 'storage', curl_and_convert_s: 'storage', image_import_ratio: 'storage', launch_cold_s: 'storage', launch_cached_s: 'storage',
  launch_to_ssh_s: 'ssh',
}

/** @throws Error with a message for whoever typed it. */
export const parseOptions = (args: string[]): BenchOptions | 'help' => {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true }, full: { type: 'boolean', default: false }, instances: { type: 'string' }, profiles: { type: 'string' },
      cluster: { type: 'string', default: 'sandbox' }, help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const cluster = clusterOf(values.cluster)
  return {
    cluster,
    only: onlyOf(values.only?.map(scenarioOf), cluster),
    sizes: values.instances === undefined ? (values.full ? full : usual) : everywhere(values.instances),
    profiles: values.profiles === undefined ? undefined : resolve(values.profiles),
  }
}

/** What can be measured on a real control plane too. */
const anywhere: readonly Scenario[] = ['raw', 'launch', 'arrivals', 'rest', 'churn', 'fairness']

const clusterOf = (text: string): ClusterKind => {
  if (text === 'sandbox' || text === 'kubernetes') return text
  throw new Error(`--cluster takes sandbox or kubernetes, not ${text}`)
}

const onlyOf = (asked: readonly Scenario[] | undefined, cluster: ClusterKind): readonly Scenario[] => {
  if (cluster === 'sandbox') return asked ?? scenarios
  const impossible = asked?.find((each) => !anywhere.includes(each))
  if (impossible !== undefined) throw new Error(`--only ${impossible} is about what only the sandbox has: leave out --cluster kubernetes`)
  return asked ?? anywhere
}

/** Instances of one tenant: clouds have many tenants, and some of what is kept is kept for each. */
export const INSTANCES_A_TENANT = 1000

export const tenantsOf = (instances: number): { tenants: number; instances: number } => {
  const tenants = Math.max(1, Math.round(instances / INSTANCES_A_TENANT))
  return { tenants, instances: Math.ceil(instances / tenants) }
}

const scenarioOf = (name: string): Scenario => {
  const found = scenarios.find((each) => each === name) ?? figures[name]
  if (found === undefined) throw new Error(`--only ${name}: there is no such scenario or figure; see --help`)
  return found
}

const everywhere = (text: string): Sizes => {
  const instances = Number(text)
  if (!/^\d+$/.test(text) || instances < 1 || instances > MOST) throw new Error(`--instances takes a number from 1 to ${MOST}, not ${text}`)
  const sizes = [instances]
  return { launch: sizes, rest: sizes, churn: sizes, fairness: sizes, sandbox: sizes }
}
