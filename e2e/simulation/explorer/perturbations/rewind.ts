import type { ApiRequest, Transport } from '../../../../operator/runtime/transport.ts'
import type { Interposer } from '../interposer.ts'
import { resourceOf, rewriteWatches } from '../watched.ts'
import { atWrite, never } from './at-write.ts'
import type { PerturbationOf } from './perturbation-of.ts'

/** Milliseconds for which the API server that answered the list stays behind: long enough for everything to be decided on what it said. */
export const LAG = 5_000

/**
 * The operator dies before a write, and the first list of a resource that its next life reads is one of an API server that lags behind by some
 * changes of that resource. So do the watches from there, for a while.
 */
export const rewind = ({ write, resource, back }: PerturbationOf<'rewind'>): Interposer => ({ server, clock, crash, lastsUntil }) => {
  const revisions: number[] = []
  server.subscribe(({ bucket, revision }) => void (bucket === resource && revisions.push(revision)))
  const old: { revision?: number; lists: Set<string>; until: number } = { lists: new Set(), until: 0 }
  const dying = atWrite(write, () => {
    const after = revisions.at(-Math.max(1, back)) ?? revisions[0]
    if (after !== undefined) old.revision = after - 1
    crash()
    return never()
  })
  const lag = (transport: Transport): Transport => rewriteWatches(transport, (each) => each === resource, async function* (lines, { signal }) {
    while (clock.now() < old.until) await clock.sleep(old.until - clock.now(), signal)
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) yield line.value
  })
  const ofThen = (request: ApiRequest): ApiRequest => {
    const text = JSON.stringify([request.path, request.query])
    if (old.revision === undefined || !isFirstPage(request, resource) || old.lists.has(text)) return request
    old.lists.add(text)
    old.until = Math.max(old.until, clock.now() + LAG)
    lastsUntil(old.until)
    return { ...request, query: { ...request.query, resourceVersion: String(old.revision), resourceVersionMatch: 'Exact' } }
  }
  return (transport) => {
    const lagging = lag(transport)
    return dying({ ...lagging, request: (request) => transport.request(ofThen(request)) })
  }
}

const collection = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+)?\/[^/]+$/

const isFirstPage = ({ method, path, query }: ApiRequest, resource: string): boolean =>
  method === 'GET' && resourceOf(path) === resource && collection.test(path) && query?.['limit'] !== undefined && query['continue'] === undefined
