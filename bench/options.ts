import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const scenarios = ['writes', 'raw', 'launch', 'arrivals'] as const
export type Scenario = (typeof scenarios)[number]

export type BenchOptions = {
  only: readonly Scenario[]
  instances: number
  /** Folder that the operator's and the sandbox's CPU profiles go to; none are taken when undefined. */
  profiles: string | undefined
}

export const HELP = `Measures the operator on the sandbox. One JSON line a figure on standard output, progress on standard error. Loopback only.

Usage: node bench/main.ts [flags]

  --only NAME      one scenario or the one that yields a figure; may be repeated (default: all)
  --instances N    Instances that wait for the operator in launch (default 300, at most 10000)
  --profiles DIR   take CPU profiles of the operator and the sandbox (slows both)
  --help           this text

Scenarios and their figures:
  writes     one process, a clock that stands still: api_writes_per_instance, volume_writes_per_instance, writes_when_converged,
             writes_after_restart
  raw        writes of one small object each against the API server, no operator: raw_writes_per_s
  launch     Instances that were there before the operator: instance_creates_per_s, instances_applied_per_s, operator_cpu_ms_per_instance,
             operator_cpu_ms_per_instance_to_rest, sandbox_cpu_ms_per_instance, time_to_rest_s, operator_rss_mb, cold_start_s
  arrivals   20 Instances a second for 20 s, whatever the answers: create_to_applied_ms (p50, p99)
`

const figures: Readonly<Record<string, Scenario>> = {
  api_writes_per_instance: 'writes', volume_writes_per_instance: 'writes', writes_when_converged: 'writes', writes_after_restart: 'writes',
  raw_writes_per_s: 'raw',
  instance_creates_per_s: 'launch', instances_applied_per_s: 'launch', operator_cpu_ms_per_instance: 'launch', operator_cpu_ms_per_instance_to_rest: 'launch',
  sandbox_cpu_ms_per_instance: 'launch',
  time_to_rest_s: 'launch', operator_rss_mb: 'launch', cold_start_s: 'launch',
  create_to_applied_ms: 'arrivals',
}

/** @throws Error with a message for whoever typed it. */
export const parseOptions = (args: string[]): BenchOptions | 'help' => {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true }, instances: { type: 'string', default: '300' }, profiles: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const instances = Number(values.instances)
  if (!/^\d+$/.test(values.instances) || instances < 1 || instances > 10_000) throw new Error(`--instances takes a number from 1 to 10000, not ${values.instances}`)
  const only = values.only?.map(scenarioOf) ?? scenarios
  return { only, instances, profiles: values.profiles === undefined ? undefined : resolve(values.profiles) }
}

const scenarioOf = (name: string): Scenario => {
  const found = scenarios.find((each) => each === name) ?? figures[name]
  if (found === undefined) throw new Error(`--only ${name}: there is no such scenario or figure; see --help`)
  return found
}
