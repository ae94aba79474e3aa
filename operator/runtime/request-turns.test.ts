import test from 'ava'
import { FakeClock } from './fake-clock.ts'
import { takeTurns } from './request-turns.ts'
import type { ApiRequest, ApiResponse, Transport } from './transport.ts'

const write = (namespace: string): ApiRequest => ({ method: 'PATCH', path: `/api/v1/namespaces/${namespace}/configmaps/web`, body: {} })

/** Answers so many requests at a time, each after so many milliseconds; others wait in a line. */
const serverOf = (clock: FakeClock, { threads, takes }: { threads: number; takes: number }) => {
  const line: (() => void)[] = []
  let busy = 0
  const seen = { inside: 0, most: 0 }
  const transport: Transport = {
    request: async (): Promise<ApiResponse> => {
      seen.inside++
      seen.most = Math.max(seen.most, seen.inside)
      if (busy === threads) await new Promise<void>((resolve) => line.push(resolve))
      else busy++
      await clock.sleep(takes)
      const next = line.shift()
      if (next === undefined) busy--
      else next()
      seen.inside--
      return { status: 200, headers: {}, body: {} }
    },
    stream: () => Promise.reject(new Error('nothing is streamed')),
    close: () => Promise.resolve(),
  }
  return { transport, seen }
}

/** Sixteen writes of one namespace on their way all the time, now and then one of another: how long those took, and how many the first made. */
const besideNoise = async (clock: FakeClock, transport: Transport): Promise<{ waits: number[]; written: number }> => {
  let [written, going] = [0, true]
  const lane = async () => {
    for (; going; written++) await transport.request(write('noisy'))
  }
  const lanes = Promise.all(Array.from({ length: 16 }, lane))
  const waits: number[] = []
  for (let index = 0; index < 40; index++) {
    const begun = clock.now()
    const answered = transport.request(write('quiet')).then(() => waits.push(clock.now() - begun))
    await clock.advance(100)
    await answered
  }
  going = false
  await clock.advance(1000)
  await lanes
  return { waits, written }
}

test('a write waits for a few of another namespace\'s and not for all, on a server that answers one after the other, which stays busy', async (t) => {
  const clock = new FakeClock()
  const { transport } = serverOf(clock, { threads: 1, takes: 1 })
  const without = await besideNoise(clock, transport)
  const { waits, written } = await besideNoise(clock, takeTurns(transport, clock))
  const settled = waits.slice(10)
  t.true(without.waits.every((ms) => ms >= 16), `${without.waits.join()}`)
  t.true(settled.every((ms) => ms <= 5), `${settled.join()}`)
  t.true(written > 0.9 * without.written, `${written} for ${without.written}`)
})

test('of namespaces that all have more than can be sent, each gets its turns, and those that come with one at a time never keep them from it', async (t) => {
  const clock = new FakeClock()
  const { transport } = serverOf(clock, { threads: 1, takes: 1 })
  const turns = takeTurns(transport, clock)
  const answered = new Map<string, number>()
  let going = true
  const lane = async (namespace: string) => {
    for (; going; answered.set(namespace, (answered.get(namespace) ?? 0) + 1)) await turns.request(write(namespace))
  }
  const lanes = Promise.all([...Array.from({ length: 8 }, () => ['a', 'b']).flat(), ...Array.from({ length: 20 }, (_, index) => `seldom-${index}`)].map(lane))
  await clock.advance(5000)
  going = false
  await clock.advance(1000)
  await lanes
  const [a = 0, b = 0] = [answered.get('a'), answered.get('b')]
  t.true(Math.abs(a - b) < 0.2 * a, `${a} and ${b}`)
  t.true(a + b > 1000, `${a} and ${b}`)
  t.true([...answered.values()].every((count) => count > 50), `${[...answered.values()].join()}`)
})

test('where the server answers many at a time, as many are sent', async (t) => {
  const clock = new FakeClock()
  const { transport, seen } = serverOf(clock, { threads: 100, takes: 10 })
  const { waits } = await besideNoise(clock, takeTurns(transport, clock))
  t.true(waits.every((ms) => ms === 10), `${waits.join()}`)
  t.is(seen.most, 17)
})

test('a namespace that writes alone is not held back, nor is a read', async (t) => {
  const clock = new FakeClock()
  const { transport, seen } = serverOf(clock, { threads: 1, takes: 1 })
  const turns = takeTurns(transport, clock)
  for (let round = 0; round < 40; round++) {
    const answers = Promise.all(Array.from({ length: 32 }, () => turns.request(write('only'))))
    await clock.advance(50)
    await answers
  }
  t.is(seen.most, 32)
  const reads = Promise.all(Array.from({ length: 50 }, () => turns.request({ method: 'GET', path: '/api/v1/namespaces/only/configmaps' })))
  await clock.advance(100)
  await reads
  t.is(seen.most, 50)
})

test('writes that fail make room as those that succeed do', async (t) => {
  const clock = new FakeClock()
  const { transport } = serverOf(clock, { threads: 100, takes: 1 })
  let left = 100
  const failing = takeTurns({ ...transport, request: async (request) => {
    await clock.sleep(1)
    if (left-- > 0) throw new Error('the connection broke')
    return transport.request(request)
  } }, clock)
  const answers = Promise.allSettled(Array.from({ length: 200 }, (_, index) => failing.request(write(index % 2 === 0 ? 'a' : 'b'))))
  await clock.advance(1000)
  const results = await answers
  t.is(results.filter(({ status }) => status === 'rejected').length, 100)
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 100)
})
