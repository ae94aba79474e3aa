/**
 * A whole cloud in one process on a clock that stands still: API server, stand-ins, simulated guests and the real operator. What happens
 * depends on the seed and the calls alone.
 */
import type { KubeObject, NewObject, ResourceType } from '../../crds/kubernetes.ts'
import { apiVersionOf } from '../../crds/kubernetes.ts'
import { definitions } from '../../crds/v1alpha1/index.ts'
import type { Client } from '../../operator/runtime/client.ts'
import type { FakeClock } from '../../operator/runtime/fake-clock.ts'
import type { Cloud, CloudOptions } from './cloud.ts'
import { startCloud } from './cloud.ts'
import type { OperatorOptions, OperatorProcess } from './operator-process.ts'
import { startOperatorProcess } from './operator-process.ts'

export type WorldOptions = CloudOptions & Omit<OperatorOptions, 'identity' | 'seed' | 'elect' | 'writes'>

/** An object with whatever it has. */
export type Anything = KubeObject & { spec: Record<string, unknown>; status?: Record<string, unknown> }

export type World = Omit<Cloud, 'stop'> & {
  /** Every write that the operator sent, in order, `METHOD path`. */
  writes: string[]
  /** Server-side applies manifests of ours as a user. `metadata.namespace` is `default` unless given. */
  apply: (...manifests: readonly (NewObject & Record<string, unknown>)[]) => Promise<void>
  get: (resource: ResourceType, name: string, namespace?: string) => Promise<Anything | undefined>
  list: (resource: ResourceType) => Promise<Anything[]>
  remove: (resource: ResourceType, name: string, namespace?: string) => Promise<void>
  /** Lets time pass until `check` holds of what is stored; throws after an hour of the clock. */
  until: (check: () => Promise<boolean>) => Promise<void>
  /** Ends every operator as SIGKILL would: nothing is finished, nothing is said. */
  crash: () => void
  /** Starts an operator; the world begins with one. */
  start: (options?: OperatorOptions) => OperatorProcess
  stop: () => Promise<void>
}

export const createWorld = async (options: WorldOptions = {}): Promise<World> => {
  const cloud = await startCloud(options)
  const { clock, server, client } = cloud
  const writes: string[] = []
  const operators: OperatorProcess[] = []
  const start = (given: OperatorOptions = {}) => {
    const operator = startOperatorProcess(server, clock, { writes, ...options, ...given })
    operators.push(operator)
    return operator
  }
  const crash = () => {
    for (const operator of operators.splice(0)) operator.crash()
  }
  start()
  return {
    ...cloud,
    writes,
    start,
    crash,
    apply: async (...manifests) => {
      for (const manifest of manifests) await applyAsUser(client, manifest)
    },
    get: (resource, name, namespace) => client.get<Anything>(resource, target(resource, name, namespace)),
    list: async (resource) => (await client.list<Anything>(resource, {})).items,
    remove: async (resource, name, namespace) => void (await client.delete(resource, target(resource, name, namespace))),
    until: (check) => until(clock, check),
    stop: async () => {
      crash()
      await cloud.stop()
    },
  }
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
