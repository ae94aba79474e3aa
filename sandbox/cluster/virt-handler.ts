import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { createClient, type Client } from '../../operator/runtime/client.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import { serveHttps, type HttpsServer } from '../apiserver/http.ts'
import type { NodeActs } from '../stand-ins/kubevirt/node/acts.ts'

const namespace = 'kubevirt'
const secrets: ResourceType = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }
const configMaps: ResourceType = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }

/** Where virt-api asks for virt-handler on every node, unless it is told otherwise. Source: kubevirt v1.9.0, `--console-server-port`. */
const virtHandlerPort = 8186

/**
 * virt-handler's API of all our nodes, for a virt-api that runs: with the certificate that virt-operator has made for it, and for nobody else.
 * @throws ApiError where KubeVirt has no certificates in the cluster.
 */
export const serveVirtHandler = async (client: Client, acts: NodeActs, at: { address: string; port?: number }): Promise<HttpsServer> => {
  const secret = await client.get<KubeObject & { data?: Record<string, string> }>(secrets, { namespace, name: 'kubevirt-virt-handler-server-certs' })
  const { data = {} } = await client.get<KubeObject & { data?: Record<string, string> }>(configMaps, { namespace, name: 'kubevirt-ca' })
  const authority = data['ca-bundle'] ?? ''
  const pem = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString()
  return serveHttps({ handle: acts }, {
    host: at.address, port: at.port ?? virtHandlerPort, now: systemClock.now(),
    identity: { certificate: pem('tls.crt'), key: pem('tls.key'), ca: authority },
    clients: { authority, names: ['kubevirt.io:system:client:virt-handler'] },
  })
}

/**
 * A client in the name of a node's virt-handler: by impersonation, which an administrator may and which brings the ServiceAccount's groups along.
 * Its token would name the node; KubeVirt asks for that name with every write.
 */
export const virtHandlerOf = (transport: Transport) => {
  const clients = new Map<string, Client>()
  return (node: string): Client => {
    const known = clients.get(node) ?? createClient(inTheNameOf(transport, node))
    clients.set(node, known)
    return known
  }
}

const inTheNameOf = (transport: Transport, node: string): Transport => {
  const headers = {
    'impersonate-user': `system:serviceaccount:${namespace}:kubevirt-handler`,
    [`impersonate-extra-${encodeURIComponent('authentication.kubernetes.io/node-name')}`.toLowerCase()]: node,
  }
  return { ...transport, request: (request) => transport.request({ ...request, headers: { ...request.headers, ...headers } }) }
}
