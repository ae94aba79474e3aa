import test from 'ava'
import { changePause, disksChangedAt, unmadeDisks, untilSettled } from './hot-disks.ts'

const changed = Date.UTC(2026, 0, 1)
const machine = { metadata: { annotations: { [disksChangedAt]: new Date(changed).toISOString() } }, spec: { hotDisks: [{ name: 'a' }, { name: 'b' }] } } as unknown as Parameters<typeof untilSettled>[0]
const run = (volumes: Record<string, string>, phase = 'Running') => ({ status: { phase, volumes } }) as unknown as Parameters<typeof untilSettled>[1]
const later = changed + 3000

test('the disks of a machine that runs change one after the other, with a pause', t => {
  for (const change of ['plug', 'unplug'] as const) {
    t.is(untilSettled(machine, run({ root: '', a: 'Ready', b: 'Ready' }), later, change), changePause - 3000)
    t.is(untilSettled(machine, run({ root: '', a: 'Ready', b: 'Ready' }), changed + changePause, change), 0)
    t.is(untilSettled(machine, run({ root: '', a: 'Ready', b: 'MountedToPod' }), later, change), undefined)
    t.is(untilSettled(machine, run({ root: '', a: 'Ready', b: 'Bound' }), later, change), undefined)
    t.is(untilSettled(machine, run({ root: '', a: 'Ready' }), later, change), undefined)
    t.is(untilSettled(machine, run({ root: '', a: 'Ready', b: 'Ready', c: 'Detaching' }), later, change), undefined)
    t.is(untilSettled(machine, run({ root: '', a: 'Ready', b: 'Bound' }, 'Succeeded'), later, change), 0)
  }
})

test('a disk whose storage is never made keeps none from going, nor itself, and others from coming, which say so', t => {
  const unmade = run({ root: '', a: 'Ready', b: 'Pending' })
  t.is(untilSettled(machine, unmade, later, 'unplug'), changePause - 3000)
  t.is(untilSettled(machine, unmade, changed + changePause, 'unplug'), 0)
  t.is(untilSettled(machine, unmade, changed + changePause, 'plug'), undefined)
  t.deepEqual(unmadeDisks(machine, unmade).map(({ name }) => name), ['b'])
})
