import type { Mutation } from '../operators.ts'
import { asItIs, bodyOf, isApply, type Mutant, without, withRequests, writeTo } from './mutant.ts'

const noVersion = withRequests((request, next) => {
  const { metadata, preconditions, ...rest } = bodyOf(request)
  if (request.method === 'DELETE') return next({ ...request, body: { ...rest, preconditions: without(preconditions as object, 'resourceVersion') } })
  return request.method !== 'PATCH' || isApply(request) ? next(request)
    : next({ ...request, body: { ...rest, metadata: without(metadata, 'resourceVersion') } })
})

const noUID = withRequests((request, next) => {
  const { metadata, ...rest } = bodyOf(request)
  return request.method === 'PATCH' && isApply(request) ? next({ ...request, body: { ...rest, metadata: without(metadata, 'uid') } }) : next(request)
})

/** Whoever has the name is taken for ours. */
const adopting = withRequests(async (request, next) => {
  const answer = await next(request)
  const { metadata, ...rest } = bodyOf(request)
  if (answer.status !== 409 || !isApply(request) || metadata?.['resourceVersion'] !== '1') return answer
  const { body } = await asItIs(request, next)
  const { uid } = (body as { metadata: { uid: string } }).metadata
  return next({ ...request, body: { ...rest, metadata: { ...without(metadata, 'resourceVersion'), uid } } })
})

const conflictIsFine = withRequests(async (request, next) => {
  const answer = await next(request)
  return answer.status === 409 && request.method === 'PATCH' ? asItIs(request, next) : answer
})

/** A name of the process's own instead of one that says what it belongs to: the next process draws another. */
const drawnNames: Mutation = (() => {
  let lives = 0
  return {
    wrap: (transport) => {
      const suffix = `-user-data-${(++lives).toString(36).padStart(5, 'x')}`
      const drawn = (text: string) => text.replaceAll(/-user-data(?![-\w])/g, suffix)
      return {
        ...transport,
        request: async (request) => {
          const body = request.body === undefined ? {} : { body: JSON.parse(drawn(JSON.stringify(request.body))) as unknown }
          const answer = await transport.request({ ...request, path: drawn(request.path), ...body })
          return { ...answer, body: JSON.parse(JSON.stringify(answer.body ?? null).replaceAll(suffix, '-user-data')) as unknown }
        },
      }
    },
  }
})()

/** A volume that nobody marked goes with its claim, whoever deletes that. */
const unmarkedVolumes = withRequests((request, next) =>
  request.method === 'PATCH' && request.path.includes('/persistentvolumes/') ? asItIs(request, next) : next(request))

/** Bugs in how the operator writes. */
export const writeMutants: readonly Mutant[] = [
  {
    bug: 'changes and deletions carry no resourceVersion', mutation: noVersion,
    scenario: 'terminate', caughtBy: 'guarded',
  },
  {
    bug: 'applies carry no UID', mutation: noUID,
    scenario: 'groups-changed-live', caughtBy: 'guarded',
  },
  {
    bug: 'a stranger\'s object of the same name is adopted', mutation: adopting,
    scenario: 'name-conflict-with-a-stranger', caughtBy: 'notStuck',
  },
  {
    bug: 'a conflict is taken for a success', mutation: conflictIsFine,
    scenario: 'launch', caughtBy: 'sameFinalState',
    perturbations: (run) => [{ kind: 'answer', write: writeTo(run, /instances\/web\/status$/, 'last'), status: 409, when: 'before' }],
  },
  {
    bug: 'a name is drawn instead of derived', mutation: drawnNames,
    scenario: 'launch', caughtBy: 'noMoreCreations',
    perturbations: (run) => [{ kind: 'crash', write: writeTo(run, /-user-data$/), when: 'after' }],
  },
  {
    bug: 'volumes are not marked to outlive their claims', mutation: unmarkedVolumes,
    scenario: 'launch', caughtBy: 'sameFinalState',
  },
]
