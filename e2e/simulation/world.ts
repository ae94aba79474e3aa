/**
 * A whole cloud in one process on a clock that stands still: API server, stand-ins, simulated guests and the real operator. What happens
 * depends on the seed and the calls alone.
 */
import { parse } from 'yaml'
import type { KubeObject, NewObject, ResourceType } from '../../crds/kubernetes.ts'
import { apiVersionOf } from '../../crds/kubernetes.ts'
import { generatedFiles } from '../../crds/generate.ts'
import { definitions } from '../../crds/v1alpha1/index.ts'
import { controllers } from '../../operator/controllers.ts'
import type { Client } from '../../operator/runtime/client.ts'
import { createClient } from '../../operator/runtime/client.ts'
import { FakeClock } from '../../operator/runtime/fake-clock.ts'
import { silentLog } from '../../operator/runtime/log.ts'
import { seededRandom } from '../../operator/runtime/random.ts'
import type { Runtime } from '../../operator/runtime/runtime.ts'
import { createRuntime } from '../../operator/runtime/runtime.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import type { OperatorSettings } from '../../operator/settings.ts'
import { inProcessTransport } from '../../sandbox/apiserver/in-process.ts'
import type { AggregatedApi, ApiServer } from '../../sandbox/apiserver/server.ts'
import { createApiServer } from '../../sandbox/apiserver/server.ts'
import { createSimulatedDisks } from '../../sandbox/disks/simulated.ts'
import type { SimulatedHypervisor } from '../../sandbox/hypervisor/simulated.ts'
import { createSimulatedHypervisor } from '../../sandbox/hypervisor/simulated.ts'
import { startStandIns } from '../../sandbox/stand-ins/index.ts'
import { immediateTimings } from '../../sandbox/stand-ins/timings.ts'

export type WorldOptions = {
  seed?: number
  /** A folder of upstream's own CustomResourceDefinitions, to serve instead of the stand-ins' small ones. */
  crdFolder?: string
  /** Wraps what the operator talks through: to record, to fail, to delay. */
  wrap?: (transport: Transport) => Transport
}

/** An object with whatever it has. */
export type Anything = KubeObject & { spec: Record<string, unknown>; status?: Record<string, unknown> }

export type World = {
  clock: FakeClock
  server: ApiServer
  /** As a cluster administrator. */
  client: Client
  hypervisor: SimulatedHypervisor
  /** Every write that the operator sent, in order, `METHOD path`. */
  writes: string[]
  /** Server-side applies manifests of ours as a user. `metadata.namespace` is `default` unless given. */
  apply: (...manifests: readonly (NewObject & Record<string, unknown>)[]) => Promise<void>
  get: (resource: ResourceType, name: string, namespace?: string) => Promise<Anything | undefined>
  list: (resource: ResourceType) => Promise<Anything[]>
  remove: (resource: ResourceType, name: string, namespace?: string) => Promise<void>
  /** Lets time pass until `check` holds of what is stored; throws after an hour of the clock. */
  until: (check: () => Promise<boolean>) => Promise<void>
  /** Ends the operator as SIGKILL would: nothing is finished, nothing is said. */
  crash: () => void
  /** Starts an operator; the world begins with one. */
  start: () => void
  stop: () => Promise<void>
}

const admin = { username: 'admin', groups: ['system:masters'] }
const settings: OperatorSettings = { operatorNamespace: 'kumulus-system', imageSources: ['http://127.0.0.1:18080/'], defaultVolumeType: 'gp3' }

