import { systemClock } from '../../operator/runtime/clock.ts'
import { createClient } from '../../operator/runtime/client.ts'
import { kubeConfigCredentials } from '../../operator/runtime/credentials.ts'
import { createHttpsTransport } from '../../operator/runtime/https-transport.ts'
import { serveHttps, type HttpsServer } from '../apiserver/http.ts'
import type { ServerRequest, ServerResponse } from '../apiserver/request.ts'
import type { DataDirectory } from '../data-directory.ts'
import type { SandboxOptions } from '../options.ts'
import type { StandIns } from '../stand-ins/index.ts'
import { installWebhooks, virtApiWebhooks } from '../stand-ins/kubevirt/control/webhooks.ts'
import type { Cluster } from './cluster.ts'
import { kubeletApi } from './kubelet-api.ts'
import { virtApi } from './virt-api.ts'
import { publishVirtApi, readClientAuthorities } from './virt-api-service.ts'
import { serveVirtHandler } from './virt-handler.ts'

type Attached = NonNullable<SandboxOptions['cluster']>

/**
 * A real API server that runs already, as the administrator of a kubeconfig. This process serves the nodes' kubelets and virt-api's part, or, to a
 * virt-api that runs, virt-handler's.
 * @param options.address - of this machine, as the API server and virt-api reach it.
 */
export const attachedCluster = async ({ kubeconfig, address, realKubeVirt }: Attached, data: DataDirectory): Promise<Cluster> => {
  const credentials = kubeConfigCredentials({ file: kubeconfig })
  const { server: url } = await credentials.load(false)
  const transport = createHttpsTransport({ credentials, clock: systemClock })
  const client = createClient(transport)
  const late: { standIns?: StandIns; kubeVirt?: HttpsServer; webhooks?: HttpsServer } = {}
  const authorities = await readClientAuthorities(client)
  const tls = { host: address, now: systemClock.now(), certificateDirectory: data.file('certificates') }
  const logs = kubeletApi(client, (pod, how) => late.standIns?.podLogs(pod, how))
  const kubelets = await serveHttps(logs, { ...tls, clients: { authority: authorities.clients } })
  return {
    transport,
    url,
    kubeconfig,
    kubelets: { address, port: kubelets.port },
    serve: async (standIns) => {
      late.standIns = standIns
      if (realKubeVirt) {
        late.kubeVirt = await serveVirtHandler(client, standIns.acts, { address })
        return
      }
      const clients = { authority: authorities.frontProxy, names: authorities.frontProxyNames }
      late.kubeVirt = await serveHttps(virtApi(standIns.subresources), { ...tls, names: ['virt-api.kubevirt.svc'], clients })
      await publishVirtApi(client, systemClock, { address, port: late.kubeVirt.port, ca: late.kubeVirt.ca })
      // A server of their own: to webhooks the API server shows no certificate.
      late.webhooks = await serveHttps({ handle: webhookServer }, tls)
      await installWebhooks(client, late.webhooks)
    },
    close: async () => {
      await kubelets.close()
      await late.kubeVirt?.close()
      await late.webhooks?.close()
      await transport.close()
    },
  }
}

const webhookServer = ({ path, body }: Pick<ServerRequest, 'path' | 'body'>): Promise<ServerResponse> =>
  Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body: virtApiWebhooks(path, Buffer.from(body).toString()) })
