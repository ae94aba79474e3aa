import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { connectOvsdb, messageSplitter, type TableUpdates } from './client.ts'
import { canonical, type Wire } from './values.ts'

test('messages are found whole wherever the stream is cut, whatever they hold', (t) => {
  const text = fc.string({ unit: fc.constantFrom('{', '}', '"', '\\', 'a', ' ') })
  const message = fc.record({ id: fc.nat(), result: fc.array(fc.record({ text, inner: fc.record({ [`{"`]: text }) })) })
  fc.assert(fc.property(fc.array(message), fc.array(fc.nat()), (messages, cuts) => {
    const stream = messages.map((each) => JSON.stringify(each)).join('')
    const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length]
    const next = messageSplitter()
    const found = places.slice(1).flatMap((end, index) => next(stream.slice(places[index], end)))
    return JSON.stringify(found) === JSON.stringify(messages.map((each) => JSON.stringify(each)))
  }))
  t.pass()
})

test('sets and maps are the same in any order, and a set of one is its member', (t) => {
  const set = (...members: Wire[]): Wire => ['set', members]
  t.is(canonical(set('a', 'b')), canonical(set('b', 'a')))
  t.is(canonical(set('a')), canonical('a'))
  t.not(canonical(set()), canonical('a'))
  t.not(canonical('1'), canonical(1))
  t.not(canonical(['uuid', 'x']), canonical('x'))
  t.is(canonical(['map', [['a', 'b'], ['c', 'd']]]), canonical(['map', [['c', 'd'], ['a', 'b']]]))
})

test('who monitors is told of the rows as they are first and of changes after, also when both come at once', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'ovsdb-'))
  const rows = (number: number): TableUpdates => ({ NB_Global: { row: { new: { hv_cfg: number } } } })
  const server = createServer((socket) => socket.on('data', (asked) => {
    const { id, params } = JSON.parse(String(asked)) as { id: number; params: string[] }
    const changes = [1, 2].map((number) => ({ id: null, method: 'update', params: [params[1], rows(number)] }))
    socket.write([{ id, error: null, result: rows(0) }, ...changes].map((each) => JSON.stringify(each)).join(''))
  }))
  await new Promise<void>((resolve) => server.listen(join(directory, 'db.sock'), resolve))
  const client = await connectOvsdb(join(directory, 'db.sock'))
  const told: TableUpdates[] = []
  await client.monitor('OVN_Northbound', { NB_Global: ['hv_cfg'] }, (updates) => void told.push(updates))
  t.deepEqual(told, [0, 1, 2].map(rows))
  client.close()
  server.close()
  await rm(directory, { recursive: true })
})
