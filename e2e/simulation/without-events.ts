import type { Transport } from '../../operator/runtime/transport.ts'

/** Says of every Event that it was recorded and records none: they are a fifth of what a launch asks of the server, and no controller reads them. */
export const withoutEvents = (transport: Transport): Transport => ({
  ...transport,
  request: (request) => request.method === 'POST' && request.path.endsWith('/events')
    ? Promise.resolve({ status: 201, headers: {}, body: request.body })
    : transport.request(request),
})
