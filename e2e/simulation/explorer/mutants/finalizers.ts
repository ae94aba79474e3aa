import type { ApiRequest, ApiResponse, Transport } from '../../../../operator/runtime/transport.ts'
import { ready } from '../../../../operator/runtime/outcome.ts'
import type { Mutation } from '../operators.ts'
import { rewriteWatches } from '../watched.ts'
import { asItIs, bodyOf, isApply, type Mutant, withKind, withRequests } from './mutant.ts'

const finalizersOf = (request: ApiRequest): readonly string[] | undefined =>
  request.method === 'PATCH' && !isApply(request) ? (bodyOf(request).metadata?.['finalizers'] as readonly string[] | undefined) : undefined

type Answered = { metadata: { resourceVersion: string; finalizers?: readonly string[] } }

/** Says that the finalizer is there. */
const pretended = async (request: ApiRequest, next: Transport['request'], finalizers: readonly string[]): Promise<ApiResponse> => {
  const answer = await asItIs(request, next)
  const object = answer.body as Answered
  return answer.status === 200 ? { ...answer, body: { ...object, metadata: { ...object.metadata, finalizers } } } : answer
}

const never = withRequests((request, next) => {
  const finalizers = finalizersOf(request) ?? []
  return finalizers.length > 0 ? pretended(request, next, finalizers) : next(request)
})

/** The children first, then the status, and only then the finalizer. */
const late: Mutation = {
  wrap: (transport) => {
    const owed = new Map<string, readonly string[]>()
    return {
      ...transport,
      request: async (request) => {
        const finalizers = finalizersOf(request)
        if (finalizers !== undefined && finalizers.length > 0) {
          owed.set(request.path, finalizers)
          return pretended(request, transport.request, finalizers)
        }
        const answer = await transport.request(request)
        const path = request.path.replace(/\/status$/, '')
        const due = owed.get(path)
        if (answer.status >= 300 || due === undefined || path === request.path || request.method === 'GET') return answer
        owed.delete(path)
        const { resourceVersion, uid } = (answer.body as { metadata: { resourceVersion: string; uid: string } }).metadata
        const body = { metadata: { uid, resourceVersion, finalizers: due } }
        return transport.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body })
      },
    }
  },
}

/** The tear-down counts as done as soon as anything of it is begun. */
const early = withKind('Instance', (kind) => {
  const begun = new WeakSet<object>()
  return {
    ...kind,
    finalize: Object.fromEntries(Object.entries(kind.finalize ?? {}).map(([name, step]) => [name, async (context) => {
      if (!begun.has(context.facts) && (await step(context)).kind !== 'ready') begun.add(context.facts)
      return ready
    }])),
  }
})

/** The definition of a kind never seems to go. */
const unguarded: Mutation = {
  wrap: (transport) => ({
    ...rewriteWatches(transport, (resource) => resource === 'apiextensions.k8s.io/customresourcedefinitions', async function* (lines) {
      for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
        if (!line.value.includes('deletionTimestamp') && !line.value.startsWith('{"type":"DELETED"')) yield line.value
      }
    }),
    request: async (request) => {
      const answer = await transport.request(request)
      if (request.method !== 'GET' || !request.path.includes('/customresourcedefinitions/')) return answer
      return { ...answer, status: 200, body: JSON.parse(JSON.stringify(answer.body).replace(/"deletionTimestamp":"[^"]*",?/, '')) as unknown }
    },
  }),
}

/** Bugs in how the operator lets go. */
export const finalizerMutants: readonly Mutant[] = [
  {
    bug: 'the finalizer is never added', mutation: never,
    scenario: 'block-devices', caughtBy: 'sameFinalState',
  },
  {
    bug: 'the finalizer is added after the children and the status', mutation: late,
    scenario: 'deleted-while-it-launches', caughtBy: 'sameFinalState',
    // It sends a child first; once something has been made of that, no disk is late any more.
    oneOf: [2, 3, 4, 5, 6, 7, 8].map((write) => [{ kind: 'crash', write, when: 'after' }]),
  },
  {
    bug: 'the finalizer is removed before the tear-down is done', mutation: early,
    scenario: 'terminate', caughtBy: 'sameFinalState',
  },
  {
    bug: 'the deletion of a definition is taken for that of its objects', mutation: unguarded,
    scenario: 'crossplane-azure-215-definition-of-volume-deleted', caughtBy: 'notStuck',
  },
]
