import test from 'ava'
import fc from 'fast-check'
import { templateOf } from './template.ts'

test('a copy has the new texts wherever the tokens were, in names of members too', (t) => {
  const make = templateOf({ name: 'web', of: ['web-disk', 7, null, true], 'k:{"name":"web"}': { uid: 'u-1' } }, ['web', 'u-1'])
  t.deepEqual(make(['db', 'u-2']), { name: 'db', of: ['db-disk', 7, null, true], 'k:{"name":"db"}': { uid: 'u-2' } })
})

test('what holds no token is one object in all copies', (t) => {
  const make = templateOf({ name: 'web', spec: { size: '1Gi' } }, ['web']) as unknown as (texts: string[]) => { spec: object }
  t.is(make(['a']).spec, make(['b']).spec)
})

test('an address is not taken for the beginning of a longer one', (t) => {
  t.deepEqual(templateOf(['10.0.0.1', '10.0.0.17', '210.0.0.1', 'x10.0.0.1y'], ['10.0.0.1'])(['10.9.9.9']), ['10.9.9.9', '10.0.0.17', '210.0.0.1', 'x10.9.9.9y'])
})

test('of two tokens at one place the longer counts', (t) => {
  t.is(templateOf('pvc-a-b', ['a', 'a-b'])(['1', '2']), 'pvc-2')
})

test('putting the tokens themselves in changes nothing', (t) => {
  fc.assert(fc.property(fc.json(), fc.uniqueArray(fc.string({ minLength: 1, maxLength: 2 }), { maxLength: 4 }), (text, tokens) => {
    const value = JSON.parse(text) as never
    t.deepEqual(templateOf(value, tokens)(tokens), value)
  }))
})
