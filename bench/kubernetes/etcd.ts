import { Client } from 'undici'
import type { AnyObject } from '../../sandbox/apiserver/resource.ts'
import type { Placed } from '../seed/identity.ts'

/** As many as etcd takes in one transaction by default are 128. */
const A_TRANSACTION = 100
/** Transactions on their way at a time. */
const WIDTH = 4

/**
 * Puts objects where the API server of a real control plane finds them, UIDs, statuses, managed fields and all: through the API each would be given
 * a new UID, and take three writes. The server sees them come as it sees what another server of the same etcd writes.
 * @param socket - of etcd, where its gateway for JSON answers as well.
 */
export const putIntoEtcd = async (socket: string, objects: Iterable<Placed>): Promise<number> => {
  const etcd = new Client('http://etcd', { socketPath: socket, pipelining: 1 })
  const clients = [etcd, ...Array.from({ length: WIDTH - 1 }, () => new Client('http://etcd', { socketPath: socket, pipelining: 1 }))]
  const batches = batchesOf(objects)
  let count = 0
  const lane = async (client: Client) => {
    for (const batch of batches) {
      count += batch.length
      await commit(client, batch)
    }
  }
  try {
    await Promise.all(clients.map(lane))
  } finally {
    await Promise.all(clients.map((client) => client.close()))
  }
  return count
}

type Put = { requestPut: { key: string; value: string } }

const commit = async (client: Client, success: readonly Put[]): Promise<void> => {
  const { statusCode, body } = await client.request({ method: 'POST', path: '/v3/kv/txn', body: JSON.stringify({ success }) })
  const text = await body.text()
  if (statusCode !== 200) throw new Error(`etcd answered ${statusCode}: ${text.slice(0, 500)}`)
}

/** One iterator for all lanes. */
function* batchesOf(objects: Iterable<Placed>): Generator<Put[]> {
  let batch: Put[] = []
  for (const each of objects) {
    const put = putOf(each)
    if (put !== undefined) batch.push(put)
    if (batch.length < A_TRANSACTION) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/**
 * Where kube-apiserver keeps the built-in kinds that an instance has or needs; custom resources are under their group. Everything else that a sandbox
 * holds (roles, priority levels, service accounts) a real control plane makes by itself.
 */
const builtIn: Readonly<Record<string, string>> = {
  '/namespaces': 'namespaces', '/nodes': 'minions', '/secrets': 'secrets', '/pods': 'pods', '/persistentvolumes': 'persistentvolumes',
  '/persistentvolumeclaims': 'persistentvolumeclaims', 'networking.k8s.io/networkpolicies': 'networkpolicies', 'storage.k8s.io/storageclasses': 'storageclasses',
}
const ours = /^(?:default|kube-.*|kumulus-.*)$/

const putOf = ([bucket, key, object]: Placed): Put | undefined => {
  const folder = builtIn[bucket] ?? (isCustom(bucket) ? bucket : undefined)
  if (folder === undefined || (bucket === '/namespaces' && ours.test(String(object.metadata['name'])))) return undefined
  const path = `/registry/${folder}/${key.startsWith('/') ? key.slice(1) : key}`
  return { requestPut: { key: base64(path), value: base64(JSON.stringify(unversioned(object))) } }
}

/** Definitions themselves come through the API, which has to serve them before anything of theirs can be there. */
const isCustom = (bucket: string): boolean => /^(?:.*\.)?(?:kumulus\.dev|kubevirt\.io|kubeovn\.io|snapshot\.storage\.k8s\.io|k8s\.cni\.cncf\.io)\//.test(bucket)

/** The revision is etcd's own. */
const unversioned = ({ metadata: { resourceVersion: _, ...metadata }, ...object }: AnyObject): object => ({ ...object, metadata })

const base64 = (text: string): string => Buffer.from(text).toString('base64')
