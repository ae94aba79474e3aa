import test from 'ava'
import { createGate } from './gate.ts'

test('no more than so many are under way, in their order, and one that fails makes room too', async (t) => {
  const gate = createGate(2)
  const started: number[] = []
  let running = 0
  const work = (index: number) => async () => {
    started.push(index)
    t.true(++running <= 2)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    if (index % 3 === 0) throw new Error(`${index}`)
    return index
  }
  const settled = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => gate(work(index))))
  t.deepEqual(started, Array.from({ length: 10 }, (_, index) => index))
  t.is(settled.filter(({ status }) => status === 'rejected').length, 4)
  t.is(await gate(() => Promise.resolve('on')), 'on')
})
