import type { ApiResponse } from './transport.ts'

/** One cause in `details.causes` of a `v1 Status`. */
export type StatusCause = { reason?: string; message?: string; field?: string }

export type StatusDetails = {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: StatusCause[]
  retryAfterSeconds?: number
}

/** An answer of the API server that is not a success, as its `v1 Status` says it. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status code. */
  readonly status: number
  /** Machine-readable reason such as `NotFound`, `AlreadyExists`, `Conflict`, `Expired`; '' when the server gave none. */
  readonly reason: string
  /** Milliseconds that the server asked us to wait, if it did. */
  readonly retryAfter: number | undefined
  readonly details: StatusDetails

  constructor(status: number, reason: string, message: string, details: StatusDetails = {}, retryAfter?: number) {
    super(message)
    this.status = status
    this.reason = reason
    this.details = details
    this.retryAfter = retryAfter
  }
}

/** Reads an unsuccessful answer, whatever its body is: a `v1 Status`, a proxy's HTML or nothing. */
export const apiErrorOf = (response: Pick<ApiResponse, 'status' | 'headers' | 'body'>): ApiError => {
  const status = asStatus(response.body)
  const message = status?.message ?? (typeof response.body === 'string' && response.body !== '' ? response.body.slice(0, 500) : `HTTP ${response.status}`)
  const details = status?.details ?? {}
  return new ApiError(response.status, status?.reason ?? '', message, details, retryAfterOf(response.headers['retry-after'], details))
}

/** Reads the `v1 Status` that a watch sends inside its stream. */
export const apiErrorOfStatus = (object: unknown): ApiError => {
  const status = asStatus(object)
  return new ApiError(status?.code ?? 500, status?.reason ?? '', status?.message ?? 'the watch ended with an error', status?.details ?? {},
    retryAfterOf(undefined, status?.details ?? {}))
}

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404
export const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.status === 403
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.status === 409
export const isExpired = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone')

type Status = { message?: string; reason?: string; code?: number; details?: StatusDetails }

const isStatus = (body: unknown): body is Status =>
  typeof body === 'object' && body !== null && (body as { kind?: unknown }).kind === 'Status'

const asStatus = (body: unknown): Status | undefined => (isStatus(body) ? body : undefined)

/** The header may also hold a date; the API server only ever sends seconds. */
const retryAfterOf = (header: string | undefined, details: StatusDetails): number | undefined => {
  const seconds = header !== undefined && /^\d+$/.test(header) ? Number(header) : details.retryAfterSeconds
  return seconds === undefined || seconds === 0 ? undefined : seconds * 1000
}
