import test from 'ava'
import { jsonText } from './json-text.ts'

test('every object has its own text, also long after thousands of others', (t) => {
  const objects = Array.from({ length: 2000 }, (_, index) => ({ index, name: `é"\n${index}` }))
  for (const object of objects) t.is(jsonText(object), JSON.stringify(object))
  for (const object of objects) t.is(jsonText(object), JSON.stringify(object))
})
