import test from 'ava'
import fc from 'fast-check'
import { containsAddress, formatAddress, parseCidr } from '../../crds/cidr.ts'
import { type Decision, decide } from './answer.ts'
import { buildAnswer, buildRefusal, nameData, rcodes, readQuery, recordTypes } from './message.ts'
import { queryFor, zoneOf } from './testing.ts'

const zone = zoneOf('10.0.0.0/16', '100.64.0.0/20')

const decided = (name: string, type: number = recordTypes.a, options = {}): Decision => {
  const received = readQuery(queryFor(name, type, options))
  if (received.kind !== 'query') throw new Error(received.kind)
  return decide(received.query.question, zone)
}
const address = (...octets: number[]) => ({ kind: 'answer', answer: { code: rcodes.noError, record: { type: recordTypes.a, data: Uint8Array.from(octets) } } })
const missing = { kind: 'answer', answer: { code: rcodes.nameError } }
const empty = { kind: 'answer', answer: { code: rcodes.noError } }

test('a name says its address, in letters of any size, within the VPC\'s blocks alone', t => {
  t.like(decided('ip-10-0-1-5.prod.internal'), address(10, 0, 1, 5))
  t.like(decided('IP-100-64-15-255.Prod.INTERNAL'), address(100, 64, 15, 255))
  for (const host of ['ip-10-1-1-5', 'ip-100-64-16-0', 'ip-10-0-1-05', 'ip-10-0-1-256', 'ip-10-0-1', 'ip-10-0-1-5-6', 'web', 'x.ip-10-0-1-5', 'ip-010-0-1-5']) {
    t.like(decided(`${host}.prod.internal`), missing, host)
  }
})

test('a name that is there has no record of another type, and that is not the same as no name', t => {
  t.like(decided('ip-10-0-1-5.prod.internal', 28), empty)
  t.like(decided('prod.internal', 15), empty)
})

test('an address says its name, within the VPC\'s blocks alone', t => {
  const data = nameData(['ip-10-0-1-5', 'prod', 'internal'])
  t.like(decided('5.1.0.10.in-addr.arpa', recordTypes.ptr), { kind: 'answer', answer: { record: { type: recordTypes.ptr, data } } })
  for (const name of ['5.1.1.10.in-addr.arpa', '1.0.168.192.in-addr.arpa', '0.16.64.100.in-addr.arpa', 'x.5.1.0.10.in-addr.arpa', '05.1.0.10.in-addr.arpa']) {
    t.like(decided(name, recordTypes.ptr), missing, name)
  }
  t.like(decided('1.0.10.in-addr.arpa', recordTypes.ptr), empty)
  t.like(decided('1.2.0.192.in-addr.arpa', recordTypes.ptr), { kind: 'forward' })
  t.like(decided('8.8.8.8.in-addr.arpa', recordTypes.ptr), { kind: 'forward' })
})

test('nothing that can only be the platform\'s, or another VPC\'s, is asked of anybody', t => {
  const kept = [
    'ip-10-0-1-5.other.internal', 'internal', 'images.internal', 'kubernetes.default.svc.cluster.local', 'localhost', 'db.corp.example.com', 'CORP.example.com',
    '1.0.0.127.in-addr.arpa', '254.169.254.169.in-addr.arpa', '1.0.16.172.in-addr.arpa', '1.c.f.ip6.arpa', `${'0.'.repeat(32)}ip6.arpa`, `1.${'0.'.repeat(31)}ip6.arpa`,
  ]
  for (const name of kept) t.like(decided(name), missing, name)
  for (const name of ['example.com', 'notcorp.example.com', 'internal.example.com', '8.b.d.0.1.0.0.2.ip6.arpa', 'com', '']) t.like(decided(name), { kind: 'forward' }, name)
})

test('transfers, everything at once, other classes and what is no question are refused', t => {
  for (const type of [0, 41, 249, 250, 251, 252, 255]) t.deepEqual(decided('ip-10-0-1-5.prod.internal', type), { kind: 'refuse', code: rcodes.refused })
  t.deepEqual(decided('version.bind', 16, { of: 3 }), { kind: 'refuse', code: rcodes.refused })
})

test('every address has one name and every name one address, or neither has anything', t => {
  t.notThrows(() => fc.assert(fc.property(fc.nat(2 ** 32 - 1), (number) => {
    const octets = formatAddress(number).split('.')
    const isInside = ['10.0.0.0/16', '100.64.0.0/20'].some(block => containsAddress(parseCidr(block) ?? { first: 0, prefixLength: 32 }, number))
    const there = decided(`ip-${octets.join('-')}.prod.internal`)
    const back = decided(`${octets.toReversed().join('.')}.in-addr.arpa`, recordTypes.ptr)
    return [there, back].every(each => isInside === (each.kind === 'answer' && each.answer.record !== undefined))
  }), { examples: [[0x0a000105], [0x64400fff], [0x64401000], [0]] }))
})

test('whatever bytes come, they are read without an error, and what is answered keeps their number and is no question', t => {
  const noise = fc.uint8Array({ maxLength: 600 })
  const nearly = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.nat(20)).map(([tail, cut]) => {
    const query = queryFor('ip-10-0-1-5.prod.internal', 1)
    return Uint8Array.from([...query.subarray(0, query.length - Math.min(cut, query.length)), ...tail])
  })
  t.notThrows(() => fc.assert(fc.property(fc.oneof(noise, nearly), (bytes) => {
    const received = readQuery(bytes)
    if (received.kind === 'ignored') return bytes.length < 12 || (bytes[2] ?? 0) >= 0x80
    const answers = received.kind === 'faulty' ? [received.answer] : answersTo(received.query)
    const isAnswer = ([first, second, flags = 0]: Uint8Array) => first === bytes[0] && second === bytes[1] && flags >= 0x80
    return answers.every(answer => isAnswer(answer) && answer.length <= bytes.length + 100)
  }), { numRuns: 2000 }))
})

const answersTo = (query: Parameters<typeof buildRefusal>[0]): Uint8Array[] => {
  const decision = decide(query.question, zone)
  return [buildRefusal(query, rcodes.refused), ...decision.kind === 'answer' ? [buildAnswer(query, decision.answer)] : []]
}

test('names that are too long, or point somewhere, are no names', t => {
  const named = (name: readonly number[]) => readQuery(Uint8Array.from([...queryFor('', 1).subarray(0, 12), ...name, 0, 1, 0, 1]))
  const label = (length: number) => [length, ...Array<number>(length).fill(97)]
  t.is(named([...label(63), ...label(63), ...label(63), ...label(61), 0]).kind, 'query')
  t.is(named([...label(63), ...label(63), ...label(63), ...label(62), 0]).kind, 'faulty')
  t.is(named([64, ...Array<number>(64).fill(97), 0]).kind, 'faulty')
  t.is(named([0xc0, 12]).kind, 'faulty')
})
