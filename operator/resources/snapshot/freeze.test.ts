import test from 'ava'
import { type Snapshot, snapshotSpec } from '../../../crds/v1alpha1/snapshot.ts'
import { virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { ApiError } from '../../runtime/api-error.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import { runFor, stored } from '../instance/sample.ts'
import { recordingContext } from '../recording-context.ts'
import { freezeGuest } from './freeze.ts'
import { createHolds } from './holds.ts'
import type { Running, SnapshotFacts } from './observe.ts'
import { snapshotStatus } from './status.ts'

const start = Date.UTC(2026, 0, 1)
const instance = stored()
const agent = { type: 'AgentConnected', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }
const running = (connected = true): Running => ({
  instance,
  run: virtualMachineInstanceInformer.trim(runFor(instance, 'Running', { status: { conditions: connected ? [agent] : [] } }) as never),
})
const snapshotOf = (status: object = {}): Snapshot => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Snapshot', metadata: { name: 'daily', namespace: 'team-a', uid: 'uid-daily', resourceVersion: '1', generation: 1 },
  spec: snapshotSpec.parse({ instanceRef: { name: instance.metadata.name } }),
  status: {
    observedGeneration: 1, state: 'pending', freeze: { instanceName: instance.metadata.name, startTime: new Date(start).toISOString() },
    volumes: [{ volumeID: 'vol-1', volumeName: 'data', deviceName: '', encrypted: false, state: 'pending' }], ...status,
  },
})
const factsOf = (...machines: Running[]): SnapshotFacts => ({
  id: 'snap-1', sources: [], instance, running: machines, kept: [], made: [], freezing: () => [], isThere: () => true, users: [],
  namespaceOf: () => undefined,
})

/** One pass at `second`: what it asks of the guest, what comes of it, what the status says then. @param fails - why the guest can't, if it can't. */
const pass = async (object: Snapshot, second: number, fails?: string, facts = factsOf(running())) => {
  const now = start + second * 1000
  const context = { ...recordingContext(object, facts), now }
  const { act } = context
  const outcome: Outcome = await freezeGuest({ ...context, act: async (resource, target, name, body) => {
    await act(resource, target, name, body)
    if (name === 'freeze' && fails !== undefined) throw new ApiError(500, 'InternalError', fails)
  } }, createHolds())
  const status = snapshotStatus({ object, facts, outcome, outcomes: { take: outcome }, now })
  return { outcome, acts: context.recording.acts.filter(each => /freeze/.test(each)).map(each => each.split(' ')[0]), status, next: { ...object, status } }
}

test('a guest that can\'t freeze is asked again within its time, and let go on before each time', async t => {
  const first = await pass(snapshotOf(), 0, 'an agent that is busy')
  t.like(first.outcome, { kind: 'waiting', reason: 'FreezeRetrying', after: 5000 })
  t.is(first.status.consistency, undefined)
  t.deepEqual(first.status.freeze, snapshotOf().status?.freeze, 'its time has begun with the first')
  const second = await pass(first.next, 5)
  t.is(second.outcome.kind, 'ready')
  t.deepEqual(second.acts, ['unfreeze', 'freeze'])
})

test('one that never can is taken as after a power cut when half of its time is over, and the status says why', async t => {
  let object = snapshotOf()
  let second = 0
  for (;; second += 5) {
    const { outcome, next, status } = await pass(object, second, 'an agent that is busy')
    object = next
    if (outcome.kind === 'waiting' && outcome.reason === 'FreezeRetrying') continue
    t.like(outcome, { kind: 'waiting', reason: 'FreezeFailed' })
    t.like(status, { consistency: 'Crash' })
    t.regex(status.consistencyMessage ?? '', /could not hold its filesystems still.*power cut: an agent that is busy$/)
    break
  }
  t.is(second, 25)
  const later = snapshotStatus({ object, facts: factsOf(), outcome: { kind: 'ready' }, outcomes: { take: { kind: 'ready' } }, now: start + 60_000 })
  t.is(later.consistencyMessage, object.status?.consistencyMessage, 'and goes on saying so')
})

test('a pass that comes late ends the asking, and begins it anew where nothing was asked yet', async t => {
  const asked = (await pass(snapshotOf(), 0, 'an agent that is busy')).next
  const late = await pass(asked, 40)
  t.like(late.outcome, { kind: 'waiting', reason: 'FreezeFailed' })
  t.regex(late.status.consistencyMessage ?? '', /: an agent that is busy$/)
  const fresh = await pass(snapshotOf(), 40)
  t.like(fresh.outcome, { kind: 'waiting', reason: 'Freezing' })
  t.deepEqual(fresh.acts, [])
  t.is(fresh.status.freeze?.startTime, new Date(start + 40_000).toISOString().replace('.000', ''))
})

test('an agent that is away for a moment is waited for, a machine that has ended is not', async t => {
  t.like((await pass(snapshotOf(), 0, undefined, factsOf(running(false)))).outcome, { kind: 'waiting', reason: 'FreezeRetrying' })
  t.like((await pass(snapshotOf(), 0, undefined, factsOf())).outcome, { kind: 'waiting', reason: 'FreezeFailed' })
  t.like((await pass(snapshotOf(), 0, undefined, factsOf(running(), running()))).outcome, { kind: 'waiting', reason: 'FreezeFailed' })
})

const unasked: readonly [title: string, machines: Running[], words: RegExp][] = [
  ['nobody ran', [], /^no instance ran with it/],
  ['no agent answers', [running(false)], /^no guest agent answers in Instance ".+": run qemu-guest-agent in it/],
  ['several write', [running(), running()], /^several instances write to it/],
]
for (const [title, machines, words] of unasked) {
  test(`a snapshot for which no guest was asked says why: ${title}`, t => {
    const { freeze: _, ...status } = snapshotOf().status ?? {}
    const object = { ...snapshotOf(), status } as Snapshot
    const said = snapshotStatus({ object, facts: factsOf(...machines), outcome: { kind: 'ready' }, outcomes: { take: { kind: 'ready' } }, now: start })
    t.is(said.consistency, 'Crash')
    t.regex(said.consistencyMessage ?? '', words)
  })
}
