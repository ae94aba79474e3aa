import test from 'ava'
import fc from 'fast-check'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import { type Kept, PackedObjects } from './packed-objects.ts'

type Thing = KubeObject & { [field: string]: unknown }

const text = fc.oneof(
  fc.constantFrom('', 'Running', 'zone-a', 'kumulus.dev/owner-uid', '__proto__', '0', '007', '1.2.3.4', '256.1.1.1', '01.1.1.1', '12345', 'é', '漢字', '\u0000', 'spec\u0000status', 'a\u0000'),
  fc.uuid(), fc.uuid().map(uuid => uuid.toUpperCase()), fc.string({ unit: 'binary' }), fc.ipV4(), fc.stringMatching(/^[\w-]{0,40}$/),
  fc.date({ min: new Date('1960-01-01'), max: new Date('2120-01-01'), noInvalidDate: true }).map(date => `${date.toISOString().slice(0, 19)}Z`),
  fc.constantFrom('2026-02-30T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:00:0aZ', 'x'.repeat(70_000)),
)
const { value } = fc.letrec(tie => ({
  value: fc.oneof({ depthSize: 'small' },
    text, fc.boolean(), fc.constantFrom(null, undefined), fc.integer(), fc.double({ noNaN: true }), fc.maxSafeInteger(),
    fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(text, tie('value'), { maxKeys: 4 })),
}))
const kept: fc.Arbitrary<Kept<Thing>> = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), namespace: fc.constantFrom(undefined, 'x', 'y'), uid: text, resourceVersion: fc.oneof(fc.nat().map(String), text),
  labels: fc.dictionary(text, text, { maxKeys: 3 }), spec: value,
  ownership: fc.option(
    fc.record({ ownerUID: fc.option(text, { nil: undefined }), digests: fc.dictionary(text, text, { maxKeys: 2 }) }), { nil: undefined },
  ),
}).map(({ name, namespace, uid, resourceVersion, labels, spec, ownership }) => ({
  object: { apiVersion: 'v1', kind: 'Thing', metadata: { name, uid, resourceVersion, labels, ...(namespace === undefined ? {} : { namespace }) }, spec },
  ownership,
}))
const act = fc.oneof(
  { weight: 4, arbitrary: kept.map(given => ({ act: 'set' as const, given })) },
  { weight: 1, arbitrary: kept.map(given => ({ act: 'delete' as const, given })) },
  { weight: 2, arbitrary: fc.constant({ act: 'cool' as const }) },
  { weight: 1, arbitrary: kept.map(given => ({ act: 'get' as const, given })) },
)

test('whatever is put in, taken out, packed and unpacked, the same is there as in a Map', t => {
  fc.assert(fc.property(fc.array(act, { maxLength: 60 }), acts => {
    const objects = new PackedObjects<Thing>()
    const model = new Map<string, Kept<Thing>>()
    for (const step of acts) {
      if (step.act === 'cool') {
        objects.cool()
        continue
      }
      const key = keyOf(step.given.object.metadata)
      if (step.act === 'set') {
        objects.set(key, step.given)
        model.set(key, step.given)
      } else if (step.act === 'delete') {
        objects.delete(key)
        model.delete(key)
      } else {
        const slot = objects.slotOf(key)
        if (slot !== undefined) objects.get(slot)
      }
    }
    t.is(objects.size, model.size)
    t.deepEqual([...objects.slots()].map(slot => objects.key(slot)).sort(), [...model.keys()].sort())
    for (const [key, expected] of model) {
      const slot = objects.slotOf(key) ?? -1
      const { uid, resourceVersion } = expected.object.metadata
      t.like(objects.identity(slot), { uid, resourceVersion })
      t.deepEqual(objects.peek(slot), expected)
    }
  }), { numRuns: 300 })
})

const machine = (index: number, phase = 'Running'): Kept<Thing> => ({
  object: {
    apiVersion: 'v1', kind: 'Machine', spec: { type: 't3.micro', groups: [{ name: 'web' }], encrypted: false },
    metadata: { name: `web-${index}`, namespace: 'a', uid: crypto.randomUUID(), resourceVersion: `${1000 + index}`, labels: { owner: crypto.randomUUID() } },
    status: { phase, conditions: [{ type: 'Ready', status: 'True', reason: phase, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  },
  ownership: { ownerUID: undefined, digests: { 'kumulus-machine': 'QbU77H8hd89kh6hTst82m5' } },
})
const rested = (objects: PackedObjects<Thing>) => {
  objects.cool()
  objects.cool()
}

test('objects that are alike take little beyond what is their own', t => {
  const objects = new PackedObjects<Thing>()
  for (let index = 0; index < 5000; index++) objects.set(`a/web-${index}`, machine(index))
  rested(objects)
  t.false(objects.warm)
  t.true(objects.reserved / 5000 < 120, `${objects.reserved / 5000} bytes an object`)
})

test('what changes again and again takes no more room than what does not', t => {
  const objects = new PackedObjects<Thing>()
  for (let index = 0; index < 3000; index++) objects.set(`a/web-${index}`, machine(index))
  rested(objects)
  const before = objects.reserved
  for (let round = 0; round < 20; round++) {
    for (let index = round % 3; index < 3000; index += 3) objects.set(`a/web-${index}`, machine(index, `Phase${round}-${index % 7}`))
    rested(objects)
  }
  t.true(objects.reserved <= before * 1.6, `${before} bytes, then ${objects.reserved}`)
  for (let index = 0; index < 3000; index++) objects.delete(`a/web-${index}`)
  t.is(objects.size, 0)
  t.true(objects.reserved <= 2 * 65_536)
})

test('what objects share is frozen, so that none can change another', t => {
  const objects = new PackedObjects<Thing>()
  for (let index = 0; index < 30; index++) objects.set(`a/web-${index}`, machine(index))
  rested(objects)
  const [one, other] = [28, 29].map(index => objects.peek(objects.slotOf(`a/web-${index}`) ?? -1).object)
  t.is(one?.['spec'], other?.['spec'])
  t.true(Object.isFrozen(one?.['spec']))
})
