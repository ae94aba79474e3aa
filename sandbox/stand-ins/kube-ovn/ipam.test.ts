import test from 'ava'
import fc from 'fast-check'
import { allocate, capacity, formatAddress, formatRanges, overlap, parseAddress, parseBlock } from './ipam.ts'

const cidr = '10.0.1.0/28'

test('addresses are drawn from the lowest, without network, broadcast and excluded ones', (t) => {
  const taken = new Map<string, string>()
  const drawn: string[] = []
  for (let index = 0; ; index++) {
    const result = allocate({ cidr, excludeIps: ['10.0.1.1..10.0.1.3', '10.0.1.9'], taken, port: `p${index}` })
    if ('error' in result) {
      t.is(result.error, 'NoAvailableAddress')
      break
    }
    taken.set(result.address, `p${index}`)
    drawn.push(result.address)
  }
  t.is(drawn[0], '10.0.1.4')
  t.is(drawn.at(-1), '10.0.1.14')
  t.is(drawn.length, capacity(cidr, ['10.0.1.1..10.0.1.3', '10.0.1.9']))
})

test('a fixed address is given to its own port again and refused to any other', (t) => {
  const taken = new Map([['10.0.1.5', 'a']])
  t.deepEqual(allocate({ cidr, excludeIps: [], taken, port: 'a', requested: '10.0.1.5' }), { address: '10.0.1.5' })
  t.deepEqual(allocate({ cidr, excludeIps: [], taken, port: 'b', requested: '10.0.1.5' }), { error: 'AddressConflict' })
  t.deepEqual(allocate({ cidr, excludeIps: [], taken, port: 'b', requested: '10.0.2.5' }), { error: 'AddressOutOfRange' })
})

test('an address survives being read and written', (t) => {
  t.notThrows(() => fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (number) => parseAddress(formatAddress(number)) === number)))
})

test('blocks overlap when they share an address', (t) => {
  t.true(overlap('10.0.0.0/16', '10.0.1.0/24'))
  t.false(overlap('10.0.0.0/24', '10.0.1.0/24'))
  t.deepEqual(parseBlock('10.0.1.7/24'), parseBlock('10.0.1.0/24'))
})

test('ranges are written as Kube-OVN writes them', (t) => {
  t.is(formatRanges(['10.0.0.5', '10.0.0.7', '10.0.0.6', '10.0.0.9'].map(parseAddress)), '10.0.0.5-10.0.0.7,10.0.0.9')
})
