import test from 'ava'
import { FakeClock } from '../../../operator/runtime/fake-clock.ts'
import { remembering } from './memory.ts'
import type { Scenario, User } from './scenario.ts'

const userOf = (clock: FakeClock, log: string[]): User => ({
  apply: async (...manifests) => void log.push(`apply ${manifests.map(({ name }) => name).join()}`),
  remove: async () => void log.push('remove'),
  pass: async (ms) => {
    log.push(`pass ${ms}`)
    await clock.advance(ms)
  },
  find: (_, name) => {
    log.push(`find ${name}`)
    return undefined
  },
  stored: () => undefined,
  until: async (_, check) => void check(),
  inState: async () => void log.push('wait'),
  becomes: async () => {},
  gone: async () => {},
  shutDownGuest: () => void log.push('shut down'),
  deleteLauncher: async () => void log.push('delete the pod'),
  restartOperator: () => void log.push('restart'),
  failDisks: () => void log.push('fail'),
  client: { create: async () => new Promise(() => {}), delete: () => new Promise(() => {}), mergePatch: () => new Promise(() => {}) },
})

const play: Scenario['play'] = async (user) => {
  await user.apply({ kind: 'Volume', name: 'one', spec: {} })
  user.find('Volume', 'one')
  user.shutDownGuest('web')
  await user.until('it', () => user.find('Volume', 'waited') === undefined)
  await user.pass(1000)
  user.failDisks('import', 'full')
  await user.inState('Volume', 'one', 'available')
}

test('what a user remembers is lived through without being done again, and the step that was not over is taken for what is left of it', async (t) => {
  const clock = new FakeClock(0)
  const first = remembering(userOf(clock, []), clock)
  clock.after(400, () => void (memory = first.memory()))
  let memory = first.memory()
  await play(first.user)
  t.is(memory.done.length, 4)

  const log: string[] = []
  const later = new FakeClock(400)
  const second = remembering(userOf(later, log), later, memory)
  await play(second.user)
  t.deepEqual(log, ['pass 600', 'fail', 'wait'])
  t.deepEqual(second.applied.map(({ name }) => name), ['one'], 'what the user named is named')
  t.is(second.memory().done.length, first.memory().done.length)
})

test('what has failed since then fails again', async (t) => {
  const clock = new FakeClock(0)
  const first = remembering(userOf(clock, []), clock)
  await play(first.user)
  const log: string[] = []
  await play(remembering(userOf(clock, log), clock, first.memory()).user)
  t.deepEqual(log, ['fail'])
})

test('nobody goes on from the middle of making something that may be made only once', async (t) => {
  const clock = new FakeClock(0)
  const { user, memory } = remembering(userOf(clock, []), clock)
  t.true(memory().repeatable)
  void user.client.create({ group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }, { metadata: { name: 'b' } } as never)
  await clock.advance(0)
  t.false(memory().repeatable)
})
