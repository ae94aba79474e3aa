import test from 'ava'
import { conditionsOf } from './conditions.ts'
import { blocked, ready, waiting } from './outcome.ts'

const now = Date.UTC(2026, 0, 1)
const later = now + 60_000

test('Ready is always there, Reconciling and Stalled only while they are true', (t) => {
  const types = (outcome: Parameters<typeof conditionsOf>[0]['outcome']) =>
    conditionsOf({ previous: undefined, generation: 3, outcome, now }).map(({ type, status }) => `${type}=${status}`)
  t.deepEqual(types(ready), ['Ready=True'])
  t.deepEqual(types(waiting('Starting', 'it starts')), ['Ready=False', 'Reconciling=True'])
  t.deepEqual(types(blocked('NameConflict', 'rename it')), ['Ready=False', 'Stalled=True'])
})

test('lastTransitionTime moves only when the status of the condition changes', (t) => {
  const first = conditionsOf({ previous: undefined, generation: 1, outcome: waiting('A', 'a'), now })
  const second = conditionsOf({ previous: first, generation: 2, outcome: waiting('B', 'b'), now: later })
  t.is(second[0]?.lastTransitionTime, '2026-01-01T00:00:00Z')
  t.is(second[0]?.observedGeneration, 2)
  t.is(conditionsOf({ previous: second, generation: 2, outcome: ready, now: later })[0]?.lastTransitionTime, '2026-01-01T00:01:00Z')
})

test('a ready object may say why in its own words', (t) => {
  t.is(conditionsOf({ previous: [], generation: 1, outcome: ready, now, readyReason: 'Stopped' })[0]?.reason, 'Stopped')
})
