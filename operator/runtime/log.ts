import { pino, stdSerializers } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import { ApiError } from './api-error.ts'

/** What the runtime logs to; a pino logger. */
export type Log = Logger

/** As much of it as tells what was done. */
export type Notes = { info: (fields: object, message: string) => void }

/** Anything under these names is somebody's secret. */
const SECRET_FIELDS = ['userData', 'userdata', 'publicKey', 'privateKey', 'token', 'password', 'authorization', 'data', 'stringData', 'caBundle', 'key.pem']

/**
 * JSON lines on stdout. Objects and specs are never logged; should one slip in, the fields that may hold user data, keys or tokens are cut
 * out up to three levels deep.
 */
export const createLog = (options: { level?: string; name?: string; destination?: DestinationStream } = {}): Log => {
  const paths = SECRET_FIELDS.flatMap((field) => ['', '*.', '*.*.'].map((prefix) => `${prefix}["${field}"]`.replace('.[', '[')))
  const settings = {
    name: options.name ?? 'kumulus',
    level: options.level ?? 'info',
    redact: { paths, censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorForLog },
    base: null,
  }
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination)
}

/** An `Invalid` answer quotes the values that it refuses, which may be anybody's user data: only their fields are logged. */
const errorForLog = (error: Error): object => {
  if (!(error instanceof ApiError)) return stdSerializers.err(error)
  const { name, status, reason, message, details } = error
  const fields = (details.causes ?? []).map(({ field }) => field)
  return { type: name, status, reason, message: status === 422 ? `refused: ${fields.join(', ')}` : message }
}

/** A log that says nothing, for tests and simulations. */
export const silentLog: Log = pino({ level: 'silent' })
