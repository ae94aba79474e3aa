import test from 'ava'
import fc from 'fast-check'
import { type Cidr, parseCidr } from '../../../crds/cidr.ts'
import { createAddressBook, isInBlocks, type PublicAddressRequest, sizeOfAll } from './address-book.ts'

const blocks = ['203.0.113.16/30', '198.51.100.8/31', '192.0.2.1/32'].map(text => parseCidr(text) as Cidr)
const ask = (more: Partial<PublicAddressRequest> = {}): PublicAddressRequest =>
  ({ blocks, count: 0, isKnown: () => false, holder: 'a', hint: 'a', now: 0, ...more })

test('every address of every block is given before a pool is exhausted, and no address is given that is not of it', t => {
  const book = createAddressBook()
  const given = Array.from({ length: sizeOfAll(blocks) }, (_, index) => book.choose(ask({ holder: `h${index}`, hint: `h${index}` })))
  const addresses = given.map(choice => choice.kind === 'chosen' ? choice.address : choice.kind)
  t.is(new Set(addresses).size, 7)
  t.true(addresses.every(address => isInBlocks(blocks, address)))
  t.deepEqual(book.choose(ask({ holder: 'late' })), { kind: 'exhausted' })
  t.deepEqual(createAddressBook().choose(ask({ count: 7 })), { kind: 'exhausted' })
})

test('a certain address is given if it is free, and no other in its place', t => {
  const book = createAddressBook()
  t.deepEqual(book.choose(ask({ wanted: '198.51.100.9' })), { kind: 'chosen', address: '198.51.100.9' })
  t.deepEqual(book.choose(ask({ wanted: '198.51.100.9', holder: 'b' })), { kind: 'taken' })
  t.deepEqual(book.choose(ask({ wanted: '198.51.100.8', isKnown: address => address === '198.51.100.8' })), { kind: 'taken' })
  for (const wanted of ['198.51.100.10', '8.8.8.8', 'ten', '']) t.deepEqual(book.choose(ask({ wanted })), { kind: 'outside' })
})

test('the same asker is given the same address again until somebody has it', t => {
  fc.assert(fc.property(fc.uuid(), fc.nat({ max: 5 }), (hint, taken) => {
    const first = createAddressBook().choose(ask({ hint }))
    if (first.kind !== 'chosen') return false
    const again = createAddressBook().choose(ask({ hint, count: taken }))
    const other = createAddressBook().choose(ask({ hint, isKnown: address => address === first.address }))
    return again.kind === 'chosen' && again.address === first.address && other.kind === 'chosen' && other.address !== first.address
  }))
  t.pass()
})

test('what was promised or refused is kept from others for a while and not for ever', t => {
  const book = createAddressBook()
  const one = [parseCidr('203.0.113.16/32') as Cidr]
  t.is(book.choose(ask({ blocks: one })).kind, 'chosen')
  t.is(book.choose(ask({ blocks: one, holder: 'b' })).kind, 'exhausted')
  t.is(book.choose(ask({ blocks: one, holder: 'b', now: 10_000 })).kind, 'chosen')
  book.refuse('203.0.113.16', 10_000)
  t.is(book.choose(ask({ blocks: one, holder: 'b', now: 69_999 })).kind, 'exhausted')
  t.is(book.choose(ask({ blocks: one, holder: 'b', now: 70_000 })).kind, 'chosen')
})
