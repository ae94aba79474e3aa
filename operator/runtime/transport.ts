import type { Twins } from './twins.ts'

/**
 * The one seam between Kumulus and an API server. Over HTTPS in a cluster, a function call in a simulation; a recording
 * or failing transport wraps either.
 */
export type ApiRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute path without the query, for example `/apis/kumulus.dev/v1alpha1/namespaces/a/instances`. */
  path: string
  query?: Record<string, string>
  /** Media type of `body`; `application/json` when absent. */
  contentType?: string
  /** Plain JSON. */
  body?: unknown
  /** Extra request headers, lower case. */
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** What every request takes, as client-go says it: virt-api, whose acts answer with nothing, refuses (406) whoever insists on JSON. */
export const usualAccept = 'application/json, */*'

export type ApiResponse = {
  status: number
  /** Lower-case names. */
  headers: Record<string, string>
  /** Parsed JSON; undefined for an empty body, the raw text where it is not JSON. */
  body: unknown
}

export type ApiStream = {
  status: number
  headers: Record<string, string>
  /** Raw text in whatever pieces the network gave. Ends when the server closes, throws when the connection breaks. */
  chunks: AsyncIterable<string>
}

export type Transport = {
  /** One request, one answer. Resolves for every HTTP status; rejects only when no answer came. */
  request: (request: ApiRequest) => Promise<ApiResponse>
  /** A request whose answer is read as it arrives (watches, logs). Aborted by `request.signal`. */
  stream: (request: ApiRequest) => Promise<ApiStream>
  /** What it has read as answers and may come again in a stream; where it is left out, everything is parsed. */
  twins?: Twins
  close: () => Promise<void>
}
