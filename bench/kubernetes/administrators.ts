import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { ResourceType } from '../../crds/kubernetes.ts'
import type { Client } from '../../operator/runtime/client.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import { writeKubeconfig } from '../../sandbox/apiserver/kubeconfig.ts'

const namespace = 'kumulus-bench'
const namespaces: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }
const serviceAccounts: ResourceType = { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true }
const bindings: ResourceType = {
  group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', namespaced: false,
}

/**
 * Three who may do everything, each with a kubeconfig in the folder. Their own users, since a real server lets users take turns, and lets the one of
 * its certificate pass by everybody.
 */
export const makeAdministrators = async (of: { client: Client; transport: Transport; data: string; kubeconfig: string }): Promise<void> => {
  const { client, transport, data } = of
  const { cluster } = await clusterOf(of.kubeconfig)
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString()
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  for (const name of ['operator', 'client', 'neighbour']) {
    await client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } })
    await client.create(bindings, {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: `${namespace}-${name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [{ kind: 'ServiceAccount', name, namespace }],
    })
    writeKubeconfig(join(data, `${name}.kubeconfig`), { url: cluster.server, ca, token: await tokenOf(transport, name), name })
  }
}

type Cluster = { cluster: { server: string; 'certificate-authority-data': string } }

const clusterOf = async (kubeconfig: string): Promise<Cluster> => {
  const [first] = (parse(await readFile(kubeconfig, 'utf8')) as { clusters: Cluster[] }).clusters
  if (first === undefined) throw new Error(`${kubeconfig} names no cluster`)
  return first
}

const tokenOf = async (transport: Transport, name: string): Promise<string> => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } }
  const answer = await transport.request({ method: 'POST', path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, body })
  const { status } = answer.body as { status?: { token?: string } }
  if (status?.token === undefined) throw new Error(`no token for ${name}: ${answer.status}`)
  return status.token
}
