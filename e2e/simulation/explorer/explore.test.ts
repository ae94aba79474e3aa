import test from 'ava'
import { differences, normalFormOf } from './normal-form.ts'
import { explore, referenceOf, scenarioOf } from './explore.ts'

test('the same scenario comes to the same end whatever UIDs are drawn', async (t) => {
  const [one, other] = [await referenceOf(scenarioOf('launch'), 1), await referenceOf(scenarioOf('launch'), 2)]
  t.deepEqual(differences(normalFormOf(one), normalFormOf(other)), [])
})

test('an operator that dies before or after any write of a launch loses and doubles nothing', async (t) => {
  const { writes } = await referenceOf(scenarioOf('launch'), 1)
  for (let write = 1; write <= writes.length; write++) {
    for (const when of ['before', 'after'] as const) {
      const { findings } = await explore({ scenario: 'launch', seed: 1, perturbations: [{ kind: 'crash', write, when }] })
      t.deepEqual(findings, [], `${when} write ${write}`)
    }
  }
})
