import test from 'ava'
import { definitions } from '../../../crds/v1alpha1/index.ts'
import { controllers } from '../../../operator/controllers.ts'
import { operatorSettings } from '../operator-process.ts'
import { transitionsOf } from './explore.ts'
import { schemaPathText } from './json-path.ts'
import { propertiesOf } from './mutations.ts'
import { subjects } from './subjects.ts'
import { schemaOf } from './surroundings.ts'
import { idOfTransition } from './transition.ts'

const transitions = subjects.map((subject) => ({ subject, all: transitionsOf(subject) }))

test('every kind is changed, and brought to rest where it has a controller', (t) => {
  t.deepEqual(subjects.map(({ kind }) => kind).sort(), definitions.map(({ kind }) => kind).sort())
  const controlled = controllers(operatorSettings).map(({ kind }) => kind)
  t.deepEqual(subjects.filter(({ hasController }) => hasController).map(({ kind }) => kind).sort(), controlled.sort())
})

for (const { subject, all } of transitions) {
  test(`every property of the spec of ${subject.kind} is changed, of an object that is there and of a new one`, (t) => {
    for (const way of ['update', 'create']) {
      const changed = new Set(all.filter((each) => each.way === way).map(({ mutation }) => schemaPathText([mutation.path])))
      const properties = propertiesOf(schemaOf(subject.kind).properties?.['spec'] ?? {})
      t.deepEqual(properties.filter((path) => !changed.has(path)), [])
    }
  })
}

test('no two transitions have one name, and there are more than 3,000', (t) => {
  const names = transitions.flatMap(({ all }) => all.map(idOfTransition))
  t.is(new Set(names).size, names.length)
  t.log(`${names.length} transitions of ${subjects.length} kinds`)
  t.true(names.length > 3000)
})
