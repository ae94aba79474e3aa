import test from 'ava'
import { jsonText, madeOf } from './json-text.ts'

test('every object has its own text, also long after thousands of others', (t) => {
  const objects = Array.from({ length: 2000 }, (_, index) => ({ index, name: `é"\n${index}` }))
  for (const object of objects) t.is(jsonText(object), JSON.stringify(object))
  for (const object of objects) t.is(jsonText(object), JSON.stringify(object))
})

test('what a text was made of is found for a while, the same object, and nothing else is kept', (t) => {
  const objects = Array.from({ length: 2000 }, (_, index) => ({ index }))
  const texts = objects.map(jsonText)
  t.is(madeOf(`{"index":1999}`), objects[1999])
  t.is(madeOf(texts[0] as string), undefined)
  t.is(madeOf('{"index":-1}'), undefined)
})
