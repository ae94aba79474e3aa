import test from 'ava'
import fc from 'fast-check'
import { type Cidr, containsAddress, isReserved, parseAddress, parseCidr, usableCount } from '../../../crds/cidr.ts'
import { chooseAddress, type Claim, createAddressLedger, holderOf } from './ledger.ts'

const block = (text: string): Cidr => {
  const cidr = parseCidr(text)
  if (cidr === undefined) throw new Error(text)
  return cidr
}
const subnet = block('10.0.1.0/24')
const small = block('10.0.1.96/28')
const nothing = () => false
const seen = (claims: readonly Claim[], holder?: string) => ({
  claimsAt: (address: string) => claims.filter(claim => claim.address === address),
  held: claims.find(claim => claim.held && claim.holder === holder)?.address,
})

const subnets = fc.integer({ min: 16, max: 28 }).chain(prefixLength =>
  fc.nat({ max: 2 ** prefixLength - 1 }).map((index): Cidr => ({ first: index * 2 ** (32 - prefixLength), prefixLength })))

test('any address chosen is inside the subnet, not one of the five reserved, and the same for the same instance', t => {
  fc.assert(fc.property(subnets, fc.uuid(), (cidr, uid) => {
    const choice = chooseAddress(cidr, nothing, undefined, uid)
    if (choice.kind !== 'chosen') return false
    const address = parseAddress(choice.address) ?? -1
    return containsAddress(cidr, address) && !isReserved(cidr, address) && choice.address === addressOf(chooseAddress(cidr, nothing, undefined, uid))
  }))
  t.pass()
})

const exists = () => true

test('an address that was promised to an instance which is gone without a trace is free again', t => {
  const ledger = createAddressLedger()
  const ask = (holder: string, there: string) => ledger.assign({ subnetUID: 's', subnet, holder, wanted: '10.0.1.5', ...seen([]), exists: who => who === there })
  t.is(ask('short-lived', 'short-lived').kind, 'chosen')
  t.is(ask('next', 'short-lived').kind, 'impossible')
  t.is(ask('next', 'next').kind, 'chosen')
})

test('an address given back rests while any other is free, those that rest longest are given first, and who asks for one by name has it at once', t => {
  const ledger = createAddressLedger()
  const ask = (holder: string, wanted?: string) => addressOf(ledger.assign({ subnetUID: 's', subnet: small, holder, wanted, ...seen([]), exists }))
  const all = Array.from({ length: 11 }, (_, index) => ask(`i-${index}`))
  const first = (index: number) => all[index] ?? ''
  for (const index of [4, 2, 7]) ledger.release('s', `i-${index}`, first(index))
  ledger.release('s', 'i-9')
  t.is(ask('a'), first(9), 'one that nobody was told of rests for nobody')
  t.is(ask('b'), first(4))
  t.is(ask('by name', first(7)), first(7))
  t.is(ask('c'), first(2))
})

test('a promise outlasts an older instance that asks for the same', t => {
  const ledger = createAddressLedger()
  const claim = (holder: string, since: string): Claim => ({ holder, address: '10.0.1.5', held: false, since })
  const ask = (holder: string, ...claims: Claim[]) => ledger.assign({ subnetUID: 's', subnet, holder, wanted: '10.0.1.5', ...seen(claims, holder), exists })
  const [young, old] = [claim('young', '2026-01-02T00:00:00Z'), claim('old', '2026-01-01T00:00:00Z')]
  t.is(ask('young', young).kind, 'chosen')
  t.is(ask('old', young, old).kind, 'impossible')
  t.is(ask('young', young, old).kind, 'chosen')
})

test('every address of a subnet can be given before the subnet is full, and then it says so', t => {
  const ledger = createAddressLedger()
  const given = Array.from({ length: usableCount(small) }, (_, index) =>
    addressOf(ledger.assign({ subnetUID: 's', subnet: small, holder: `i-${index}`, ...seen([]), exists })))
  t.is(new Set(given).size, 11)
  t.like(ledger.assign({ subnetUID: 's', subnet: small, holder: 'one more', ...seen([]), exists }), { kind: 'impossible' })
  t.like(ledger.assign({ subnetUID: 'another', subnet: small, holder: 'one more', ...seen([]), exists }), { kind: 'chosen' })
})

test('no address is given twice, whatever the order in which instances ask, are seen and go', t => {
  const act = fc.record({ holder: fc.nat({ max: 14 }), what: fc.constantFrom('ask', 'ask', 'see', 'go'), wanted: fc.option(fc.integer({ min: 100, max: 110 })) })
  fc.assert(fc.property(fc.array(act, { maxLength: 80 }), acts => {
    const ledger = createAddressLedger()
    const has = new Map<string, string>()
    const shown = new Map<string, string>()
    for (const { holder: number, what, wanted } of acts) {
      const holder = `i-${number}`
      const claims: Claim[] = [...shown].map(([who, address]) => ({ holder: who, address, held: true, since: '' }))
      if (what === 'ask') {
        const request = { subnetUID: 's', subnet: small, holder, ...seen(claims, holder), exists, ...(wanted === null ? {} : { wanted: `10.0.1.${wanted}` }) }
        const choice = ledger.assign(request)
        if (choice.kind === 'chosen' && [...has].some(([who, address]) => who !== holder && address === choice.address)) return false
        if (choice.kind === 'chosen') has.set(holder, choice.address)
      } else if (what === 'see') {
        const address = has.get(holder)
        if (address !== undefined) shown.set(holder, address)
      } else {
        ledger.release('s', holder)
        has.delete(holder)
        shown.delete(holder)
      }
    }
    return true
  }))
  t.pass()
})

test('an instance keeps the address it has, whatever its spec asks for later', t => {
  const claims: Claim[] = [{ holder: 'a', address: '10.0.1.77', held: true, since: '2026-01-01T00:00:00Z' }]
  t.deepEqual(createAddressLedger().assign({ subnetUID: 's', subnet, holder: 'a', wanted: '10.0.1.78', ...seen(claims, 'a'), exists }), { kind: 'chosen', address: '10.0.1.77' })
})

test('an address asked for by name is not given to another, and of two that ask the older gets it', t => {
  const claims: Claim[] = [
    { holder: 'young', address: '10.0.1.5', held: false, since: '2026-01-02T00:00:00Z' },
    { holder: 'old', address: '10.0.1.5', held: false, since: '2026-01-01T00:00:00Z' },
  ]
  const assign = (holder: string) => createAddressLedger().assign({ subnetUID: 's', subnet, holder, wanted: '10.0.1.5', ...seen(claims, holder), exists })
  t.deepEqual(assign('old'), { kind: 'chosen', address: '10.0.1.5' })
  t.like(assign('young'), { kind: 'impossible' })
  t.is(holderOf([...claims, { holder: 'has', address: '10.0.1.5', held: true, since: '2026-01-03T00:00:00Z' }]), 'has')
})

for (const [wanted, expected] of [
  ['10.0.2.5', /outside the subnet/],
  ['10.0.1.1', /keeps for itself/],
  ['10.0.1.255', /keeps for itself/],
  ['ten', /outside the subnet/],
] as const) {
  test(`asking for ${wanted} in 10.0.1.0/24 is refused with the way out`, t => {
    const choice = chooseAddress(subnet, nothing, wanted, 'uid')
    t.regex(choice.kind === 'impossible' ? choice.message : '', expected)
  })
}

const addressOf = (choice: ReturnType<typeof chooseAddress>): string => {
  if (choice.kind !== 'chosen') throw new Error(choice.message)
  return choice.address
}
