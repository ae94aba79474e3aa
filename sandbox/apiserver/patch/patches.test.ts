import test from 'ava'
import fc from 'fast-check'
import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { jsonPatch, JsonPatchError } from './json.ts'
import { mergePatch } from './merge.ts'
import { strategicMergePatch, StrategicPatchError } from './strategic.ts'

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)
const object = fc.dictionary(fc.string({ maxLength: 3 }), json, { maxKeys: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as object)

const withoutNulls = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).flatMap(([name, member]) => (member === null ? [] : [[name, withoutNulls(member)]])))
}

test('a merge patch applied twice is a merge patch applied once', (t) => {
  fc.assert(fc.property(object, object, (target, patch) => {
    const once = mergePatch(target, patch)
    t.deepEqual(mergePatch(once, patch), once)
  }))
})

test('a merge patch of nothing gives its own values without the nulls', (t) => {
  fc.assert(fc.property(object, (patch) => t.deepEqual(mergePatch({}, patch), withoutNulls(patch))), {
    examples: [[JSON.parse('{"":{"__proto__":0}}') as object], [JSON.parse('{"__proto__":{"a":{"b":null}}}') as object]],
  })
})

test('a member named __proto__ is a member to every patch, and never a prototype', (t) => {
  const patch = JSON.parse('{"spec":{"__proto__":{"containers":[]},"a":1}}') as object
  for (const merged of [mergePatch({ spec: { b: 2 } }, patch), strategicMergePatch({}, { spec: { b: 2 } }, patch)]) {
    const { spec } = merged as { spec: Record<string, unknown> }
    t.is(spec['containers'], undefined)
    t.is(JSON.stringify(spec), '{"b":2,"__proto__":{"containers":[]},"a":1}')
  }
})

test('an empty merge patch changes nothing, and no patch changes what it was given', (t) => {
  fc.assert(fc.property(object, object, (target, patch) => {
    const before = structuredClone([target, patch])
    mergePatch(target, patch)
    t.deepEqual([target, patch], before)
    t.deepEqual(mergePatch(target, {}), target)
  }))
})

test('the examples of RFC 7386 hold', (t) => {
  t.deepEqual(mergePatch({ a: 'b' }, { a: 'c' }), { a: 'c' })
  t.deepEqual(mergePatch({ a: 'b', b: 'c' }, { a: null }), { b: 'c' })
  t.deepEqual(mergePatch({ a: ['b'] }, { a: 'c' }), { a: 'c' })
  t.deepEqual(mergePatch({ a: { b: 'c' } }, { a: { b: 'd', c: null } }), { a: { b: 'd' } })
  t.deepEqual(mergePatch(['a', 'b'], ['c', 'd']), ['c', 'd'])
  t.deepEqual(mergePatch({ e: null }, { a: 1 }), { e: null, a: 1 })
  t.deepEqual(mergePatch([1, 2], { a: 'b', c: null }), { a: 'b' })
  t.deepEqual(mergePatch({}, { a: { bb: { ccc: null } } }), { a: { bb: {} } })
})

test('a JSON patch that adds and removes a member leaves the document as it was', (t) => {
  fc.assert(fc.property(object, json, (document, value) => {
    const patched = jsonPatch(document, [{ op: 'add', path: '/a new~1name', value }, { op: 'remove', path: '/a new~1name' }])
    t.deepEqual(patched, document)
  }))
})

test('a JSON patch that fails in the middle changes nothing and says which operation failed', (t) => {
  const document = { a: [1, 2] }
  const patch = [{ op: 'add', path: '/a/-', value: 3 }, { op: 'test', path: '/a/0', value: 9 }]
  const error = t.throws(() => jsonPatch(document, patch), { instanceOf: JsonPatchError })
  t.is(error?.message, 'operation 1: testing value /a/0 failed: it is 1, not 9')
  t.deepEqual(document, { a: [1, 2] })
})

