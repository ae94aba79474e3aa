import type { ApiResponse } from '../../../../operator/runtime/transport.ts'
import type { Interposer } from '../interposer.ts'
import { atWrite } from './at-write.ts'
import type { PerturbationOf } from './perturbation-of.ts'

const reasons = { 409: 'Conflict', 429: 'TooManyRequests', 500: 'InternalError', 504: 'Timeout' } as const

/** An error instead of a write, or after it: the operator can't tell which. */
export const answer = ({ write, status, when, retryAfter }: PerturbationOf<'answer'>): Interposer => (control) =>
  atWrite(write, async (request, transport) => {
    if (when === 'after') await transport.request(request)
    control.lastsUntil(control.clock.now() + (retryAfter ?? 0) * 1000)
    return failure(status, retryAfter)
  })

/** What an API server answers that fails so. `retryAfter` in seconds. */
export const failure = (code: keyof typeof reasons, retryAfter: number | undefined): ApiResponse => ({
  status: code,
  headers: { 'content-type': 'application/json', ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }) },
  body: {
    apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', code, reason: reasons[code], message: 'a fault that was asked for',
    ...(retryAfter === undefined ? {} : { details: { retryAfterSeconds: retryAfter } }),
  },
})
