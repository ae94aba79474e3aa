import type { Cause } from './resource.ts'

/** The group and plural that an error is about; `kind` where the message names the kind. */
export type ErrorSubject = { group: string; plural: string; kind?: string }

type Details = {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: { reason?: string; message?: string; field?: string }[]
  retryAfterSeconds?: number
}

/** An answer other than success, as the API server's `v1 Status` says it. Everything that refuses a request throws one. */
export class StatusError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: Details | undefined
  /** Of an expired list: the token that goes on with today's state. */
  continue?: string

  constructor(code: number, reason: string, message: string, details?: Details) {
    super(message)
    this.name = 'StatusError'
    this.code = code
    this.reason = reason
    this.details = details
  }

  /** The `v1 Status` object. */
  toStatus() {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continue === undefined ? {} : { continue: this.continue },
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    }
  }
}

/** 400: the request itself makes no sense. */
export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message)

/** 401: no token, or one nobody knows. */
export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized')

/** 403. `message` follows `<resource> "<name>" is forbidden: `. */
export const forbidden = (subject: ErrorSubject, name: string, message: string): StatusError =>
  new StatusError(403, 'Forbidden', forbiddenMessage(subject, name, message), detailsOf(subject, name))

/** 404 for an object. */
export const notFound = (subject: ErrorSubject, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${qualified(subject)} "${name}" not found`, detailsOf(subject, name))

/** 404 for a resource that nothing serves. */
export const unknownResource = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})

/** 405. */
export const methodNotAllowed = (): StatusError =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

/** 405 for a verb that a custom resource does not have. */
export const methodNotSupported = (subject: ErrorSubject, action: string): StatusError =>
  new StatusError(405, 'MethodNotAllowed', `${action} is not supported on resources of kind "${qualified(subject)}"`, detailsOf(subject))

/** 406. */
export const notAcceptable = (accepted: string[]): StatusError =>
  new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`)

/** 409 for a name that is taken. */
export const alreadyExists = (subject: ErrorSubject, name: string): StatusError =>
  new StatusError(409, 'AlreadyExists', `${qualified(subject)} "${name}" already exists`, detailsOf(subject, name))

/** The message of a conflict over `metadata.resourceVersion`. */
export const modifiedMessage = 'the object has been modified; please apply your changes to the latest version and try again'

/** 409 for an object that is not as the client believes. */
export const conflict = (subject: ErrorSubject, name: string, message = modifiedMessage): StatusError =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${message}`, detailsOf(subject, name))

/**
 * 409 of server-side apply: another manager owns fields that the apply would change.
 *
 * @param conflicts - one entry for each field: who owns it, and its path as field managers write it (`.spec.replicas`).
 */
export const applyConflict = (conflicts: { manager: string; field: string }[]): StatusError => {
  const causes = conflicts.map(({ manager, field }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field }))
  return new StatusError(409, 'Conflict', applyConflictMessage(conflicts), { causes })
}

/** 410: the revision asked for has been compacted away. */
export const expired = (message: string): StatusError => new StatusError(410, 'Expired', message)

/** 410 of a watch from a revision that is too old. */
export const tooOldRevision = (asked: number, oldest: number): StatusError => expired(`too old resource version: ${asked} (${oldest})`)

/** 413: the body is larger than `limit` bytes. */
export const tooLarge = (limit: number): StatusError =>
  new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`)

/** 415. */
export const unsupportedMediaType = (accepted: string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

/** 422: the object breaks rules; each cause names its field. */
export const invalid = (subject: ErrorSubject, name: string, causes: Cause[]): StatusError => {
  const kind = subject.kind ?? subject.plural
  const title = subject.group === '' ? kind : `${kind}.${subject.group}`
  const list = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))]
  const text = list.length === 1 ? list[0] : `[${list.join(', ')}]`
  return new StatusError(422, 'Invalid', `${title} "${name}" is invalid: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(subject.group === '' ? {} : { group: subject.group }),
    kind,
    causes: causes.map(({ field, reason, message }) => ({ reason, message, field })),
  })
}

/** 429: come back later. `retryAfterSeconds` also becomes the Retry-After header. */
export const tooManyRequests = (message: string, retryAfterSeconds: number): StatusError =>
  new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds })

/** 500. */
export const internalError = (message: string): StatusError =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })

/** 504: a revision asked for has not been reached yet. */
export const tooLargeRevision = (asked: number, current: number): StatusError =>
  new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })

/** `pods` or `instances.kumulus.dev`. */
export const qualified = ({ group, plural }: ErrorSubject): string => (group === '' ? plural : `${plural}.${group}`)

const detailsOf = ({ group, plural }: ErrorSubject, name?: string): Details => ({
  ...(name === undefined || name === '' ? {} : { name }),
  ...(group === '' ? {} : { group }),
  kind: plural,
})

const forbiddenMessage = (subject: ErrorSubject, name: string, message: string): string =>
  name === '' ? `${qualified(subject)} is forbidden: ${message}` : `${qualified(subject)} "${name}" is forbidden: ${message}`

const applyConflictMessage = (conflicts: { manager: string; field: string }[]): string => {
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].sort()
  if (conflicts.length === 1) return `Apply failed with 1 conflict: conflict with ${conflicts[0]?.manager}: ${conflicts[0]?.field}`
  const parts = managers.map(
    (manager) => `conflicts with ${manager}:\n${conflicts.filter((c) => c.manager === manager).map((c) => `- ${c.field}`).join('\n')}`,
  )
  return `Apply failed with ${conflicts.length} conflicts: ${parts.join('\n')}`
}
