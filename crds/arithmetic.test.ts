import test from 'ava'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import {
  containsAddress, containsCidr, firstFreeAddress, formatAddress, formatCidr, isReserved, lastOf, overlaps, parseAddress, parseCidr,
  reservedAddresses, sizeOf, usableAddresses, usableCount, type Cidr,
} from './cidr.ts'
import { idOf, idPrefixes, macOf } from './ids.ts'
import { compareQuantities, formatBytes, gibibytes, parseNanos, parseQuantity } from './quantity.ts'

const uid = '6f1e2c54-5d5b-4d3c-9f4e-0c6f2f8f9a01'
const anAddress = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const aCidr = fc.tuple(anAddress, fc.integer({ min: 0, max: 32 })).map(([address, prefixLength]): Cidr =>
  ({ first: address - (address % 2 ** (32 - prefixLength)), prefixLength }))

test('An ID is the prefix and the first 17 digits of the SHA-256 of the UID, always', t => {
  t.is(idOf(idPrefixes.instance, uid), `i-${createHash('sha256').update(uid).digest('hex').slice(0, 17)}`)
  fc.assert(fc.property(fc.uuid(), each => /^subnet-[0-9a-f]{17}$/.test(idOf('subnet-', each)) && idOf('i-', each) === idOf('i-', each)))
})

test('A MAC address is locally administered, unicast, and the same for the same UID and interface', t => {
  fc.assert(fc.property(fc.uuid(), each => /^02(:[0-9a-f]{2}){5}$/.test(macOf(each)) && macOf(each) === macOf(each) && macOf(each) !== macOf(each, 1)))
  t.pass()
})

test('Addresses and blocks are read as they are written', t => {
  fc.assert(fc.property(anAddress, address => parseAddress(formatAddress(address)) === address))
  fc.assert(fc.property(aCidr, cidr => {
    const read = parseCidr(formatCidr(cidr))
    return read?.first === cidr.first && read.prefixLength === cidr.prefixLength
  }))
  t.is(parseAddress('10.0.1.5'), 0x0a000105)
})

test('What is not plain dotted decimal is no address, and a block begins at its first address', t => {
  for (const text of ['', '10.0.1', '10.0.1.256', '010.0.1.5', '0x0a.0.1.5', '10.0.1.5 ', '10.0.1.-5', '::1', '167772421']) t.is(parseAddress(text), undefined, text)
  for (const text of ['10.0.1.5/24', '10.0.1.0/33', '10.0.1.0', '10.0.1.0/', '10.0.1.0/024', '10.0.1.0/24/24']) t.is(parseCidr(text), undefined, text)
})

test('Containment and overlap agree with the addresses themselves', t => {
  const small = fc.tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 26, max: 32 })).map(([address, prefixLength]): Cidr =>
    ({ first: address - (address % 2 ** (32 - prefixLength)), prefixLength }))
  const addressesOf = (cidr: Cidr) => new Set(Array.from({ length: sizeOf(cidr) }, (_, index) => cidr.first + index))
  fc.assert(fc.property(small, small, (a, b) => {
    const [ofA, ofB] = [addressesOf(a), addressesOf(b)]
    return overlaps(a, b) === [...ofB].some(address => ofA.has(address)) && containsCidr(a, b) === [...ofB].every(address => ofA.has(address)) &&
      [...ofB].every(address => containsAddress(a, address) === ofA.has(address))
  }))
  t.pass()
})

test('The first four addresses of a subnet and the last are reserved, all others usable', t => {
  const subnet: Cidr = { first: 0x0a000100, prefixLength: 28 }
  t.deepEqual(reservedAddresses(subnet).map(formatAddress), ['10.0.1.0', '10.0.1.1', '10.0.1.2', '10.0.1.3', '10.0.1.15'])
  t.deepEqual([...usableAddresses(subnet)].map(formatAddress), Array.from({ length: 11 }, (_, index) => `10.0.1.${index + 4}`))
  t.is(usableCount(subnet), 11)
  t.is(lastOf(subnet), 0x0a00010f)
  for (const address of usableAddresses(subnet)) t.false(isReserved(subnet, address))
  for (const address of reservedAddresses(subnet)) t.true(isReserved(subnet, address))
})

test('The first free address is the lowest that nobody has; a full subnet has none', t => {
  const subnet: Cidr = { first: 0, prefixLength: 28 }
  t.is(firstFreeAddress(subnet, new Set()), 4)
  t.is(firstFreeAddress(subnet, new Set([4, 5, 7])), 6)
  t.is(firstFreeAddress(subnet, new Set(usableAddresses(subnet))), undefined)
})

const quantities: [string, bigint][] = [
  ['20Gi', 20n << 30n], ['500M', 500_000_000n], ['1.5Gi', 3n << 29n], ['1e3', 1000n], ['1E3', 1000n], ['12E', 12n * 10n ** 18n], ['100m', 1n], ['0.1', 1n],
  ['-1500m', -1n], ['.5k', 500n], ['5.', 5n], ['+3', 3n], ['1n', 1n], ['2Ei', 2n << 60n], ['Gi', 0n], ['1E-3', 1n], ['1E', 10n ** 18n],
]
for (const [text, value] of quantities) test(`${text} is ${value} in whole units`, t => t.is(parseQuantity(text), value))

test('What is no quantity is refused with an example', t => {
  for (const text of ['', '1 Gi', '1gi', '1KiB', '1e', '1.2.3', '0x10', '1e3Ki']) {
    t.is(parseNanos(text), undefined, text)
    t.throws(() => parseQuantity(text), { instanceOf: RangeError, message: /is not a quantity: write for example 20Gi/ })
  }
})

test('An exponent of any size is read in no time', t => t.true(parseQuantity('1e999999999') > parseQuantity('1e18')))

test('Quantities are compared by value, not by spelling', t => {
  t.is(compareQuantities('1Gi', '1024Mi'), 0)
  t.is(compareQuantities('1G', '1Gi'), -1)
  t.is(compareQuantities('1001m', '1'), 1)
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 60n }), bytes => parseQuantity(formatBytes(bytes)) === bytes))
  t.is(formatBytes(21474836480n), '20Gi')
  t.is(gibibytes((20n << 30n) + 1n), 21)
})
