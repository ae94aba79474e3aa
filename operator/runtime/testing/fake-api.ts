import type { KubeObject, ManagedFieldsEntry } from '../../../crds/kubernetes.ts'
import type { ApiRequest, ApiResponse, ApiStream, Transport } from '../transport.ts'

type Stored = KubeObject & Record<string, unknown>
type Watcher = { collection: string; push: (line: string) => void; end: () => void }

/** Decides what becomes of a request: `before` it takes effect or `after`, an error to throw or nothing. */
export type Fault = (request: ApiRequest, when: 'before' | 'after') => void

/**
 * The least API server that the runtime's own tests need, in memory: server-side apply with managedFields (lists are atomic), merge patch,
 * preconditions, finalizers and watches. What the real one does is proved elsewhere, on the real one.
 */
export class FakeApi implements Transport {
  /** Every request that is not a GET. */
  readonly writes: ApiRequest[] = []
  fault: Fault = () => {}
  /** How the server puts what it stores into its own words. */
  normalise: (object: Stored) => Stored = (object) => object
  readonly #objects = new Map<string, Stored>()
  readonly #watchers = new Set<Watcher>()
  #revision = 100
  #uids = 0

  readonly request = async (request: ApiRequest): Promise<ApiResponse> => {
    if (request.method !== 'GET') this.writes.push(request)
    this.fault(request, 'before')
    const answer = this.#answer(structuredClone(request))
    this.fault(request, 'after')
    return { status: answer.code ?? 200, headers: {}, body: structuredClone(answer.body) }
  }

  readonly stream = async (request: ApiRequest): Promise<ApiStream> => {
    const lines: string[] = []
    let wake = Promise.withResolvers<void>()
    let ended = false
    const watcher: Watcher = {
      collection: request.path,
      push: (line) => {
        lines.push(line)
        wake.resolve()
      },
      end: () => {
        this.#watchers.delete(watcher)
        ended = true
        wake.resolve()
      },
    }
    this.#watchers.add(watcher)
    request.signal?.addEventListener('abort', watcher.end)
    const chunks = async function* () {
      while (!ended) {
        await wake.promise
        wake = Promise.withResolvers<void>()
        while (lines.length > 0) yield lines.shift() as string
      }
    }
    return { status: 200, headers: {}, chunks: chunks() }
  }

  readonly close = async (): Promise<void> => {}

  /** Puts an object there as somebody else would, by its collection's path. */
  put(collection: string, object: Omit<KubeObject, 'metadata'> & { metadata: Partial<KubeObject['metadata']>; [field: string]: unknown }): Stored {
    const path = `${collection}/${object.metadata.name}`
    const live = this.#objects.get(path)
    const metadata = { uid: live?.metadata.uid ?? `uid-${++this.#uids}`, generation: 1, ...object.metadata } as KubeObject['metadata']
    return this.#store(path, { ...object, metadata })
  }

  get(path: string): Stored | undefined {
    return this.#objects.get(path)
  }

  #answer(request: ApiRequest): { code?: number; body: unknown } {
    const status = request.path.endsWith('/status')
    const path = status ? request.path.slice(0, -'/status'.length) : request.path
    const live = this.#objects.get(path)
    const body = request.body as Stored | undefined
    if (request.method === 'GET') return live === undefined && !this.#isCollection(path) ? failure(404, 'NotFound') : { body: live ?? this.#list(path) }
    if (request.method === 'POST') return this.#create(`${path}/${body?.metadata.name}`, body as Stored)
    if (request.contentType === 'application/apply-patch+yaml') return this.#apply(path, live, body as Stored, request.query?.['fieldManager'] ?? '', status)
    if (live === undefined) return failure(404, 'NotFound')
    const guard = (request.method === 'DELETE' ? (body?.['preconditions'] as Record<string, string> | undefined) : body?.metadata) ?? {}
    if (guard.uid !== undefined && guard.uid !== live.metadata.uid) return failure(409, 'Conflict')
    if (guard.resourceVersion !== undefined && guard.resourceVersion !== live.metadata.resourceVersion) return failure(409, 'Conflict')
    if (request.method === 'DELETE') return this.#delete(path, live)
    if (request.method === 'PUT') return { body: this.#store(path, body as Stored) }
    const metadata = { ...live.metadata, ...body?.metadata }
    const next = { ...live, ...body, metadata: metadata }
    if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) return this.#gone(path, next)
    return { body: this.#store(path, next) }
  }

