import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import { controllers, type Registration } from '../../../operator/controllers.ts'
import { type Client, pathOf } from '../../../operator/runtime/client.ts'
import type { OperatorSettings } from '../../../operator/settings.ts'
import type { CallWebhook } from '../../../sandbox/apiserver/admission/webhooks.ts'
import { wireBody } from '../../../sandbox/apiserver/request.ts'
import { MUTATING, VALIDATING, webhookConfigurations } from '../../../webhooks/configuration.ts'
import { answerReview } from '../attacks/admission.ts'
import { type Cloud, type SavedCloud, startCloud } from '../cloud.ts'
import { type OperatorProcess, startOperatorProcess } from '../operator-process.ts'
import { steadySilence, steadyWatches } from '../steady-watches.ts'
import { snapshotOf, type Snapshot } from './cluster-state.ts'

/** What an API server said to one request. */
export type Answer = {
  status: number
  message: string
  causes: readonly { field: string; message: string }[]
  warnings: string
  object: KubeObject | undefined
}

export type Verb = 'apply' | 'create' | 'replace'
export type SendOptions = { dryRun?: boolean; fieldValidation?: 'Strict' | 'Warn' | 'Ignore' }

/** A cloud with the real operator and its admission server in it, as one user sees it. */
export type FieldCloud = {
  send: (verb: Verb, resource: ResourceType, manifest: object, options?: SendOptions) => Promise<Answer>
  get: (resource: ResourceType, name: string) => Promise<KubeObject | undefined>
  remove: (resource: ResourceType, name: string, namespace?: string) => Promise<Answer>
  /** Whether the admission server answers; it does at first. */
  door: { open: boolean }
  /** Lets time pass until nothing is written any more; throws where there is no end to it. */
  settle: () => Promise<void>
  /** What is still written in so many minutes. */
  writesIn: (minutes: number) => Promise<string[]>
  readonly revision: number
  snapshot: () => Snapshot
  /** To go on from in another. */
  save: () => SavedCloud
  stop: () => Promise<void>
}

export type FieldCloudOptions = {
  /** The kinds that the operator runs; ours when left out. */
  kinds?: (settings: OperatorSettings) => readonly Registration[]
  /** What to go on from; an empty cloud when left out. */
  from?: SavedCloud
  /** Of UIDs. What goes on from a saved cloud needs another than that had, or objects of both would share theirs. */
  seed?: number
}

/** Longer than anything waits before it tries again: the stand-ins' first back-off of imports and of crashes. */
const quietMs = 12_000
const settleLimitMs = 10 * 60_000

/** Nodes are well without saying so every ten seconds: it is time that passes often here, and nothing else. */
const restful = { nodeHeartbeat: 3_600_000, nodeLost: 4 * 3_600_000 }

const user = { username: 'alice', groups: ['system:masters'] }

export const startFieldCloud = async ({ kinds = controllers, from, seed = 1 }: FieldCloudOptions = {}): Promise<FieldCloud> => {
  const door = { open: true }
  const running: { operator?: OperatorProcess } = {}
  const cloud = await startCloud({
    seed, timings: restful, steady: true, callWebhook: admission(door, running), ...from === undefined ? {} : { from },
  })
  const { server, clock, client } = cloud
  running.operator = startOperatorProcess(server, clock, { kinds, wrap: steadyWatches, silence: steadySilence })
  if (from === undefined) await install(client)
  const written: string[] = []
  const unsubscribe = server.subscribe(({ bucket, key, type }) => {
    if (!passing.test(bucket)) written.push(`${type} ${bucket} ${key}`)
  })
  const send = sender(server)
  return {
    door, send,
    get: (resource, name) => client.get<KubeObject>(resource, targetOf(resource, name)).catch(() => undefined),
    remove: async (resource, name, namespace) => send('delete', resource, { metadata: { name, namespace } }),
    settle: () => settle(cloud, written, () => running.operator?.runtime.idle() === true),
    writesIn: async (minutes) => {
      const before = written.length
      await clock.advance(minutes * 60_000)
      return written.slice(before)
    },
    get revision() {
      return server.revision
    },
    snapshot: snapshots(server),
    save: cloud.save,
    stop: async () => {
      unsubscribe()
      running.operator?.crash()
      await cloud.stop()
    },
  }
}

