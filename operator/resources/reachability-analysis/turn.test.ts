import test from 'ava'
import type { ReachabilityAnalysis } from '../../../crds/v1alpha1/reachability-analysis.ts'
import { cacheOf, holding } from '../recording-context.ts'
import { reachabilityAnalysisController } from './controller.ts'
import { reachabilityAnalysisInformer } from './store.ts'
import { MOST_ANALYSES, turnOf } from './turn.ts'

type Told = 'new' | 'answered' | 'refused'

const analysis = (number: number, told: Told, namespace = 'team-a') => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'ReachabilityAnalysis',
  metadata: {
    name: `why-${number}`, namespace, uid: `uid-${namespace}-${number}`, resourceVersion: '1',
    creationTimestamp: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString(),
  },
  spec: { source: { address: '10.0.0.1' }, destination: { address: '10.0.0.2' }, protocol: 'tcp', port: 443 },
  ...told === 'new' ? {} : { status: { observedGeneration: 1, conditions: [{ type: 'Ready', reason: told === 'refused' ? 'LimitExceeded' : 'Available' }] } },
}) as unknown as ReachabilityAnalysis

const many = (count: number, told: Told, from = 0, namespace = 'team-a') => Array.from({ length: count }, (_, index) => analysis(from + index, told, namespace))
const turn = (one: ReachabilityAnalysis, others: readonly object[]) => turnOf(one, cacheOf(holding(reachabilityAnalysisInformer, ...others)))

test('fifty analyses of an account are answered, one more is refused with the way out, and another account is no part of that', t => {
  const [one] = many(1, 'new', 99)
  t.is(turn(one!, [one!, ...many(MOST_ANALYSES - 1, 'answered'), ...many(500, 'answered', 0, 'team-b')]).kind, 'ready')
  const refused = turn(one!, [one!, ...many(MOST_ANALYSES, 'answered')])
  t.like(refused, { kind: 'blocked', reason: 'LimitExceeded' })
  t.regex(refused.kind === 'blocked' ? refused.message : '', /at most 50 analyses: delete one/)
})

test('of more than fifty that were answered at once the oldest keep their place', t => {
  const all = many(MOST_ANALYSES + 3, 'answered')
  t.deepEqual(all.map(each => turn(each, all).kind).filter(kind => kind === 'ready').length, MOST_ANALYSES)
  t.is(turn(all.at(-4)!, all).kind, 'ready')
  t.is(turn(all.at(-3)!, all).kind, 'blocked')
})

test('when one is gone one that was refused says so first, is answered then, and those that wait hear of it whether they were told or not', t => {
  const waiting = analysis(99, 'refused')
  t.like(turn(waiting, [waiting, ...many(MOST_ANALYSES - 1, 'answered')]), { kind: 'waiting', reason: 'Progressing' })
  const { watches } = reachabilityAnalysisController({} as never)
  const own = watches.find(({ informer }) => informer === reachabilityAnalysisInformer as unknown)
  const gone = analysis(7, 'answered')
  const cache = cacheOf(holding(reachabilityAnalysisInformer, waiting, analysis(100, 'new'), analysis(3, 'answered'), analysis(101, 'refused', 'team-b')))
  t.deepEqual([...own!.keys(gone as never, cache, gone as never)].sort(), ['team-a/why-100', 'team-a/why-99'])
  t.deepEqual([...own!.keys(gone as never, cache, analysis(7, 'new') as never)], [])
})

test('a change of the network asks those that have a place, or may be given one this moment, and no other', t => {
  const { watches } = reachabilityAnalysisController({} as never)
  const change = { apiVersion: '', kind: 'VPC', metadata: { name: 'main', namespace: 'team-a', uid: 'v', resourceVersion: '2' } }
  const cache = cacheOf(holding(reachabilityAnalysisInformer, ...many(3, 'answered'), analysis(50, 'new'), ...many(500, 'refused', 100), ...many(3, 'answered', 0, 'team-b')))
  t.deepEqual([...watches[0]!.keys(change as never, cache, undefined)].sort(), ['team-a/why-0', 'team-a/why-1', 'team-a/why-2', 'team-a/why-50'])
})
