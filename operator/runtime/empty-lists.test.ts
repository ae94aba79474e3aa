import test from 'ava'
import { withoutEmptyLists } from './empty-lists.ts'

test('lists without items go, wherever they are, and nothing else', (t) => {
  const status = { state: 'available', associations: [], routes: [{ target: 'local', messages: [] }], nested: { empty: [], none: null, map: {} } }
  t.deepEqual(withoutEmptyLists(status), { state: 'available', routes: [{ target: 'local' }], nested: { none: null, map: {} } } as unknown as typeof status)
  t.deepEqual(status.associations, [], 'what it was given stays as it is')
})

test('what has none is handed back as it is', (t) => {
  const status = { state: 'available', routes: [{ target: 'local' }], names: ['a'] }
  t.is(withoutEmptyLists(status), status)
})
