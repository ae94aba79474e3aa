import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { type AddressInfo, createServer } from 'node:net'
import test from 'ava'
import { FakeClock } from '../runtime/fake-clock.ts'
import { systemClock } from '../runtime/clock.ts'
import { createLimit } from './limits.ts'
import { number16, rcodes } from './message.ts'
import { startResolver } from './server.ts'
import { resolverSettingsOf } from './settings.ts'
import { askByConnection, askByDatagram, queryFor, zoneOf } from './testing.ts'
import { createUpstream, framed, type Upstream } from './upstream.ts'

/** Loopback plays the VPC. */
const zone = zoneOf('127.0.0.0/16')
const nobody: Upstream = async () => undefined
const codeOf = (answer: Uint8Array | undefined) => (answer?.[3] ?? 0xff) & 15

const serving = async (upstream: Upstream = nobody, options: Partial<Parameters<typeof startResolver>[0]> = {}) => {
  const server = await startResolver({ address: '127.0.0.1', port: 0, zone, upstream, clock: systemClock, ...options })
  const client = new Resolver({ timeout: 2000, tries: 1 })
  client.setServers([`127.0.0.1:${server.port}`])
  return { ...server, client }
}

test('a client of somebody else\'s making finds addresses and names, and is told what there is none of', async t => {
  const { client, port, close } = await serving()
  t.deepEqual(await client.resolve4('ip-127-0-1-5.prod.internal', { ttl: true }), [{ address: '127.0.1.5', ttl: 60 }])
  t.deepEqual(await client.reverse('127.0.1.5'), ['ip-127-0-1-5.prod.internal'])
  await t.throwsAsync(client.resolve4('web.prod.internal'), { code: 'ENOTFOUND' })
  await t.throwsAsync(client.resolve6('ip-127-0-1-5.prod.internal'), { code: 'ENODATA' })
  await t.throwsAsync(client.resolve4('kubernetes.default.svc.cluster.local'), { code: 'ENOTFOUND' })
  await t.throwsAsync(client.resolve4('example.com'), { code: 'ESERVFAIL' })
  const query = queryFor('ip-127-0-1-5.prod.internal', 1)
  const datagram = await askByDatagram(port, query)
  t.deepEqual(await askByConnection(port, [framed(query)], (datagram?.length ?? 0) + 2), Buffer.from(framed(datagram ?? Buffer.alloc(0))))
  await close()
})

test('whoever is not in the VPC gets no word, by neither way', async t => {
  const { port, close } = await serving(nobody, { zone: zoneOf('10.0.0.0/16') })
  t.is(await askByDatagram(port, queryFor('ip-10-0-1-5.prod.internal', 1), 200), undefined)
  t.is((await askByConnection(port, [framed(queryFor('ip-10-0-1-5.prod.internal', 1))])).length, 0)
  await close()
})

test('what is none of the VPC\'s names is asked of the platform\'s resolver, once, under another number, and its answer comes back as it is', async t => {
  const seen: Buffer[] = []
  const platform = createSocket('udp4').on('message', (message, { address, port }) => {
    seen.push(message)
    const wrong = Uint8Array.from([...message.subarray(0, 1), (message[1] ?? 0) ^ 1, 0x81, 0x80, ...message.subarray(4)])
    platform.send(wrong, port, address)
    platform.send(Uint8Array.from([...message.subarray(0, 2), 0x81, 0x85, ...message.subarray(4), 1, 2, 3]), port, address)
  })
  await new Promise<void>(resolve => platform.bind(0, '127.0.0.1', resolve))
  const { port, close } = await serving(createUpstream([{ address: '127.0.0.1', port: platform.address().port }], systemClock))
  const query = queryFor('Example.COM', 1, { id: 7 })
  const answer = await askByDatagram(port, query)
  t.deepEqual([...answer ?? []], [0, 7, 0x81, 0x85, ...query.subarray(4), 1, 2, 3])
  t.deepEqual(seen.map(message => [...message.subarray(2)]), [[...query.subarray(2)]])
  t.is(codeOf(await askByDatagram(port, queryFor('example.com', 1, { flags: 0 }))), rcodes.refused)
  t.is(seen.length, 1)
  await close()
  platform.close()
})

test('a question that came by a connection is asked by one', async t => {
  const platform = createServer(socket => socket.on('error', () => {}).on('data', (data: Buffer) => {
    const answer = framed(Uint8Array.from([...data.subarray(2, 4), 0x81, 0x80, ...data.subarray(6), ...Array<number>(5000).fill(9)]))
    socket.write(answer.subarray(0, 1))
    socket.write(answer.subarray(1))
  }))
  await new Promise<void>(resolve => platform.listen(0, '127.0.0.1', resolve))
  const { port, close } = await serving(createUpstream([{ address: '127.0.0.1', port: (platform.address() as AddressInfo).port }], systemClock))
  const query = queryFor('example.com', 16)
  t.is((await askByConnection(port, [framed(query)], 5002 + query.length)).length, 5002 + query.length)
  await close()
  platform.close()
})

