import type { ApiRequest, Transport } from '../../../operator/runtime/transport.ts'

/** What a perturbation knows of one open watch. */
export type OpenWatch = {
  /** `group/plural`, as plans name resources: `kumulus.dev/instances`, `/secrets`. */
  resource: string
  request: ApiRequest
  /** Aborts when the reader leaves, so that nothing here outlives it. */
  signal: AbortSignal
}

/** Makes of the lines of one watch the lines that its reader gets. */
export type Rewrite = (lines: AsyncIterator<string>, watch: OpenWatch) => AsyncIterable<string>

/** A transport whose watches pass `rewrite`, line by line whatever pieces they came in. `concerns` tells which resources'. */
export const rewriteWatches = (transport: Transport, concerns: (resource: string) => boolean, rewrite: Rewrite): Transport => ({
  ...transport,
  stream: async (request) => {
    const resource = resourceOf(request.path)
    if (request.query?.['watch'] !== 'true' || !concerns(resource)) return transport.stream(request)
    const leaving = new AbortController()
    const signal = request.signal === undefined ? leaving.signal : AbortSignal.any([request.signal, leaving.signal])
    const stream = await transport.stream({ ...request, signal })
    if (stream.status !== 200) return stream
    return { ...stream, chunks: rewritten(stream.chunks, rewrite, { resource, request, signal }, leaving) }
  },
})

async function* rewritten(chunks: AsyncIterable<string>, rewrite: Rewrite, watch: OpenWatch, leaving: AbortController): AsyncGenerator<string> {
  try {
    yield* rewrite(linesOf(chunks)[Symbol.asyncIterator](), watch)
  } finally {
    leaving.abort(new Error('the reader of the watch has left'))
  }
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield `${line}\n`
  }
  if (rest !== '') yield rest
}

/** `group/plural` of the collection, object or subresource that a path names. */
export const resourceOf = (path: string): string => {
  const parts = path.split('/').slice(1)
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '')
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3)
  const plural = rest[0] === 'namespaces' && rest.length > 2 ? rest[2] : rest[0]
  return `${group}/${plural ?? ''}`
}

/** Whether a line tells of a change; bookmarks and errors are none. Plans count these. */
export const isEvent = (line: string): boolean => /^\{"type":"(ADDED|MODIFIED|DELETED)"/.test(line)

export type WatchedObject = { metadata: { name: string; namespace?: string; uid: string; resourceVersion: string } & Record<string, unknown> }

export const objectOf = (line: string): WatchedObject => (JSON.parse(line) as { object: WatchedObject }).object

/** What an API server says in a watch when it can't go on from where the reader was: the reader has to list again. */
export const tooOld = (): string => `${JSON.stringify({
  type: 'ERROR',
  object: { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', reason: 'Expired', code: 410, message: 'too old resource version' },
})}\n`
