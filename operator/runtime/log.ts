import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

/** What the runtime logs to; a pino logger. */
export type Log = Logger

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
    base: null,
  }
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination)
}

/** A log that says nothing, for tests and simulations. */
export const silentLog: Log = pino({ level: 'silent' })