test('a resolver that is silent is given up, and the next one asked first from then on', async t => {
  const clock = new FakeClock()
  const asked: string[] = []
  const listener = async (name: string, answers: boolean) => {
    const socket = createSocket('udp4').on('message', (message, { address, port }) => {
      asked.push(name)
      if (answers) socket.send(Uint8Array.from([...message.subarray(0, 2), 0x81, 0x80, ...message.subarray(4)]), port, address)
      else void clock.advance(1500)
    })
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    return socket
  }
  const sockets = [await listener('silent', false), await listener('good', true)]
  const upstream = createUpstream(sockets.map(socket => ({ address: '127.0.0.1', port: socket.address().port })), clock)
  const { port, close } = await serving(upstream, { clock })
  for (const id of [1, 2]) t.is(codeOf(await askByDatagram(port, queryFor('example.com', 1, { id }))), rcodes.noError)
  t.deepEqual(asked, ['silent', 'good', 'good'])
  await close()
  for (const socket of sockets) socket.close()
})

test('one client may have so many questions under way and no more, and what is answered here is answered all the same', async t => {
  let asked = 0
  const waiting: (() => void)[] = []
  const { port, close } = await serving(() => new Promise((resolve) => {
    asked += 1
    waiting.push(() => resolve(undefined))
  }))
  const socket = createSocket('udp4')
  const answers: number[] = []
  socket.on('message', message => answers.push(number16(message, 0)))
  for (let id = 1; id <= 70; id++) socket.send(queryFor('example.com', 1, { id }), port, '127.0.0.1')
  for (let tries = 0; tries < 200 && asked < 64; tries++) await systemClock.sleep(5)
  const own = await askByDatagram(port, queryFor('ip-127-0-1-5.prod.internal', 1))
  t.is(codeOf(own), rcodes.noError)
  t.is(asked, 64)
  for (const end of waiting) end()
  for (let tries = 0; tries < 200 && answers.length < 64; tries++) await systemClock.sleep(5)
  t.is(answers.length, 64)
  socket.close()
  await close()
})

test('places are given back once, and are each client\'s own', t => {
  const limit = createLimit({ total: 3, each: 2 })
  const [first, second] = [limit.take('a'), limit.take('a')]
  t.is(limit.take('a'), undefined)
  t.not(limit.take('b'), undefined)
  t.is(limit.take('c'), undefined)
  first?.()
  first?.()
  t.not(limit.take('c'), undefined)
  t.is(limit.take('a'), undefined)
  second?.()
  t.not(limit.take('a'), undefined)
})

test('a connection that sends nonsense, too much, or nothing is closed, and the server goes on', async t => {
  const clock = new FakeClock()
  const { port, close, client } = await serving(nobody, { clock })
  t.is((await askByConnection(port, [Uint8Array.from([0xff, 0xff, 1, 2, 3])])).length, 0)
  t.is((await askByConnection(port, [framed(Uint8Array.from([1, 2, 3]))])).length, 0)
  const silent = askByConnection(port, [Uint8Array.from([0])])
  for (let tries = 0; tries < 400 && clock.next === undefined; tries++) await systemClock.sleep(5)
  await clock.advance(10_000)
  t.is((await silent).length, 0)
  const queries = [1, 2, 3].map(id => framed(queryFor('ip-127-0-0-9.prod.internal', 1, { id })))
  const bytes = Buffer.concat(queries)
  const answers = await askByConnection(port, [bytes.subarray(0, 1), bytes.subarray(1, 40), bytes.subarray(40)], 3 * ((queries[0]?.length ?? 0) + 16))
  t.is(answers.length, 3 * ((queries[0]?.length ?? 0) + 16))
  t.deepEqual(await client.resolve4('ip-127-0-0-9.prod.internal'), ['127.0.0.9'])
  await close()
})

test('flags that are wrong are named with what they take', t => {
  const right = ['--domain', 'prod.internal', '--blocks', '10.0.0.0/16', '--network', '192.0.0.248/29', '--upstreams', '192.0.2.53']
  t.like(resolverSettingsOf(right, {}), { port: 53, upstreams: [{ address: '192.0.2.53', port: 53 }] })
  t.like(resolverSettingsOf([...right, '--upstreams', '[2001:db8::53]:5353'], {}).upstreams[1], { address: '2001:db8::53', port: 5353 })
  for (const [flag, value] of [
    ['--domain', 'a b'], ['--blocks', '10.0.0.1/16'], ['--network', ''], ['--port', '70000'], ['--upstreams', 'example.com'], ['--upstreams', '127.0.0.53'],
    ['--withheld-domains', '.'],
  ] as const) {
    t.throws(() => resolverSettingsOf([...right, flag, value], {}), { name: 'UsageError', message: new RegExp(`^${flag} `) })
  }
})
