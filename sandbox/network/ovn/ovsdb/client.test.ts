import test from 'ava'
import fc from 'fast-check'
import { messageSplitter } from './client.ts'
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
