import { join } from 'node:path'
import type { NewObject, ResourceType } from '../../crds/kubernetes.ts'
import { etcdSocketOf, startKubernetes } from '../../e2e/kubernetes/control-plane.ts'
import { startProgram } from '../../e2e/processes.ts'
import { createClient, type Client } from '../../operator/runtime/client.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { kubeConfigCredentials } from '../../operator/runtime/credentials.ts'
import { createHttpsTransport } from '../../operator/runtime/https-transport.ts'
import { progress } from '../figures.ts'
import type { LoneServerOptions, StartedServer } from '../lone-server.ts'
import type { Anything } from '../manifests.ts'
import { measured, probeEnvironment, START_TIMEOUT, written } from '../measured.ts'
import type { Placed } from '../seed/identity.ts'
import { launchOne } from '../seed/launched.ts'
import { populate } from '../seed/population.ts'
import { cpuTime } from '../usage.ts'
import { until } from '../waiting.ts'
import { makeAdministrators } from './administrators.ts'
import { putIntoEtcd } from './etcd.ts'

/** A real control plane: etcd, kube-apiserver, kube-controller-manager and kube-scheduler, with the instances at rest in it. */
export const startKubernetesServer = async (data: string, { tenants, instances, state, profiles }: LoneServerOptions): Promise<StartedServer> => {
  const kubeconfig = join(data, 'kubeconfig')
  const { program } = await startKubernetes(data, kubeconfig, progress)
  if (program === undefined) throw new Error('E2E_EXISTING=1 means a cluster whose etcd is out of reach: nothing could be put into it. Leave it unset.')
  const transport = createHttpsTransport({ credentials: kubeConfigCredentials({ file: kubeconfig }), clock: systemClock })
  try {
    const client = createClient(transport)
    const { objects } = populate(await launchOne(state), { tenants, instances })
    await installDefinitions(client, objects)
    const count = await putIntoEtcd(etcdSocketOf(data), objects)
    progress(`${count} objects are in etcd`)
    await makeAdministrators({ client, transport, data, kubeconfig })
    const socket = join(data, 'bystander.probe')
    const nodes = objects.filter(([bucket]) => bucket === '/nodes').map(([, , { metadata }]) => String(metadata['name']))
    const bystander = measured(await startProgram({
      name: 'bystander', script: 'bench/kubernetes/bystander.ts', logFile: join(data, 'bystander.log'), startTimeout: START_TIMEOUT,
      args: ['--data', data, '--nodes', nodes.join(',')], env: probeEnvironment(socket, profiles), ready: (signal) => written(join(data, 'ready.json'), signal),
    }), socket)
    const stop = async () => {
      await bystander.kill()
      await program.kill()
    }
    return { apiServer: { cpu: () => cpuTime(program.pid() ?? NaN) }, bystander: socket, stop }
  } catch (error) {
    await program.kill()
    throw error
  } finally {
    await transport.close()
  }
}

const customResourceDefinitions: ResourceType = {
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false,
}

/** Those that the sandbox had when the instance was launched. */
const installDefinitions = async (client: Client, objects: readonly Placed[]): Promise<void> => {
  const definitions = objects.filter(([bucket]) => bucket === 'apiextensions.k8s.io/customresourcedefinitions').map(([, , object]) => object)
  for (const { apiVersion, kind, metadata: { name, annotations, labels }, spec } of definitions as unknown as (NewObject & { spec: object })[]) {
    const metadata = { name, ...(annotations === undefined ? {} : { annotations }), ...(labels === undefined ? {} : { labels }) }
    await client.create(customResourceDefinitions, { apiVersion, kind, metadata, spec } as NewObject & Record<string, unknown>)
  }
  await until('the definitions', 60_000, async () => {
    const { items } = await client.list<Anything>(customResourceDefinitions)
    return items.every(({ status }) => status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True'))
  })
}
