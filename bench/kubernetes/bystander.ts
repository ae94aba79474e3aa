/** What is at work beside the operator on a real control plane: `bystander.ts` by watches, and the heartbeats of the nodes. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ResourceType } from '../../crds/kubernetes.ts'
import { dataVolumeResource } from '../../operator/providers/cdi/resources.ts'
import { virtualMachineResource } from '../../operator/providers/kubevirt/resources.ts'
import { apiErrorOfStatus } from '../../operator/runtime/api-error.ts'
import { ApiError, createClient, isNotFound } from '../../operator/runtime/client.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { kubeConfigCredentials } from '../../operator/runtime/credentials.ts'
import { createHttpsTransport } from '../../operator/runtime/https-transport.ts'
import { writeWhole } from '../../sandbox/data-directory.ts'
import { createBystander } from '../bystander.ts'
import { kind } from '../manifests.ts'
import { expose } from '../probe.ts'

/** Milliseconds between two heartbeats of a node, as kubelet has them. */
const HEARTBEAT = 10_000
/** Seconds that a watch may last: longer than any run. */
const LONG = 86_400

const { values: { data, nodes } } = parseArgs({ options: { data: { type: 'string', default: '.' }, nodes: { type: 'string', default: '' } } })
const client = createClient(createHttpsTransport({ credentials: kubeConfigCredentials({ file: join(data, 'kubeconfig') }), clock: systemClock }))
const bystander = createBystander(client, systemClock, (error) => { throw error })

let writes = 0

/** A server that has just learnt of a definition asks for a moment. */
const patiently = async <T>(ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ApiError) || error.retryAfter === undefined) throw error
    await systemClock.sleep(error.retryAfter)
    return patiently(ask)
  }
}

/** Takes in what comes from now on. A server ends the watch of whoever is slow to read, as all are on a busy machine: it goes on where it was. */
const follow = async (resource: ResourceType, opened: () => void): Promise<void> => {
  let { resourceVersion } = await patiently(() => client.list(resource, { limit: 1, metadataOnly: true }))
  for (;;) {
    const events = await patiently(() => client.watch(resource, { resourceVersion, metadataOnly: true, timeoutSeconds: LONG }))
    opened()
    for await (const { type, object } of events) {
      if (type === 'ERROR') throw apiErrorOfStatus(object)
      resourceVersion = object.metadata.resourceVersion
      if (type !== 'BOOKMARK') writes++
      if (type === 'ADDED') bystander.take(`${resource.group}/${resource.plural}`, object.metadata.namespace ?? '', object.metadata.name)
    }
  }
}

const leases: ResourceType = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true }

/** A node that falls silent would lose its pods; one heartbeat may be lost. */
const beat = async (name: string): Promise<void> => {
  const target = { name, namespace: 'kube-node-lease' }
  for (;;) {
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: new Date(systemClock.now()).toISOString().replace('Z', '000Z') }
    await client.mergePatch(leases, target, { spec }).catch((error: unknown) => isNotFound(error)
      ? client.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: target, spec }) : undefined)
    await systemClock.sleep(HEARTBEAT)
  }
}

process.once('SIGTERM', () => process.exit(0))
expose('/milestones', (query) => bystander.of(query.get('namespace') ?? ''))
expose('/writes', () => writes)
expose('/applied', () => bystander.applied)
await Promise.all([kind('Instance'), kind('Volume'), dataVolumeResource, virtualMachineResource].map((resource) =>
  new Promise<void>((resolve) => void follow(resource, resolve))))
for (const node of nodes.split(',').filter((each) => each !== '')) void beat(node)
await writeWhole(join(data, 'ready.json'), JSON.stringify({ pid: process.pid }))
