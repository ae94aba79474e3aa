import { join } from 'node:path'
import { startProgram } from '../e2e/processes.ts'
import type { LoneServerOptions, StartedServer } from './lone-server.ts'
import { measured, probeEnvironment, START_TIMEOUT, written } from './measured.ts'

/** Bytes of heap: twice what a converged instance takes, since near its limit a heap is collected all the time. And what it needs besides. */
const HEAP_AN_INSTANCE = 80_000
const HEAP_AT_LEAST = 2048

/** The sandbox's API server alone in its process. */
export const startSandboxServer = async (data: string, { tenants, instances, state, profiles }: LoneServerOptions): Promise<StartedServer> => {
  const heap = HEAP_AT_LEAST + Math.ceil((tenants * instances * HEAP_AN_INSTANCE) / 2 ** 20)
  const socket = join(data, 'api-server.probe')
  const apiServer = measured(await startProgram({
    name: 'api-server', binary: process.execPath, logFile: join(data, 'api-server.log'), startTimeout: START_TIMEOUT,
    // What it begins with is all in use for good: to look through it as it grows would take minutes. A flag that NODE_OPTIONS may not hold.
    args: [
      `--initial-heap-size=${Math.ceil(heap / 2)}`, 'bench/api-server.ts', '--data', data, '--tenants', `${tenants}`, '--instances', `${instances}`, '--state', state,
    ],
    env: probeEnvironment(socket, profiles, [`--max-old-space-size=${heap}`]),
    ready: (signal) => written(join(data, 'ready.json'), signal),
  }), socket)
  return { apiServer: { cpu: async () => (await apiServer.usage()).cpu }, bystander: socket, stop: apiServer.kill }
}
