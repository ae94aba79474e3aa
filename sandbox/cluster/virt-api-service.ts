import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import type { Client } from '../../operator/runtime/client.ts'
import type { Clock } from '../../operator/runtime/clock.ts'
import { groupVersion } from './virt-api.ts'

const configMaps: ResourceType = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
const services: ResourceType = { group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true }
const apiServices: ResourceType = { group: 'apiregistration.k8s.io', version: 'v1', kind: 'APIService', plural: 'apiservices', namespaced: false }

/** Who may call what we serve to the API server. PEM. */
export type ClientAuthorities = { clients: string; frontProxy: string; frontProxyNames: string[] }

/** @throws Error where the API server has no front proxy: then nothing can be aggregated. */
export const readClientAuthorities = async (client: Client): Promise<ClientAuthorities> => {
  const target = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
  const { data = {} } = await client.get<KubeObject & { data?: Record<string, string> }>(configMaps, target)
  const frontProxy = data['requestheader-client-ca-file']
  if (frontProxy === undefined) throw new Error('the API server has no --requestheader-client-ca-file: it can aggregate no API')
  return { clients: data['client-ca-file'] ?? frontProxy, frontProxy, frontProxyNames: JSON.parse(data['requestheader-allowed-names'] ?? '[]') as string[] }
}

type Condition = { type: string; status: string; message?: string }

/** Makes the API server forward the group to this process, and waits until it does. */
export const publishVirtApi = async (client: Client, clock: Clock, at: { address: string; port: number; ca: string }): Promise<void> => {
  // A name, not endpoints: those may not be on a loopback address.
  const spec = { type: 'ExternalName', externalName: at.address === '127.0.0.1' ? 'localhost' : at.address }
  await put(client, services, { metadata: { namespace: 'kubevirt', name: 'virt-api' }, spec })
  const [group = '', version = ''] = groupVersion.split('/')
  await put(client, apiServices, {
    metadata: { name: `${version}.${group}` },
    spec: {
      group, version, groupPriorityMinimum: 1000, versionPriority: 15,
      service: { namespace: 'kubevirt', name: 'virt-api', port: at.port },
      caBundle: Buffer.from(at.ca).toString('base64'),
    },
  })
  for (;;) {
    const live = await client.get<KubeObject & { status?: { conditions?: Condition[] } }>(apiServices, { name: `${version}.${group}` })
    if (live.status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True') === true) return
    await clock.sleep(100)
  }
}

type Manifest = { metadata: { namespace?: string; name: string }; spec: object }

const put = async (client: Client, resource: ResourceType, object: Manifest): Promise<void> => {
  const { group, version, kind } = resource
  const body = { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...object }
  await client.apply(resource, body, { fieldManager: 'stand-in', force: true })
}
