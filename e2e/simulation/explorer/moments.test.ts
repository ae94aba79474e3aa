import test from 'ava'
import { explore, referenceOf, scenarioOf } from './explore.ts'
import { differences, normalFormOf } from './normal-form.ts'
import type { Plan } from './plan.ts'

const dying = (scenario: string, write: number): Plan => ({ scenario, seed: 1, perturbations: [{ kind: 'crash', write, when: 'after' }] })

test('a death that is gone on from ends as one that is played from the beginning, and is told with all that came before it', async (t) => {
  for (const plan of [dying('launch', 7), dying('stop-start', 4)]) {
    const reference = await referenceOf(scenarioOf(plan.scenario), plan.seed)
    const [later, whole] = [await explore(plan), await explore({ ...plan, whole: true })]
    t.deepEqual([later.findings, whole.findings], [[], []])
    t.deepEqual(differences(normalFormOf(whole.run), normalFormOf(later.run)), [])
    const [{ length }] = [reference.moments?.of(plan.perturbations[0])?.events ?? []]
    t.true(length > 0)
    t.true(later.run.events.slice(0, length).every((event, index) => event === reference.events[index]), 'what came before is the reference\'s own')
    t.true(whole.run.events.every((event) => !reference.events.includes(event)))
    t.deepEqual([...new Set(later.run.writes.map(({ process }) => process))], ['operator-1', 'operator-2'])
  }
})

test('nearly every death of a launch can be gone on from', async (t) => {
  const reference = await referenceOf(scenarioOf('launch'), 1)
  const moments = reference.writes.flatMap((_, index) => reference.moments?.of({ kind: 'crash', write: index + 1, when: 'after' }) ?? [])
  t.true(moments.length >= reference.writes.length - 1, `${moments.length} of ${reference.writes.length}`)
  t.is(reference.moments?.of({ kind: 'compact', write: 1 }), undefined, 'a process that lives on remembers what no moment knows')
})
