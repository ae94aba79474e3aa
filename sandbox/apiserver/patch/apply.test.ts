import test from 'ava'
import fc from 'fast-check'
import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { ownedFields } from '../../../operator/runtime/owned-digest.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { applyPatch } from './apply.ts'
import { fromFieldsV1, toFieldsV1 } from './field-set.ts'

const schema: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        text: { type: 'string' },
        count: { type: 'integer' },
        map: { type: 'object', additionalProperties: { type: 'string' } },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        atomic: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
        items: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: { type: 'string' }, value: { type: 'integer' }, tags: { type: 'object', additionalProperties: { type: 'string' } } } },
        },
      },
    },
  },
}

const resource: ServedResource = {
  group: 't.example.com', version: 'v1', kind: 'Thing', plural: 'things', singular: 'thing', namespaced: true, shortNames: [], categories: [],
  listKind: 'ThingList', verbs: [], schema, hasStatus: false, columns: [], custom: true,
}

const apply = (live: AnyObject | undefined, spec: object, manager: string, force = false): AnyObject =>
  applyPatch({
    resource, live, manager, force, subresource: '', now: '2026-01-01T00:00:00Z', name: 'n', namespace: 'd',
    patch: { apiVersion: 't.example.com/v1', kind: 'Thing', metadata: { name: 'n' }, spec },
  })

const word = fc.constantFrom('a', 'b', 'c', 'd')
const values = fc.dictionary(word, word, { minKeys: 1, maxKeys: 3 })
const spec = fc.record(
  {
    text: word,
    count: fc.integer({ min: 0, max: 9 }),
    map: values,
    set: fc.uniqueArray(word, { minLength: 1 }),
    atomic: fc.array(fc.record({ a: word }), { minLength: 1, maxLength: 2 }),
    items: fc.uniqueArray(fc.record({ name: word, value: fc.integer({ min: 0, max: 9 }), tags: values }, { requiredKeys: ['name'] }), {
      selector: ({ name }) => name, minLength: 1,
    }),
  },
  { requiredKeys: [] },
).map((value) => JSON.parse(JSON.stringify(value)) as object)

const entryOf = (object: AnyObject, manager: string) =>
  (object.metadata['managedFields'] as { manager: string; fieldsV1: Record<string, unknown> }[] | undefined)?.find((entry) => entry.manager === manager)

test('applying the same configuration twice changes nothing, not even a time', (t) => {
  fc.assert(fc.property(spec, spec, (base, config) => {
    const once = apply(apply(undefined, base, 'base'), config, 'me', true)
    t.deepEqual(apply(once, config, 'me'), once)
  }))
})

test('applying something and then nothing leaves what was there before, as far as others owned it', (t) => {
  fc.assert(fc.property(spec, (config) => {
    const before = apply(undefined, { text: 'a' }, 'base')
    t.deepEqual(apply(apply(before, { ...config, text: 'a' }, 'me'), {}, 'me')['spec'], { text: 'a' })
  }))
  fc.assert(fc.property(spec, (config) => {
    const before = apply(undefined, config, 'base')
    t.deepEqual(apply(apply(before, config, 'me'), {}, 'me')['spec'], before['spec'])
  }))
})

test('an applier that empties an object that others only named leaves a null, which a real server refuses too', (t) => {
  const live = apply(apply(undefined, {}, 'base'), { text: 'a' }, 'me')
  t.throws(() => apply(live, {}, 'me'), { message: 'Thing.t.example.com "n" is invalid: spec: Invalid value: "null": spec in body must be of type object: "null"' })
})

test('a member named __proto__ is applied and taken back as any other', (t) => {
  const map = JSON.parse('{"__proto__":"value"}') as object
  const live = apply(apply(undefined, { map: { a: 'b' } }, 'me'), { map }, 'me')
  t.is(JSON.stringify(live['spec']), '{"map":{"__proto__":"value"}}')
  t.deepEqual(apply(live, { map: { c: 'd' } }, 'me')['spec'], { map: { c: 'd' } })
})

test('a forced apply holds everything it says', (t) => {
  fc.assert(fc.property(spec, spec, (base, config) => {
    const after = apply(apply(undefined, base, 'base'), config, 'me', true)
    t.deepEqual(apply(after, config, 'third')['spec'], after['spec'])
  }))
})

test('the leaves that a manager owns are the configuration it applied', (t) => {
  fc.assert(fc.property(spec, spec, (base, config) => {
    const after = apply(apply(undefined, base, 'base'), config, 'me', true)
    const owned = ownedFields(after, entryOf(after, 'me')?.fieldsV1 ?? {}) as { spec?: object } | undefined
    t.deepEqual(inOrder(owned?.spec ?? {}), inOrder(config))
  }))
})

test('two managers never own different values of one field', (t) => {
  fc.assert(fc.property(spec, spec, spec, (base, second, third) => {
    const after = apply(apply(apply(undefined, base, 'a'), second, 'b', true), third, 'a', true)
    for (const manager of ['a', 'b']) {
      const owned = ownedFields(after, entryOf(after, manager)?.fieldsV1 ?? {}) as { spec?: object } | undefined
      if (owned?.spec !== undefined) t.deepEqual(apply(after, owned.spec, 'check')['spec'], after['spec'])
    }
    t.pass()
  }))
})

test('sets of fields survive being written and read', (t) => {
  fc.assert(fc.property(spec, (config) => {
    const fields = entryOf(apply(undefined, config, 'me'), 'me')?.fieldsV1 ?? {}
    t.deepEqual(toFieldsV1(fromFieldsV1(fields)), fields)
  }))
})

test('kubectl takes over what it applied on the client before, and nobody else does', (t) => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: { text: 'a' } }) }
  const entry = { manager: 'kubectl-client-side-apply', operation: 'Update', apiVersion: 't.example.com/v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:text': {} } } }
  const live: AnyObject = { apiVersion: 't.example.com/v1', kind: 'Thing', metadata: { name: 'n', uid: 'u', annotations, managedFields: [entry] }, spec: { text: 'a' } }
  t.deepEqual(apply(live, { text: 'b' }, 'kubectl')['spec'], { text: 'b' })
  t.throws(() => apply(live, { text: 'b' }, 'other'), { message: /conflict with "kubectl-client-side-apply" using t.example.com\/v1: \.spec\.text/ })
})

/** Lists with keys have no order that a set of fields could keep. */
const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, inOrder(member)]))
}
