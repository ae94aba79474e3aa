/** A request to an API path that a stand-in serves, behind an API server or by itself. */
export type ServerRequest = {
  method: string
  /** Absolute path without the query. */
  path: string
  query?: Record<string, string>
  /** Parsed JSON. */
  body?: unknown
  signal?: AbortSignal
}

/** `body` is JSON; `chunks` is text as it comes. */
export type ServerResponse = {
  status: number
  headers: Record<string, string>
  body?: unknown
  chunks?: AsyncIterable<string>
}

/** An error as Kubernetes' API says it. */
export const statusResponse = (code: number, reason: string, message: string): ServerResponse => ({
  status: code,
  headers: { 'content-type': 'application/json' },
  body: { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message, reason, code },
})