export const createWorld = async (options: WorldOptions = {}): Promise<World> => {
  const { clock, server, client, hypervisor, standIns } = await startCloud(options)
  const writes: string[] = []
  let operator: { runtime: Runtime; cut: AbortController } | undefined
  const start = () => {
    const cut = new AbortController()
    const wrapped = (options.wrap ?? ((each) => each))(inProcessTransport(server, admin))
    const transport = recording(severable(wrapped, cut.signal), writes)
    const runtime = createRuntime({ transport, clock, log: silentLog, identity: 'operator', seed: options.seed ?? 1 })
    for (const { register } of controllers(settings)) register(runtime)
    runtime.start()
    operator = { runtime, cut }
  }
  start()
  return {
    clock,
    server,
    client,
    hypervisor,
    writes,
    start,
    crash: () => operator?.cut.abort(new Error('the process is gone')),
    apply: async (...manifests) => {
      for (const manifest of manifests) await applyAsUser(client, manifest)
    },
    get: (resource, name, namespace) => client.get<Anything>(resource, target(resource, name, namespace)),
    list: async (resource) => (await client.list<Anything>(resource, {})).items,
    remove: async (resource, name, namespace) => void (await client.delete(resource, target(resource, name, namespace))),
    until: (check) => until(clock, check),
    stop: async () => {
      operator?.cut.abort(new Error('the world ends'))
      await standIns.stop()
      await server.close()
    },
  }
}

/** The API server with our definitions, and all that stands in for KubeVirt and the rest. */
const startCloud = async ({ seed = 1, crdFolder }: WorldOptions) => {
  const clock = new FakeClock()
  const random = seededRandom(seed)
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256))
  const hypervisor = createSimulatedHypervisor({ clock })
  const aggregated = new Map<string, AggregatedApi>()
  const server = createApiServer({ clock, tokens: new Map(), random: bytes, aggregated })
  const transport = inProcessTransport(server, admin)
  const client = createClient(transport)
  const crds = [...generatedFiles()].filter(([path]) => path.startsWith('crds/')).map(([, text]) => parse(text) as NewObject & Record<string, unknown>)
  for (const crd of crds) await client.create(customResourceDefinitions, crd)
  const standIns = await startStandIns({
    transport,
    clock,
    log: silentLog,
    hypervisor,
    disks: createSimulatedDisks({ clock, fetchHead: async () => ({ sizeBytes: 64 * 2 ** 20 }) }),
    timings: immediateTimings,
    seed: `${seed}`,
    ...(crdFolder === undefined ? {} : { crdFolder }),
  })
  aggregated.set('subresources.kubevirt.io/v1', standIns.subresources)
  return { clock, server, client, hypervisor, standIns }
}

const customResourceDefinitions: ResourceType = {
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false,
}

const target = (resource: ResourceType, name: string, namespace = 'default') => (resource.namespaced ? { name, namespace } : { name })

const applyAsUser = async (client: Client, manifest: NewObject & Record<string, unknown>): Promise<void> => {
  const resource = definitions.find(({ kind }) => kind === manifest.kind)
  if (resource === undefined) throw new Error(`${manifest.kind} is no kind of ours`)
  const metadata = { ...(resource.namespaced ? { namespace: 'default' } : {}), ...manifest.metadata }
  await client.apply(resource, { ...manifest, apiVersion: apiVersionOf(resource), metadata }, { fieldManager: 'user', force: true })
}

/** One step of the clock at a time: what is due happens, then the answer is looked at. */
const until = async (clock: FakeClock, check: () => Promise<boolean>): Promise<void> => {
  const end = clock.now() + 3_600_000
  await clock.advance(0)
  while (!(await check())) {
    const { next } = clock
    if (next === undefined || next > end) throw new Error('what was waited for did not happen')
    await clock.advance(next - clock.now())
  }
}

/** After the cut no request leaves and no answer arrives: the process behind it is gone. */
const severable = (transport: Transport, signal: AbortSignal): Transport => {
  const guarded = async <T>(call: () => Promise<T>): Promise<T> => {
    if (signal.aborted) return new Promise(() => {})
    const answer = await call()
    return signal.aborted ? new Promise(() => {}) : answer
  }
  return {
    request: (request) => guarded(() => transport.request(request)),
    stream: ({ signal: own, ...request }) =>
      guarded(() => transport.stream({ ...request, signal: own === undefined ? signal : AbortSignal.any([own, signal]) })),
    close: () => transport.close(),
  }
}

/** Notes every write but Events and Leases, which are about what happens, not what is. */
const recording = (transport: Transport, writes: string[]): Transport => ({
  ...transport,
  request: (request) => {
    if (request.method !== 'GET' && !/\/(events|leases)(\/|$)/.test(request.path)) writes.push(`${request.method} ${request.path}`)
    return transport.request(request)
  },
})

