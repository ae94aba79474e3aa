import test from 'ava'
import { differences, normalFormOf } from './normal-form.ts'
import { referenceOf, scenarioOf } from './explore.ts'

for (const name of ['launch', 'nat-gateway-comes-and-goes']) {
  test(`the same scenario comes to the same end whatever UIDs are drawn: ${name}`, async (t) => {
    const one = await referenceOf(scenarioOf(name), 1)
    for (const seed of [2, 3, 4, 5]) t.deepEqual(differences(normalFormOf(one), normalFormOf(await referenceOf(scenarioOf(name), seed))), [])
  })
}