/** Most transitions are refused and change nothing: then the last one will do. */
const snapshots = (server: Cloud['server']): (() => Snapshot) => {
  let last: { revision: number; snapshot: Snapshot } | undefined
  return () => {
    if (last?.revision !== server.revision) last = { revision: server.revision, snapshot: snapshotOf(server.state().objects) }
    return last.snapshot
  }
}

const settle = async ({ clock, standIns }: Cloud, written: readonly string[], isIdle: () => boolean): Promise<void> => {
  const end = clock.now() + settleLimitMs
  for (let before = -1; before !== written.length;) {
    if (clock.now() > end) throw new Error(`is written without an end: ${[...new Set(written.slice(-20))].join(', ')}`)
    before = written.length
    await clock.advance(quietMs)
    // What the clock knows nothing of: a key pair is made on another thread.
    while (!isIdle() || !standIns.idle()) await turn()
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** What our chart brings, and a second account. */
const install = async (client: Client): Promise<void> => {
  const [validating, mutating] = webhookConfigurations({ url: 'https://admission.kumulus-system.svc' }, 'not asked for')
  await client.create(VALIDATING, validating)
  await client.create(MUTATING, mutating)
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } })
}

const namespaces: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }

/** What says that time passes and what has happened, not what there is. */
const passing = /^(\/events|events\.k8s\.io\/events|coordination\.k8s\.io\/leases|\/nodes)$/

const targetOf = (resource: ResourceType, name: string, namespace = 'default') => (resource.namespaced ? { name, namespace } : { name })

/** The admission server's own verdicts, without its HTTPS. It sees what the operator's stores hold, as it would its own. */
const admission = (door: { open: boolean }, running: { operator?: OperatorProcess }): CallWebhook => async (call) => {
  const runtime = running.operator?.runtime
  if (!door.open || runtime === undefined) throw new Error('connect ECONNREFUSED')
  return answerReview(runtime, call)
}

const methods = { apply: 'PATCH', create: 'POST', replace: 'PUT', delete: 'DELETE' } as const

type Manifest = { metadata: { name: string; namespace?: string | undefined } }

/** As kubectl does it, but without the client: text goes in and text comes out. */
const sender = (server: Cloud['server']) =>
  async (verb: keyof typeof methods, resource: ResourceType, manifest: object, options: SendOptions = {}): Promise<Answer> => {
    const { dryRun = false, fieldValidation = 'Strict' } = options
    const { name, namespace = 'default' } = (manifest as Manifest).metadata
    const target = resource.namespaced ? { name, namespace } : { name }
    const { status, headers, body } = await server.handle({
      method: methods[verb],
      path: pathOf(resource, verb === 'create' ? { ...target, name: undefined } as never : target),
      query: new URLSearchParams({
        fieldManager: 'alice', fieldValidation, ...verb === 'apply' ? { force: 'true' } : {}, ...dryRun ? { dryRun: 'All' } : {},
      }),
      headers: { 'accept': 'application/json', 'content-type': verb === 'apply' ? 'application/apply-patch+yaml' : 'application/json' },
      body: verb === 'delete' ? '' : JSON.stringify(manifest),
      user,
    })
    return answerOf(status, headers, JSON.parse(String(wireBody(body))) as AnswerBody)
  }

type AnswerBody = KubeObject & { message?: string; details?: { causes?: { field?: string; message?: string }[] } }

const answerOf = (status: number, headers: Record<string, string>, body: AnswerBody): Answer => ({
  status,
  message: body.message ?? '',
  causes: (body.details?.causes ?? []).map(({ field = '', message = '' }) => ({ field, message })),
  warnings: headers['warning'] ?? '',
  object: status < 300 ? body : undefined,
})
