import test from 'ava'
import fc from 'fast-check'
import { SlotIndex } from './slot-index.ts'
import { SlotTable } from './slot-table.ts'

test('a slot is found under every text that it has, and under no other', t => {
  const slot = fc.nat({ max: 40 })
  const texts = fc.subarray(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
  fc.assert(fc.property(fc.array(fc.tuple(slot, texts), { maxLength: 200 }), changes => {
    const held = new Map<number, readonly string[]>()
    const index = new SlotIndex((slot, text) => held.get(slot)?.includes(text) === true)
    for (const [slot, after] of changes) {
      const before = held.get(slot) ?? []
      held.set(slot, after)
      for (const text of before) if (!after.includes(text)) index.delete(text, slot)
      for (const text of after) if (!before.includes(text)) index.add(text, slot)
    }
    for (const text of 'abcdefghi') {
      const expected = [...held].filter(([, texts]) => texts.includes(text)).map(([slot]) => slot)
      t.deepEqual([...index.slots(text)].sort(), expected.sort())
      t.is(index.count(text), expected.length)
    }
  }))
})

test('a table finds every slot, whatever hashes fall together and whatever is taken out', t => {
  const hash = fc.oneof(fc.constantFrom(-1, 0, 1, -(2 ** 31), 2 ** 31 - 1), fc.integer())
  const act = fc.record({ hash, slot: fc.nat({ max: 50 }), add: fc.boolean() })
  fc.assert(fc.property(fc.array(act, { maxLength: 300 }), acts => {
    const table = new SlotTable()
    const model: [number, number][] = []
    for (const { hash, slot, add } of acts) {
      const place = model.findIndex(([otherHash, other]) => otherHash === hash && other === slot)
      if (add && place < 0) {
        table.add(hash, slot)
        model.push([hash, slot])
      } else if (!add) {
        t.is(table.delete(hash, slot), place >= 0)
        if (place >= 0) model.splice(place, 1)
      }
    }
    t.is(table.size, model.length)
    for (const [hash, slot] of model) t.is(table.find(hash, found => found === slot), slot)
    t.is(table.find(77, () => true), model.find(([hash]) => hash === 77)?.[1])
  }))
})
