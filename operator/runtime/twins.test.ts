import test from 'ava'
import { createTwins } from './twins.ts'
import { decodeWatch } from './watch-decoder.ts'
import type { WatchEvent } from './watch-decoder.ts'

const decoded = async (text: string, twins = createTwins()): Promise<WatchEvent[]> => {
  const pieces = async function* () {
    yield text
  }
  const events: WatchEvent[] = []
  for await (const event of decodeWatch(pieces(), twins)) events.push(event)
  return events
}

test("an event in the words of an answer is the answer's object, and one that differs in a letter is its own", async t => {
  const twins = createTwins()
  const answer = { metadata: { name: 'a' } }
  const text = JSON.stringify(answer)
  twins.put(text, answer)
  const [first, second] = await decoded(`{"type":"MODIFIED","object":{"metadata":{"name":"b"}}}\n{"type":"MODIFIED","object":${text}}\n`, twins)
  t.is(second?.object, answer)
  t.deepEqual(first?.object, { metadata: { name: 'b' } })
  t.is(twins.take(text), undefined)
})

test('an answer that comes after its event is the same object', async t => {
  const twins = createTwins()
  const [event] = await decoded('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n', twins)
  t.is(twins.take('{"metadata":{"name":"a"}}'), event?.object)
})

test('events that are written in another way are read as they are', async t => {
  const event = { object: { kind: 'Status' }, type: 'ERROR' }
  t.deepEqual(await decoded(`${JSON.stringify(event)}\n`), [event] as unknown as WatchEvent[])
  t.deepEqual(await decoded('{"type":"ADDED","object":{"a":1},"more":2}\n'), [{ type: 'ADDED', object: { a: 1 }, more: 2 }] as unknown as WatchEvent[])
  await t.throwsAsync(decoded('{"type":"ADDED","object":{"a":1}\n'))
})

test('what nobody asks for again is forgotten', t => {
  const twins = createTwins()
  for (let index = 0; index < 1000; index++) twins.put(`{"index":${index}}`, { index })
  t.is(twins.take('{"index":0}'), undefined)
  t.deepEqual(twins.take('{"index":999}'), { index: 999 })
})
