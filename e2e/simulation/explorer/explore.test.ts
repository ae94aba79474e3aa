import test from 'ava'
import { differences, normalFormOf } from './normal-form.ts'
import { referenceOf, scenarioOf } from './explore.ts'

test('the same scenario comes to the same end whatever UIDs are drawn', async (t) => {
  const [one, other] = [await referenceOf(scenarioOf('launch'), 1), await referenceOf(scenarioOf('launch'), 2)]
  t.deepEqual(differences(normalFormOf(one), normalFormOf(other)), [])
})
