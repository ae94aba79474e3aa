import type { ApiRequest, ApiResponse, Transport } from '../../../../operator/runtime/transport.ts'
import { isCountedWrite } from '../interposer.ts'

/** Handles the n-th counted write of a run in its own way; every other request passes. The count goes on over restarts. */
export const atWrite = (n: number, handle: (request: ApiRequest, transport: Transport) => Promise<ApiResponse>) => {
  let writes = 0
  return (transport: Transport): Transport => ({
    ...transport,
    request: (request) => (isCountedWrite(request) && ++writes === n ? handle(request, transport) : transport.request(request)),
  })
}

/** What a process waits for that will never wait again. */
export const never = <T>(): Promise<T> => new Promise(() => {})
