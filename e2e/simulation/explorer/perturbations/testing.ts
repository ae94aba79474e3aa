import type { KubeObject, ResourceType } from '../../../../crds/kubernetes.ts'
import { createClient } from '../../../../operator/runtime/client.ts'
import type { Client } from '../../../../operator/runtime/client.ts'
import { silentLog } from '../../../../operator/runtime/log.ts'
import type { Runtime } from '../../../../operator/runtime/runtime.ts'
import { createRuntime } from '../../../../operator/runtime/runtime.ts'
import type { InformerSpec } from '../../../../operator/runtime/store.ts'
import { inProcessTransport } from '../../../../sandbox/apiserver/in-process.ts'
import { admin, startCloud } from '../../cloud.ts'
import type { Cloud } from '../../cloud.ts'
import type { Control } from '../interposer.ts'
import type { Perturbation } from '../plan.ts'
import type { Named } from '../scenario.ts'
import { interposerOf } from './index.ts'

export const configMaps: ResourceType = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }

type ConfigMap = KubeObject & { data?: Record<string, string> }

const spec: InformerSpec<ConfigMap> = { resource: configMaps, namespace: 'default', trim: (object: KubeObject) => object }

/** A process that does nothing but watch ConfigMaps, and through whose transport a test writes some. */
export type Reader = {
  client: Client
  /** What the process knows of a ConfigMap: its text and UID. */
  knows: (name: string) => { text: string | undefined; uid: string } | undefined
  /** Every text of every ConfigMap that it has known, `name text`, in order; `name -` for its end. */
  history: readonly string[]
}

export type SmallWorld = Cloud & {
  control: Control
  /** The process that runs now. */
  reader: () => Reader
  crashes: () => number
  seconds: () => number
  lastFault: () => number
  /** What its user has deleted by name. */
  removed: Named[]
  /** Writes a ConfigMap as somebody else. */
  put: (name: string, text: string) => Promise<void>
  remove: (name: string) => Promise<void>
}

/** A server, and a process behind a perturbation. */
export const smallWorld = async (perturbation: Perturbation): Promise<SmallWorld> => {
  const cloud = await startCloud()
  const state: { reader: Reader; crashes: number; seconds: number; last: number; end: AbortController; removed: Named[] } =
    { reader: undefined as never, crashes: 0, seconds: 0, last: 0, end: new AbortController(), removed: [] }
  const start = () => {
    state.end = new AbortController()
    state.reader = readerOf(cloud, wrap, state.end.signal)
  }
  const control: Control = {
    ...cloud,
    admin: inProcessTransport(cloud.server, admin),
    crash: () => {
      state.crashes++
      state.end.abort(new Error('the process is gone'))
      cloud.clock.after(100, start)
    },
    removed: () => state.removed,
    startSecond: () => void state.seconds++,
    lastsUntil: (time) => void (state.last = Math.max(state.last, time)),
  }
  const wrap = interposerOf(perturbation)(control)
  start()
  await cloud.clock.advance(10)
  return {
    ...cloud, control, removed: state.removed,
    reader: () => state.reader, crashes: () => state.crashes, seconds: () => state.seconds, lastFault: () => state.last,
    put: async (name, text) => {
      await cloud.client.apply(configMaps, manifest(name, text), { fieldManager: 'somebody' })
      await cloud.clock.advance(0)
    },
    remove: async (name) => {
      await cloud.client.delete(configMaps, { name, namespace: 'default' })
      await cloud.clock.advance(0)
    },
    stop: async () => {
      state.end.abort(new Error('the process is gone'))
      await cloud.stop()
    },
  }
}

export const manifest = (name: string, text: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { text } })

const readerOf = (cloud: Cloud, wrap: ReturnType<ReturnType<typeof interposerOf>>, signal: AbortSignal): Reader => {
  const transport = wrap(inProcessTransport(cloud.server, admin))
  const runtime: Runtime = createRuntime({ transport, clock: cloud.clock, log: silentLog, identity: 'reader' })
  const { store } = runtime.informer(spec)
  const history: string[] = []
  store.onChange(({ next, previous }) => {
    const { name } = (next ?? previous)?.metadata ?? { name: '' }
    if (!name.startsWith('kube-')) history.push(`${name} ${next === undefined ? '-' : (next.data?.['text'] ?? '')}`)
  })
  runtime.start(signal)
  return {
    client: createClient(transport),
    history,
    knows: (name) => {
      const found = store.get(`default/${name}`)
      return found === undefined ? undefined : { text: found.data?.['text'], uid: found.metadata.uid }
    },
  }
}
