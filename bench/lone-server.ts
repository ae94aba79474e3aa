import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Client } from '../operator/runtime/client.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { kubeConfigCredentials } from '../operator/runtime/credentials.ts'
import { createHttpsTransport } from '../operator/runtime/https-transport.ts'
import type { ClusterKind } from '../e2e/control-plane.ts'
import { ask } from './ask.ts'
import { progress } from './figures.ts'
import { startKubernetesServer } from './kubernetes/server.ts'
import { kind } from './manifests.ts'
import { launchOperator, type Measured } from './measured.ts'
import type { Milestones } from './milestones.ts'
import { startSandboxServer } from './sandbox-server.ts'
import type { State } from './seed/launched.ts'

/** An API server with instances at rest in it, and operators that are started on it. Nobody else is at work but what `bystander.ts` says. */
export type LoneServer = {
  /** Processor time of the API server in milliseconds: of a real one with etcd and its controllers. */
  apiServer: { cpu: () => Promise<number> }
  /** Over HTTPS, as an administrator who is not the operator. */
  client: Client
  /** The same as somebody else still: servers let users take turns. */
  neighbour: Client
  /** Resolves when its caches have synced. */
  startOperator: () => Promise<Measured>
  milestones: (namespace: string) => Promise<Milestones>
  /** Machines made since the start. */
  applied: () => Promise<number>
  /**
   * Writes so far: anybody's on the sandbox; on a real control plane, where others write too, those of Instances and of what is made for them,
   * but for Secrets.
   */
  writes: () => Promise<number>
  /** Of the last write of anybody. */
  revision: () => Promise<number>
  stop: () => Promise<void>
}

export type LoneServerOptions = { tenants: number; instances: number; state: State; profiles: string | undefined; cluster: ClusterKind }

/** What is started of either kind. In its folder are kubeconfigs then, of an administrator each: `operator`, `client`, `neighbour`. */
export type StartedServer = {
  apiServer: LoneServer['apiServer']
  /** Where the bystander answers. */
  bystander: string
  stop: () => Promise<void>
}

export const startLoneServer = async (options: LoneServerOptions): Promise<LoneServer> => {
  const { tenants, instances, cluster, profiles } = options
  const data = await mkdtemp(join(tmpdir(), 'kumulus-bench-'))
  const stops: (() => Promise<unknown>)[] = [() => rm(data, { recursive: true, force: true, maxRetries: 3 })]
  const stop = async () => {
    for (const each of stops.toReversed()) await each()
  }
  try {
    progress(`starting an API server (${cluster}) with ${tenants} tenants of ${instances} instances each`)
    const server = await (cluster === 'kubernetes' ? startKubernetesServer : startSandboxServer)(data, options)
    stops.push(server.stop)
    const connect = (name: string): Client => {
      const transport = createHttpsTransport({ credentials: kubeConfigCredentials({ file: join(data, `${name}.kubeconfig`) }), clock: systemClock })
      stops.push(transport.close)
      return createClient(transport)
    }
    const startOperator = async () => {
      const operator = await launchOperator(data, stops.length, profiles)
      stops.push(operator.kill)
      return operator
    }
    const client = connect('client')
    return {
      apiServer: server.apiServer, client, neighbour: connect('neighbour'), startOperator, stop,
      milestones: (namespace) => ask<Milestones>(server.bystander, `/milestones?namespace=${namespace}`),
      writes: () => ask<number>(server.bystander, '/writes'),
      applied: () => ask<number>(server.bystander, '/applied'),
      revision: async () => Number((await client.list(kind('InstanceType'), { limit: 1 })).resourceVersion),
    }
  } catch (error) {
    await stop()
    throw error
  }
}