  #isCollection(path: string): boolean {
    return /^\/(api\/v1|apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+)?\/[^/]+$/.test(path)
  }

  #list(collection: string): unknown {
    const items = [...this.#objects].filter(([path]) => under(path, collection)).map(([, object]) => object)
    return { metadata: { resourceVersion: String(this.#revision) }, items }
  }

  #create(path: string, object: Stored): { code?: number; body: unknown } {
    if (this.#objects.has(path)) return failure(409, 'AlreadyExists')
    return { code: 201, body: this.#store(path, { ...object, metadata: { ...object.metadata, uid: `uid-${++this.#uids}`, generation: 1 } }) }
  }

  #apply(path: string, live: Stored | undefined, desired: Stored, manager: string, status: boolean): { code?: number; body: unknown } {
    const { uid, resourceVersion, ...metadata } = desired.metadata
    if (live === undefined && (uid !== undefined || status)) return uid === undefined ? failure(404, 'NotFound') : failure(409, 'Conflict')
    if (live !== undefined && uid !== undefined && uid !== live.metadata.uid) return failure(409, 'Conflict')
    if (live !== undefined && resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) return failure(409, 'Conflict')
    const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...rest } = desired
    const labelled = { ...rest, metadata: { labels: metadata.labels, ownerReferences: metadata.ownerReferences } }
    const fields = fieldsOf(status ? rest : labelled) as Record<string, unknown>
    const entry: ManagedFieldsEntry = {
      manager, operation: 'Apply', apiVersion: desired.apiVersion, fieldsType: 'FieldsV1', fieldsV1: fields, ...(status ? { subresource: 'status' } : {}),
    }
    const others = (live?.metadata.managedFields ?? []).filter((each) => each.manager !== manager)
    const base = live?.metadata ?? { uid: `uid-${++this.#uids}`, generation: 1 }
    const merged = { ...live, ...desired, metadata: { ...base, ...metadata, managedFields: [...others, entry] } as KubeObject['metadata'] }
    return { code: live === undefined ? 201 : 200, body: this.#store(path, merged) }
  }

  #delete(path: string, live: Stored): { code?: number; body: unknown } {
    if ((live.metadata.finalizers ?? []).length === 0) return this.#gone(path, live)
    const deletionTimestamp = live.metadata.deletionTimestamp ?? '2026-01-01T00:00:00Z'
    return { body: this.#store(path, { ...live, metadata: { ...live.metadata, deletionTimestamp } }) }
  }

  #gone(path: string, object: Stored): { body: unknown } {
    this.#objects.delete(path)
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } }
    this.#tell('DELETED', path, last)
    return { body: { kind: 'Status', status: 'Success' } }
  }

  #store(path: string, object: Stored): Stored {
    const live = this.#objects.get(path)
    const stored = { ...this.normalise(object), metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } }
    this.#objects.set(path, stored)
    this.#tell(live === undefined ? 'ADDED' : 'MODIFIED', path, stored)
    return stored
  }

  #tell(type: string, path: string, object: Stored): void {
    for (const { collection, push } of this.#watchers) if (under(path, collection)) push(`${JSON.stringify({ type, object })}\n`)
  }
}

/** `/apis/g/v/things` holds `/apis/g/v/namespaces/a/things/x`. */
const under = (path: string, collection: string): boolean => {
  const plain = path.replace(/\/namespaces\/[^/]+(?=\/[^/]+\/)/, '')
  return plain.startsWith(`${collection}/`) || path.startsWith(`${collection}/`)
}

const fieldsOf = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? {}
    : Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined).map(([name, member]) => [`f:${name}`, fieldsOf(member)]))

const failure = (code: number, reason: string) => ({ code, body: { kind: 'Status', apiVersion: 'v1', code, reason, message: `fake ${reason}` } })
