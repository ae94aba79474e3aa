import type { StatusError } from './errors.ts'
import { jsonText } from './json-text.ts'

/** Who asks. */
export type UserInfo = { username: string; groups: string[]; uid?: string; extra?: Record<string, string[]> }

/** Text, or bytes where the media type is no text. */
export type RequestBody = string | Uint8Array

/** A request as it reaches the server, whatever carried it. */
export type ServerRequest = {
  method: string
  /** Absolute path without the query. */
  path: string
  query: URLSearchParams
  /** Lower-case names. */
  headers: Record<string, string>
  /** The raw body, empty when there is none. */
  body: RequestBody
  /** Set where the carrier already knows the user (in-process); else the bearer token decides. */
  user?: UserInfo
  /** Aborted when the client is gone; ends watches. */
  signal?: AbortSignal
}

/** An answer's JSON before it is written down: who asks in this process need not read it again. Nothing in it is ever changed. */
export type JsonDocument = { json: object | null }

/** The answer. A stream's pieces are whole lines. */
export type ServerResponse = {
  status: number
  /** Lower-case names. */
  headers: Record<string, string>
  body: string | Uint8Array | JsonDocument | AsyncIterable<string>
}

export const isDocument = (body: ServerResponse['body']): body is JsonDocument => typeof body === 'object' && 'json' in body

/** A body as it goes over a wire. */
export const wireBody = (body: ServerResponse['body']): string | Uint8Array | AsyncIterable<string> =>
  isDocument(body) ? `${body.json === null ? 'null' : jsonText(body.json)}\n` : body

/** A JSON answer. */
export const jsonResponse = (status: number, body: unknown, headers: Record<string, string> = {}): ServerResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body) + '\n',
})

/** A plain text answer. */
export const textResponse = (status: number, body: string): ServerResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
})

/** The `v1 Status` of a refusal as an answer. */
export const errorResponse = (error: StatusError): ServerResponse => {
  const retry = error.details?.retryAfterSeconds
  return jsonResponse(error.code, error.toStatus(), retry === undefined ? {} : { 'retry-after': String(retry) })
}
