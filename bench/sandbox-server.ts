import { join } from 'node:path'
import { startProgram } from '../e2e/processes.ts'
import type { LoneServerOptions, StartedServer } from './lone-server.ts'
import { measured, probeEnvironment, START_TIMEOUT, written } from './measured.ts'

/** A converged instance's objects as the API server holds them, in bytes of heap, and what it needs besides. */
const HEAP_AN_INSTANCE = 40_000
const HEAP_AT_LEAST = 2048

/** The sandbox's API server alone in its process. */
export const startSandboxServer = async (data: string, { tenants, instances, state, profiles }: LoneServerOptions): Promise<StartedServer> => {
  const heap = HEAP_AT_LEAST + Math.ceil((tenants * instances * HEAP_AN_INSTANCE) / 2 ** 20)
  const socket = join(data, 'api-server.probe')
  const apiServer = measured(await startProgram({
    name: 'api-server', script: 'bench/api-server.ts', logFile: join(data, 'api-server.log'), startTimeout: START_TIMEOUT,
    args: ['--data', data, '--tenants', `${tenants}`, '--instances', `${instances}`, '--state', state],
    env: probeEnvironment(socket, profiles, [`--max-old-space-size=${heap}`]),
    ready: (signal) => written(join(data, 'ready.json'), signal),
  }), socket)
  return { apiServer: { cpu: async () => (await apiServer.usage()).cpu }, bystander: socket, stop: apiServer.kill }
}