test('a JSON patch names what is wrong with it', (t) => {
  const say = (operation: object) => t.throws(() => jsonPatch({ a: [1] }, [operation]), { instanceOf: JsonPatchError })?.message
  t.is(say({ op: 'frob', path: '/a' }), 'operation 0: unknown operation "frob": use add, remove, replace, move, copy or test')
  t.is(say({ op: 'add', path: '/b' }), 'operation 0: add of /b needs a "value"')
  t.is(say({ op: 'add', path: '/a/7', value: 1 }), 'operation 0: index 7 in /a/7 is outside the list of 1')
  t.is(say({ op: 'remove', path: '/a/x' }), 'operation 0: "x" in /a/x is no index of a list')
  t.is(say({ op: 'add', path: '/b/c', value: 1 }), 'operation 0: path /b does not exist')
  t.is(say({ op: 'move', from: '/a', path: '/a/0' }), 'operation 0: cannot move /a into itself')
  t.is(say({ op: 'add', path: 'a', value: 1 }), 'operation 0: path "a" must start with "/"')
})

test('a JSON patch cannot reach the prototype of objects', (t) => {
  const patched = jsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }])
  t.is(({} as { polluted?: boolean }).polluted, undefined)
  t.is(JSON.stringify(patched), '{"__proto__":{"polluted":true}}')
})

const pod: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        containers: {
          type: 'array',
          'x-kubernetes-patch-merge-key': 'name',
          'x-kubernetes-patch-strategy': 'merge',
          items: { type: 'object', properties: { name: { type: 'string' }, image: { type: 'string' }, args: { type: 'array', items: { type: 'string' } } } },
        },
        nodeSelector: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
}
const live = { metadata: { finalizers: ['a', 'b'] }, spec: { containers: [{ name: 'x', image: '1', args: ['p'] }, { name: 'y', image: '1' }], nodeSelector: { k: 'v' } } }
const strategic = (patch: object) => strategicMergePatch(pod, live, patch) as typeof live

test('a strategic merge patch merges lists by their key and replaces the others', (t) => {
  const { spec } = strategic({ spec: { containers: [{ name: 'x', args: ['q'] }, { name: 'z', image: '3' }] } })
  t.deepEqual(spec.containers, [{ name: 'x', image: '1', args: ['q'] }, { name: 'y', image: '1' }, { name: 'z', image: '3' }])
})

test('a strategic merge patch deletes and replaces by directive', (t) => {
  t.deepEqual(strategic({ spec: { containers: [{ $patch: 'delete', name: 'x' }] } }).spec.containers.map(({ name }) => name), ['y'])
  t.deepEqual(strategic({ spec: { containers: [{ $patch: 'replace' }, { name: 'n', image: '9' }] } }).spec.containers, [{ name: 'n', image: '9' }])
  t.deepEqual(strategic({ spec: { nodeSelector: { $patch: 'replace', a: 'b' } } }).spec.nodeSelector as object, { a: 'b' })
  t.deepEqual(strategic({ metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] } }).metadata.finalizers, ['b', 'c'])
  t.deepEqual(strategic({ spec: { $retainKeys: ['nodeSelector'], nodeSelector: { k: 'w' } } }).spec as object, { nodeSelector: { k: 'w' } })
})

test('a strategic merge patch puts items into the order it asks for, and keeps unknown ones among them', (t) => {
  const names = (patch: object) => strategic(patch).spec.containers.map(({ name }) => name)
  t.deepEqual(names({ spec: { '$setElementOrder/containers': [{ name: 'y' }, { name: 'x' }] } }), ['y', 'x'])
  t.deepEqual(names({ spec: { '$setElementOrder/containers': [{ name: 'y' }, { name: 'n' }], containers: [{ name: 'n' }] } }), ['x', 'y', 'n'])
})

test('a strategic merge patch without a merge key is refused', (t) => {
  const error = t.throws(() => strategic({ spec: { containers: [{ image: '2' }] } }), { instanceOf: StrategicPatchError })
  t.is(error?.message, 'map: {"image":"2"} does not contain declared merge key: name')
  t.throws(() => strategic({ spec: { $patch: 'bogus' } }), { instanceOf: StrategicPatchError, message: /bogus/ })
})
