import test from 'ava'
import { createTurns } from './turns.ts'

test('who sends one request waits for one of those who send two hundred, not for all', async (t) => {
  const turn = createTurns()
  const order: string[] = []
  const send = (flow: string, count: number) => Array.from({ length: count }, async (_, index) => {
    await turn(flow)
    order.push(`${flow}-${index}`)
  })
  await Promise.all([...send('many', 200), ...send('few', 2)])
  t.deepEqual(order.slice(0, 4), ['many-0', 'few-0', 'many-1', 'few-1'])
  t.is(order.length, 202)
  t.is(order.at(-1), 'many-199', 'each flow keeps its order')
})

test('a flow that comes back when all was quiet is served at once', async (t) => {
  const turn = createTurns()
  await turn('one')
  await turn('one')
  t.pass()
})
