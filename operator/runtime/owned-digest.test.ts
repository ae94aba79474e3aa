import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { desiredDigest, ownedFields, ownershipOf, stableJSON } from './owned-digest.ts'

const live = (fields: Record<string, unknown>, rest: Record<string, unknown>, manager = 'kumulus-instance') =>
  ({
    apiVersion: 'v1', kind: 'Thing',
    metadata: {
      name: 'x', namespace: 'a', uid: 'u', resourceVersion: '5', labels: { 'kumulus.dev/owner-uid': 'owner', other: 'theirs' },
      managedFields: [{ manager, operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: fields }],
    },
    ...rest,
  }) as unknown as KubeObject

test('what we own equals what we want, whatever the server or others added', (t) => {
  const desired = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x', namespace: 'a', labels: { 'kumulus.dev/owner-uid': 'owner' } }, spec: { a: 1, b: { c: [1, 2] } } }
  const fields = { 'f:metadata': { 'f:labels': { 'f:kumulus.dev/owner-uid': {} } }, 'f:spec': { 'f:a': {}, 'f:b': { 'f:c': {} } } }
  const object = live(fields, { spec: { a: 1, b: { c: [1, 2], defaulted: true }, added: 'x' }, status: { phase: 'Running' } })
  t.deepEqual(ownershipOf(object), { ownerUID: 'owner', digests: { 'kumulus-instance': desiredDigest(desired) } })
})

test('a value that somebody else changed and thereby owns shows as a difference', (t) => {
  const desired = { metadata: { name: 'x' }, spec: { a: 1, b: 2 } }
  t.not(ownershipOf(live({ 'f:spec': { 'f:a': {} } }, { spec: { a: 1, b: 3 } }))?.digests['kumulus-instance'], desiredDigest(desired))
})

test('keyed lists, sets, indexes and empty objects are read as the server writes them', (t) => {
  const object = {
    ports: [{ port: 80, protocol: 'TCP', name: 'theirs' }, { port: 443, protocol: 'TCP', name: 'ours', extra: 1 }],
    finalizers: ['theirs', 'ours'], list: ['x', 'y'], selector: {}, missing: undefined,
  }
  const fields = {
    'f:ports': { 'k:{"port":443,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {}, 'f:name': {} } },
    'f:finalizers': { '.': {}, 'v:"ours"': {} }, 'f:list': { 'i:1': {} }, 'f:selector': {}, 'f:gone': {},
  }
  t.deepEqual(ownedFields(object, fields), {
    ports: [{ port: 443, protocol: 'TCP', name: 'ours' }], finalizers: ['ours'], list: ['y'], selector: {},
  })
})

test('managers that are not ours, and updates, are not ours', (t) => {
  t.deepEqual(ownershipOf(live({ 'f:spec': { 'f:a': {} } }, { spec: { a: 1 } }, 'kubectl')), { ownerUID: 'owner', digests: {} })
})

test('a field named like a prototype member is just a field', (t) => {
  t.deepEqual(ownedFields({ constructor: 1 }, { 'f:toString': {}, 'f:constructor': {} }), { constructor: 1 })
})

test('the order of members never matters, the order of lists always does', (t) => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
    t.is(stableJSON(value), stableJSON(Object.fromEntries(Object.entries(value).reverse())))
  }))
  t.not(stableJSON([1, 2]), stableJSON([2, 1]))
})

test('values that differ anywhere never read the same', (t) => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
    t.is(stableJSON(a) === stableJSON(b), isDeepStrictEqual(asJSON(a), asJSON(b)))
  }))
  t.not(stableJSON(JSON.parse('{"a":{"__proto__":1},"b":1}')), stableJSON(JSON.parse('{"b":1,"a":{"__proto__":2}}')))
})

test('what is read is left as it was', (t) => {
  const value = Object.freeze({ b: Object.freeze([Object.freeze({ z: 1, a: 2 })]), a: 1 })
  t.is(stableJSON(value), '{"a":1,"b":[{"a":2,"z":1}]}')
})

const asJSON = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
