import { randomBytes, randomFillSync } from 'node:crypto'
import type { Logger } from 'pino'
import type { Clock } from '../../operator/runtime/clock.ts'
import { createAuthorizer } from './access/rbac.ts'
import { createTokenSigner } from './access/service-account-tokens.ts'
import { createWebhookAdmission, createHttpsCaller, type CallWebhook, type WebhookService } from './admission/webhooks.ts'
import { startBackground } from './background/index.ts'
import { bootstrap } from './bootstrap.ts'
import { builtinResources } from './builtin/index.ts'
import { reviewResources } from './access/reviews.ts'
import { timestampsOf, type Core } from './core.ts'
import type { AggregatedResource } from './discovery.ts'
import { StatusError, internalError } from './errors.ts'
import { createHandler } from './handler.ts'
import { uuid } from './identity.ts'
import { openJournal } from './journal.ts'
import { createOpenApi } from './openapi.ts'
import { createRegistry } from './registry.ts'
import { errorResponse, type ServerRequest, type ServerResponse, type UserInfo } from './request.ts'
import type { AnyObject } from './resource.ts'
import { createStorage, stateOf, type Storage, type StoredState } from './storage.ts'
import type { PodLogs } from './subresources/pods.ts'

/** An API group that somebody else serves. */
export type AggregatedApi = {
  resources: readonly AggregatedResource[]
  handle: (request: ServerRequest, user: UserInfo) => Promise<ServerResponse>
}

export type ApiServerOptions = {
  clock: Clock
  /** Where objects are kept over restarts; in memory only when left out. */
  dataDirectory?: string
  /** What another server's `state` was: this one goes on from there. */
  restore?: StoredState
  /** Bearer token → who that is. */
  tokens: ReadonlyMap<string, UserInfo>
  log?: Logger
  /** How many writes can be watched and listed back; default 10,000. */
  compactionRevisions?: number
  /** For how long, in milliseconds; default five minutes. */
  compactionAge?: number
  /** `group/version` → who serves it. */
  aggregated?: ReadonlyMap<string, AggregatedApi>
  podLogs?: PodLogs
  /** Source of UIDs, generated names and keys: seeded in a simulation. */
  random?: (bytes: number) => Uint8Array
  /** How webhooks are reached; HTTPS when left out. */
  callWebhook?: CallWebhook
  /** `namespace/name` of a Service → who answers its webhooks in this process. */
  webhookServices?: ReadonlyMap<string, WebhookService>
  /** Where a Service that a webhook names can be reached on this machine. */
  resolveService?: (service: { namespace: string; name: string; port: number }) => { host: string; port: number } | undefined
}

export type ApiServer = {
  /** Answers one request. Never rejects: what goes wrong is a `v1 Status`. */
  handle: (request: ServerRequest) => Promise<ServerResponse>
  /** Forgets the history up to `revision`, or all of it, as compaction does. */
  compact: (revision?: number) => void
  /** The revision of the last write. */
  readonly revision: number
  /** Everything that is stored now, to go on from in another server. */
  state: () => StoredState
  /** Called after each write, whoever made it, in order. Returns the unsubscribe. */
  subscribe: Storage['subscribe']
  /** Resolves when the server's own controllers (garbage collector, namespaces, definitions) have nothing left to do. */
  settled: () => Promise<void>
  /** Ends the controllers and every watch, and closes the journal. */
  close: () => Promise<void>
}

/** A Kubernetes API server in this process. */
export const createApiServer = (options: ApiServerOptions): ApiServer => {
  const { clock, log } = options
  const random = options.random ?? pooledRandom()
  const storage = createStorage(clock, { revisions: options.compactionRevisions ?? 10_000, age: options.compactionAge ?? 300_000 })
  if (options.restore !== undefined) storage.restore(options.restore.revision, options.restore.objects)
  const journal = options.dataDirectory === undefined ? undefined : openJournal(options.dataDirectory, storage, log)
  const caller = options.callWebhook === undefined ? createHttpsCaller() : undefined
  const core = createCore(options, storage, random, options.callWebhook ?? (caller as NonNullable<typeof caller>).call)
  const key = bootstrap(core)
  const background = startBackground(core)
  const ending = new AbortController()
  const handler = handlerOf(options, core, key, ending.signal)

  return {
    handle: async (request) => {
      try {
        return await handler(request)
      } catch (error) {
        if (error instanceof StatusError) return errorResponse(error)
        log?.error({ err: error, method: request.method, path: request.path }, 'request failed')
        return errorResponse(internalError((error as Error).message))
      }
    },
    compact: (revision) => storage.log.compact(revision),
    get revision() {
      return storage.revision
    },
    state: () => stateOf(storage),
    subscribe: storage.subscribe,
    settled: background.idle,
    close: async () => {
      ending.abort(new Error('the server closes'))
      background.close()
      await caller?.close()
      await journal?.close()
    },
  }
}

/** Randomness is fetched for hundreds of UIDs at a time: to ask for the sixteen bytes of one costs more than all else that is done for it. */
const pooledRandom = (): Core['random'] => {
  const pool = new Uint8Array(8192)
  let used = pool.length
  return (count) => {
    if (count > pool.length / 8) return new Uint8Array(randomBytes(count))
    if (used + count > pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += count
    return pool.slice(used - count, used)
  }
}

const createCore = (options: ApiServerOptions, storage: Storage, random: Core['random'], call: CallWebhook): Core => {
  const { clock, log } = options
  const configurations = (plural: string): AnyObject[] => {
    const bucket = `admissionregistration.k8s.io/${plural}`
    return storage.count(bucket) === 0 ? [] : [...storage.list(bucket, '').entries].map(([, object]) => object)
  }
  return {
    clock,
    storage,
    log,
    random,
    registry: createRegistry([...builtinResources(), ...reviewResources()]),
    timestamp: timestampsOf(clock),
    admission: createWebhookAdmission({
      clock,
      configurations: () => ({
        mutating: configurations('mutatingwebhookconfigurations'),
        validating: configurations('validatingwebhookconfigurations'),
      }),
      namespaceLabels: (name) => storage.get('/namespaces', `/${name}`)?.metadata['labels'] as Record<string, string> | undefined,
      resolveService: options.resolveService ?? (() => undefined),
      call,
      services: options.webhookServices,
      uuid: () => uuid(random),
    }),
  }
}

const handlerOf = ({ tokens, aggregated, podLogs }: ApiServerOptions, core: Core, key: Uint8Array, ending: AbortSignal) =>
  createHandler({
    core,
    tokens,
    signer: createTokenSigner(core, key),
    authorizer: createAuthorizer(core.storage),
    aggregated: aggregated ?? new Map<string, AggregatedApi>(),
    podLogs,
    ending,
    openApi: createOpenApi(core.registry),
  })
