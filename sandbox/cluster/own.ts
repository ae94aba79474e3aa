import { join } from 'node:path'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { Log } from '../../operator/runtime/log.ts'
import { serveHttps } from '../apiserver/http.ts'
import { inProcessTransport } from '../apiserver/in-process.ts'
import { writeKubeconfig } from '../apiserver/kubeconfig.ts'
import { createApiServer, type AggregatedApi } from '../apiserver/server.ts'
import { keptToken, type DataDirectory } from '../data-directory.ts'
import type { SandboxOptions } from '../options.ts'
import type { StandIns } from '../stand-ins/index.ts'
import { virtApiServices } from '../stand-ins/kubevirt/control/webhooks.ts'
import type { Cluster } from './cluster.ts'

const ADMINISTRATOR = { username: 'sandbox-admin', groups: ['system:masters', 'system:authenticated'] }
const STAND_INS = { username: 'system:stand-ins', groups: ['system:masters', 'system:authenticated'] }

/** An API server in this process. */
export const ownCluster = async (options: SandboxOptions, data: DataDirectory, log: Log): Promise<Cluster> => {
  const token = await keptToken(data.file('admin-token'))
  // The stand-ins serve an API of the server that they are clients of: the server learns of it when they are up.
  const aggregated = new Map<string, AggregatedApi>()
  const late: { standIns?: StandIns } = {}
  const server = createApiServer({
    clock: systemClock,
    tokens: new Map([[token, ADMINISTRATOR]]),
    log,
    aggregated,
    webhookServices: virtApiServices,
    podLogs: (pod, how) => late.standIns?.podLogs(pod, how),
    ...(options.dataDirectory !== undefined && { dataDirectory: data.file('apiserver') }),
  })
  const https = await serveHttps(server, { port: options.port, now: systemClock.now(), certificateDirectory: data.file('certificates') })
  const kubeconfig = options.kubeconfig ?? join(process.cwd(), '.sandbox/kubeconfig')
  return {
    transport: inProcessTransport(server, STAND_INS),
    url: https.url,
    kubeconfig,
    serve: async (standIns) => {
      late.standIns = standIns
      aggregated.set('subresources.kubevirt.io/v1', standIns.subresources)
      writeKubeconfig(kubeconfig, { url: https.url, ca: https.ca, token, namespace: 'default' })
      return Promise.resolve()
    },
    close: async () => {
      await https.close()
      await server.close()
    },
  }
}
