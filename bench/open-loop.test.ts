import test from 'ava'
import { createMilestones, instanceOfVolume, steps } from './milestones.ts'
import { latenciesOf } from './open-loop.ts'

test('an instance\'s way is told part by part, and what CDI took is not counted as the operator\'s', (t) => {
  let now = 1000
  const milestones = createMilestones({ now: () => now, sleep: () => Promise.resolve(), after: () => () => {} })
  for (const step of steps) {
    milestones.note(step, 'tenant', 'web')
    now += 10
    milestones.note(step, 'tenant', 'web')
  }
  t.is(milestones.applied, 1)
  const latencies = latenciesOf(new Map([['web', { due: 990, answered: 1005 }]]), milestones.of('tenant'))
  t.deepEqual(latencies, { whole: [50], operator: [30], request: [15], untilActed: [10], untilData: [10], standIn: [10], untilApplied: [10] })
  t.is(latenciesOf(new Map([['db', { due: 0, answered: 1 }]]), milestones.of('tenant')).whole[0], NaN)
})

test('a volume tells its instance by its name', (t) => t.is(instanceOfVolume('web-1-sda1'), 'web-1'))
