import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { operatorSettings } from '../e2e/simulation/operator-process.ts'
import { freePorts } from '../e2e/free-ports.ts'
import { answers, startProgram, type Program } from '../e2e/processes.ts'
import { createClient, type Client } from '../operator/runtime/client.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { kubeConfigCredentials } from '../operator/runtime/credentials.ts'
import { createHttpsTransport } from '../operator/runtime/https-transport.ts'
import { ask, usageOf } from './ask.ts'
import { progress } from './figures.ts'
import type { Milestones } from './milestones.ts'
import type { Usage } from './probe.ts'
import type { State } from './seed/launched.ts'

/** A process that says what it has used. */
export type Measured = Pick<Program, 'pid' | 'kill' | 'start'> & {
  /** @param collect - garbage is collected first. */
  usage: (collect?: boolean) => Promise<Usage>
  /** How late its event loop was since this was asked before, 99th percentile in milliseconds. */
  eventLoopDelay: () => Promise<number>
}

/** An API server alone in its process, with instances at rest in it, and operators that are started on it. */
export type LoneServer = {
  apiServer: Measured
  /** Over HTTPS, as the administrator. */
  client: Client
  /** Resolves when its caches have synced. */
  startOperator: () => Promise<Measured>
  milestones: (namespace: string) => Promise<Milestones>
  /** Machines made since the start. */
  applied: () => Promise<number>
  /** Of the last write of anybody. */
  revision: () => Promise<number>
  stop: () => Promise<void>
}

export type LoneServerOptions = { tenants: number; instances: number; state: State; profiles: string | undefined }

/** A converged instance's objects as the API server holds them, in bytes of heap, and what it needs besides. */
const HEAP_AN_INSTANCE = 40_000
const HEAP_AT_LEAST = 2048
/** Milliseconds; a hundred thousand instances take their time on a busy machine. */
const START_TIMEOUT = 900_000

export const startLoneServer = async (options: LoneServerOptions): Promise<LoneServer> => {
  const { tenants, instances, state } = options
  const data = await mkdtemp(join(tmpdir(), 'kumulus-bench-'))
  const kubeconfig = join(data, 'kubeconfig')
  progress(`starting an API server with ${tenants} tenants of ${instances} instances each`)
  const heap = HEAP_AT_LEAST + Math.ceil((tenants * instances * HEAP_AN_INSTANCE) / 2 ** 20)
  const apiServer = measured(await startProgram({
    name: 'api-server', script: 'bench/api-server.ts', logFile: join(data, 'api-server.log'), startTimeout: START_TIMEOUT,
    args: ['--data', data, '--tenants', `${tenants}`, '--instances', `${instances}`, '--state', state],
    env: probeEnvironment(join(data, 'api-server.probe'), options, [`--max-old-space-size=${heap}`]),
    ready: (signal) => written(join(data, 'ready.json'), signal),
  }), join(data, 'api-server.probe'))
  const transport = createHttpsTransport({ credentials: kubeConfigCredentials({ file: join(data, 'client-kubeconfig') }), clock: systemClock })
  const operators: Measured[] = []
  const startOperator = async () => {
    const operator = await launchOperator(data, kubeconfig, operators.length, options)
    operators.push(operator)
    return operator
  }
  return {
    apiServer, startOperator,
    client: createClient(transport),
    milestones: (namespace) => ask<Milestones>(join(data, 'api-server.probe'), `/milestones?namespace=${namespace}`),
    applied: () => ask<number>(join(data, 'api-server.probe'), '/applied'),
    revision: () => ask<number>(join(data, 'api-server.probe'), '/revision'),
    stop: async () => {
      for (const operator of operators) await operator.kill()
      await transport.close()
      await apiServer.kill()
      await rm(data, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** Alone, so that nothing waits for a Lease. */
const launchOperator = async (data: string, kubeconfig: string, number: number, options: LoneServerOptions): Promise<Measured> => {
  const [probes = 0] = await freePorts(1)
  const socket = join(data, `operator-${number}.probe`)
  const args = [
    '--kubeconfig', kubeconfig, '--no-leader-elect', '--image-sources', operatorSettings.imageSources.join(','), '--log-level', 'warn',
    '--probe-address', `127.0.0.1:${probes}`, '--metrics-address', '127.0.0.1:0',
  ]
  return measured(await startProgram({
    name: 'operator', script: 'operator/main.ts', args, env: probeEnvironment(socket, options), logFile: join(data, `operator-${number}.log`),
    startTimeout: START_TIMEOUT, ready: (signal) => answers(`http://127.0.0.1:${probes}/readyz`, signal),
  }), socket)
}

const probeEnvironment = (socket: string, { profiles }: LoneServerOptions, flags: string[] = []): Record<string, string> => ({
  BENCH_PROBE: socket,
  NODE_OPTIONS: [
    `--import=${new URL('probe.ts', import.meta.url).href}`, ...flags, ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]),
  ].join(' '),
})

const measured = ({ pid, kill, start }: Program, socket: string): Measured => ({
  pid, start,
  kill: async (signal) => {
    await kill(signal)
    await rm(socket, { force: true })
  },
  usage: (collect) => usageOf(socket, collect),
  eventLoopDelay: () => ask<number>(socket, '/event-loop-delay'),
})

const written = async (path: string, signal: AbortSignal): Promise<void> => {
  while ((await readFile(path, 'utf8').catch(() => '')) === '') {
    signal.throwIfAborted()
    await systemClock.sleep(50)
  }
}
