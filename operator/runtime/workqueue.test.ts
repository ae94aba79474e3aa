import test from 'ava'
import fc from 'fast-check'
import { FakeClock } from './fake-clock.ts'
import { WorkQueue } from './workqueue.ts'

const queueOn = (clock = new FakeClock()) => ({ clock, queue: new WorkQueue({ clock }) })

test('a key added many times while it waits is one piece of work', async (t) => {
  const { queue } = queueOn()
  for (let times = 0; times < 5; times++) queue.add('a/x')
  t.is(await queue.take(), 'a/x')
  queue.done('a/x')
  t.true(queue.idle)
})

test('a key added while it is worked on is worked on again afterwards, and never twice at once', async (t) => {
  const { queue } = queueOn()
  queue.add('a/x')
  await queue.take()
  queue.add('a/x')
  queue.add('a/x')
  t.is(queue.length, 0)
  t.false(queue.idle)
  queue.done('a/x')
  t.is(await queue.take(), 'a/x')
  queue.done('a/x')
  t.true(queue.idle)
})

test("one tenant's 5,000 keys do not hold up another's one", async (t) => {
  const { queue } = queueOn()
  for (let index = 0; index < 5_000; index++) queue.add(`big/${index}`)
  queue.add('small/x')
  const taken = [await queue.take(), await queue.take(), await queue.take()]
  t.true(taken.includes('small/x'))
})

test('a namespace never has all the workers, and goes on as soon as one of its keys is done', async (t) => {
  const queue = new WorkQueue({ clock: new FakeClock(), share: 2 })
  for (let index = 0; index < 5; index++) queue.add(`big/${index}`)
  t.deepEqual([await queue.take(), await queue.take()], ['big/0', 'big/1'])
  const taken: (string | undefined)[] = []
  const workers = [queue.take(), queue.take()].map((key) => key.then((each) => taken.push(each)))
  await Promise.resolve()
  t.deepEqual(taken, [])
  queue.add('small/x')
  await workers[0]
  t.deepEqual(taken, ['small/x'])
  queue.done('big/0')
  await workers[1]
  t.deepEqual(taken, ['small/x', 'big/2'])
})

test('whatever is added and done in whatever order, every key is worked on and no namespace has more than its share', async (t) => {
  const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', ''), fc.nat(4), fc.boolean()), { maxLength: 60 })
  await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (given, share) => {
    const queue = new WorkQueue({ clock: new FakeClock(), share })
    const working: string[] = []
    const seen = new Set<string>()
    const work = async (): Promise<void> => {
      const key = await queue.take()
      if (key === undefined) return
      working.push(key)
      seen.add(key)
      for (const namespace of ['a', 'b', '']) t.true(working.filter((each) => (each.split('/')[1] === undefined ? '' : each.split('/')[0]) === namespace).length <= share)
      return work()
    }
    const workers = Array.from({ length: 4 }, work)
    const finish = async () => {
      const key = working.shift()
      if (key !== undefined) queue.done(key)
      // Lets whoever was given a key take it.
      for (let turn = 0; turn < 4; turn++) await Promise.resolve()
    }
    const keys = given.map(([namespace, index]) => (namespace === '' ? `${index}` : `${namespace}/${index}`))
    for (const [index, [, , isDone]] of given.entries()) {
      queue.add(keys[index] as string)
      if (isDone) await finish()
    }
    for (let left = 0; left < 200 && !queue.idle; left++) await finish()
    t.true(queue.idle)
    t.deepEqual([...seen].sort(), [...new Set(keys)].sort())
    queue.stop()
    await Promise.all(workers)
  }), { numRuns: 200 })
})

test('failures of a key wait twice as long each time, from 5 ms to five minutes, and start anew once it is well', async (t) => {
  const { clock, queue } = queueOn()
  const waits: number[] = []
  for (let failure = 0; failure < 20; failure++) {
    queue.addRateLimited('a/x')
    const before = clock.now()
    await clock.runUntil(() => queue.length > 0)
    waits.push(clock.now() - before)
    await queue.take()
    queue.done('a/x')
  }
  t.deepEqual(waits.slice(0, 4), [5, 10, 20, 40])
  t.is(waits.at(-1), 300_000)
  queue.forget('a/x')
  t.is(queue.failures('a/x'), 0)
})

test('a pass that ends well after failures and leaves work is followed by the next at once', async (t) => {
  const { clock, queue } = queueOn()
  const waits: number[] = []
  for (const way of ['addRateLimited', 'addRateLimited', 'addRateLimited', 'addAgain', 'addAgain'] as const) {
    queue[way]('a/x')
    const before = clock.now()
    await clock.runUntil(() => queue.length > 0)
    waits.push(clock.now() - before)
    await queue.take()
    queue.done('a/x')
  }
  t.deepEqual(waits, [5, 10, 20, 5, 10])
})

test('retries of all keys together are limited', async (t) => {
  const { clock, queue } = queueOn()
  for (let index = 0; index < 1_000; index++) queue.addRateLimited(`a/${index}`)
  await clock.advance(1_000)
  t.true(queue.length < 600, `${queue.length}`)
  await clock.advance(20_000)
  t.is(queue.length, 1_000)
})

test('of two delays the shorter one counts', async (t) => {
  const { clock, queue } = queueOn()
  queue.addAfter('a/x', 10_000)
  queue.addAfter('a/x', 1_000)
  queue.addAfter('a/x', 5_000)
  await clock.advance(1_000)
  t.is(queue.length, 1)
  t.is(queue.delayed, 0)
})

test('whatever is done to it, no key is ever in two hands and none is lost', async (t) => {
  const action = fc.record({ what: fc.constantFrom('add', 'take', 'done', 'after'), key: fc.constantFrom('a/1', 'a/2', 'b/1', 'c') })
  await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
    const { clock, queue } = queueOn()
    const hands = new Set<string>()
    const owed = new Set<string>()
    for (const { what, key } of actions) {
      if (what === 'add') {
        queue.add(key)
        owed.add(key)
      }
      if (what === 'after') {
        queue.addAfter(key, 1_000)
        owed.add(key)
      }
      if (what === 'done' && hands.delete(key)) queue.done(key)
      if (what === 'take' && queue.length > 0) {
        const taken = (await queue.take()) as string
        if (hands.has(taken)) throw new Error(`${taken} twice at once`)
        hands.add(taken)
        owed.delete(taken)
      }
    }
    for (const key of hands) queue.done(key)
    await clock.advance(2_000)
    while (queue.length > 0) {
      const taken = (await queue.take()) as string
      owed.delete(taken)
      queue.done(taken)
    }
    if (owed.size > 0) throw new Error(`lost: ${[...owed].join()}`)
  }), { numRuns: 200 })
  t.pass()
})

test('a stopped queue hands out nothing more and lets its waiters go', async (t) => {
  const { queue } = queueOn()
  const waiting = queue.take()
  queue.stop()
  t.is(await waiting, undefined)
  queue.add('a/x')
  t.is(await queue.take(), undefined)
})
