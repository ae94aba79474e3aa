import { usualAccept, type ApiRequest, type ApiResponse, type ApiStream, type Transport } from '../../operator/runtime/transport.ts'
import { frozen } from './json-frozen.ts'
import { madeOf } from './json-text.ts'
import { isDocument, wireBody, type JsonDocument, type ServerResponse, type UserInfo } from './request.ts'
import type { ApiServer } from './server.ts'

/**
 * A Transport that is a function call: no sockets and no timers but the server's clock. Objects come as they are stored, frozen, so that neither
 * side can reach into the other's.
 */
export const inProcessTransport = (server: ApiServer, user: UserInfo): Transport => {
  const call = ({ method, path, query, contentType, body, headers, signal }: ApiRequest): Promise<ServerResponse> => {
    signal?.throwIfAborted()
    return server.handle({
      method,
      path,
      query: new URLSearchParams(query),
      headers: { accept: usualAccept, ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }), ...headers },
      body: body === undefined ? '' : JSON.stringify(body),
      user,
      ...(signal === undefined ? {} : { signal }),
    })
  }

  return {
    request: async (request): Promise<ApiResponse> => {
      const { status, headers, body } = await call(request)
      if (isDocument(body)) return { status, headers, body: frozen(body.json) }
      return { status, headers, body: parsed(await textOf(body), headers['content-type'] ?? '') }
    },
    stream: async (request): Promise<ApiStream> => {
      request.signal?.throwIfAborted()
      const leaving = new AbortController()
      // By hand: a signal of two costs several times as much, and an operator that starts opens dozens of watches.
      const leave = () => leaving.abort(request.signal?.reason)
      request.signal?.addEventListener('abort', leave, { once: true })
      leaving.signal.addEventListener('abort', () => request.signal?.removeEventListener('abort', leave), { once: true })
      const { status, headers, body } = await call({ ...request, signal: leaving.signal })
      return { status, headers, chunks: chunksOf(wireBody(body), request.signal, leaving) }
    },
    twins: { take: known, put: () => {} },
    close: async () => {},
  }
}

/** What an event's text was made of, where that was a moment ago. */
const known = (text: string): unknown => {
  const object = madeOf(text)
  return object === undefined ? undefined : frozen(object)
}

const parsed = (text: string, contentType: string): unknown => {
  if (text === '') return undefined
  return contentType.startsWith('application/json') ? (JSON.parse(text) as unknown) : text
}

type Carried = Exclude<ServerResponse['body'], JsonDocument>

const textOf = async (body: Carried): Promise<string> => {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  let text = ''
  for await (const chunk of body) text += chunk
  return text
}

/** A reader that stops early ends the watch; an aborted one gets the reason thrown, as from a connection. */
const chunksOf = (body: Carried, signal: AbortSignal | undefined, leaving: AbortController): AsyncIterable<string> => ({
  [Symbol.asyncIterator]: () => {
    const source = typeof body === 'string' || body instanceof Uint8Array ? once(body) : body
    const iterator = source[Symbol.asyncIterator]()
    return {
      next: async () => {
        signal?.throwIfAborted()
        const result = await iterator.next()
        signal?.throwIfAborted()
        return result
      },
      return: async () => {
        leaving.abort()
        await iterator.return?.()
        return { done: true, value: undefined }
      },
    }
  },
})

const once = async function* (body: string | Uint8Array): AsyncGenerator<string> {
  yield typeof body === 'string' ? body : Buffer.from(body).toString()
}
