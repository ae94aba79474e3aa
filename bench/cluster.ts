import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { generatedFiles } from '../crds/generate.ts'
import type { ResourceType } from '../crds/kubernetes.ts'
import { startProbed, startSandbox } from '../e2e/control-plane.ts'
import { freePorts } from '../e2e/free-ports.ts'
import type { Program } from '../e2e/processes.ts'
import { createClient, type Client } from '../operator/runtime/client.ts'
import { systemClock } from '../operator/runtime/clock.ts'
import { kubeConfigCredentials } from '../operator/runtime/credentials.ts'
import { createHttpsTransport } from '../operator/runtime/https-transport.ts'
import { progress } from './figures.ts'
import { kind, namespace, prerequisites, type Anything, type Manifest } from './manifests.ts'
import { until } from './waiting.ts'

/** A sandbox as a process of its own, with everything in it that instances refer to, and no operator at work. */
export type Cluster = {
  sandbox: Program
  /** Over HTTPS, as the administrator. */
  client: Client
  /** Starts an operator; resolves when its caches have synced. */
  startOperator: () => Promise<Program>
  stop: () => Promise<void>
}

const PODS_A_NODE = 100

const customResourceDefinitions: ResourceType = {
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false,
}

export type ClusterOptions = {
  instances: number
  profiles: string | undefined
  hypervisor?: 'simulated' | 'qemu'
  /** What carries packets between guests. */
  network?: 'user' | 'ovn'
  /** Further flags of its operators. */
  operatorArgs?: readonly string[]
}

export const startCluster = async ({ instances, profiles, hypervisor = 'simulated', network = 'user', operatorArgs = [] }: ClusterOptions): Promise<Cluster> => {
  const directory = await mkdtemp(join(tmpdir(), 'kumulus-bench-'))
  const kubeconfig = join(directory, 'kubeconfig')
  const env = profiles === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` }
  // Every other node is in the zone that is used.
  const nodes = 2 * Math.ceil(instances / PODS_A_NODE)
  progress(`starting a sandbox of ${nodes} nodes`)
  const sandbox = await startSandbox(directory, [
    '--kubeconfig', kubeconfig, '--hypervisor', hypervisor, '--network', network, '--image-port', '0',
    '--nodes', `${nodes}`, '--node-cpu', '1000', '--node-memory', '4Ti',
  ], env)
  const transport = createHttpsTransport({ credentials: kubeConfigCredentials({ file: kubeconfig }), clock: systemClock })
  const client = createClient(transport)
  const { imageURL } = JSON.parse(await readFile(join(directory, 'ready.json'), 'utf8')) as { imageURL: string }
  let operator: Program | undefined
  const startOperator = async () => {
    operator = await launchOperator({ directory, kubeconfig, imageURL, env, operatorArgs })
    return operator
  }
  const stop = async () => {
    await operator?.kill()
    await transport.close()
    await sandbox.kill()
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    await prepare(client, imageURL, startOperator)
  } catch (error) {
    await stop()
    throw error
  }
  return { sandbox, client, startOperator, stop }
}

type OperatorStart = { directory: string; kubeconfig: string; imageURL: string; env: Record<string, string>; operatorArgs: readonly string[] }

/** Alone, so that nothing waits for a Lease. */
const launchOperator = async ({ directory, kubeconfig, imageURL, env, operatorArgs }: OperatorStart): Promise<Program> => {
  const [probes = 0] = await freePorts(1)
  const args = [
    '--kubeconfig', kubeconfig, '--no-leader-elect', '--image-sources', new URL('/', imageURL).href, '--log-level', 'warn',
    '--probe-address', `127.0.0.1:${probes}`, '--metrics-address', '127.0.0.1:0', ...operatorArgs,
  ]
  return startProbed('operator', 'operator/main.ts', args, directory, probes, env)
}

/** The definitions and what instances refer to, brought to readiness by an operator that is gone afterwards. */
const prepare = async (client: Client, imageURL: string, startOperator: () => Promise<Program>): Promise<void> => {
  for (const [path, text] of generatedFiles()) {
    if (path.endsWith('.kumulus.dev.yaml')) await client.create(customResourceDefinitions, parse(text) as Manifest)
  }
  await until('the definitions', 30_000, async () => {
    const { items } = await client.list<Anything>(customResourceDefinitions)
    return items.every(({ status }) => status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True'))
  })
  for (const each of prerequisites(imageURL)) await client.apply(kind(each.kind), each, { fieldManager: 'bench' })
  const operator = await startOperator()
  await until('the image', 60_000, async () => {
    const image = await client.get<Anything>(kind('Image'), { name: 'linux', namespace })
    return image.status?.state === 'available'
  })
  await operator.kill()
}
