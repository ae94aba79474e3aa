import test from 'ava'
import { everyPlan, families, plansOf } from './families.ts'
import { runOf, writeOf } from './oracles/testing.ts'
import type { Plan } from './plan.ts'
import { shrink } from './shrink.ts'

const volume = (name: string) => writeOf('PATCH', `/apis/kumulus.dev/v1alpha1/namespaces/a/volumes/${name}`, {}, { status: 201 })

const reference = runOf({
  writes: ['one', 'two', 'three'].map(volume),
  delivered: new Map([['kumulus.dev/volumes', 4], ['/pods', 2]]),
})

test('the process dies before and after every write, whatever else is chosen', (t) => {
  const singles = plansOf('crash', reference).filter(({ perturbations }) => perturbations.length === 1).map(({ perturbations: [only] }) => only)
  t.deepEqual(singles, [1, 2, 3].flatMap((write) => [{ kind: 'crash', write, when: 'before' }, { kind: 'crash', write, when: 'after' }] as const))
})

test('the process dies once where dying before a write is dying after the one before it, and twice where every plan is asked for', (t) => {
  const [first] = reference.writes
  if (first === undefined) throw new Error('the reference writes')
  const writes = [{ ...first, revision: 7 }, { ...first, revision: 8 }, { ...first, revision: 12 }]
  const before = (shares?: typeof everyPlan) => plansOf('crash', { ...reference, writes }, shares)
    .filter(({ perturbations }) => perturbations.length === 1).flatMap(({ perturbations }) => perturbations)
    .flatMap((each) => each.kind === 'crash' && each.when === 'before' ? [each.write] : [])
  t.deepEqual(before(), [1, 3])
  t.deepEqual(before(everyPlan), [1, 2, 3])
})

test('the same seed names the same plans, and another one others', (t) => {
  const seeded = (seed: number) => ({ ...reference, plan: { ...reference.plan, seed } })
  const named = (seed: number) => families.map((family) => plansOf(family, seeded(seed)).map(({ perturbations }) => perturbations))
  t.deepEqual(named(1), named(1))
  t.notDeepEqual(named(1), named(2))
})

test('every plan there is comes to every event and every write', (t) => {
  const freezes = plansOf('stale', reference, everyPlan).flatMap(({ perturbations }) => perturbations).filter(({ kind }) => kind === 'freeze')
  t.is(freezes.length, 6)
  const recreations = plansOf('unobserved', reference, everyPlan).flatMap(({ perturbations }) => perturbations).filter(({ kind }) => kind === 'recreate')
  t.is(recreations.length, 4, 'what the operator makes, and not the pods that KubeVirt makes')
  t.is(plansOf('faults', reference, everyPlan).filter(({ perturbations: [only] }) => only?.kind === 'answer').length, 18)
})

test('a failed plan is shrunk to what fails by itself', async (t) => {
  const plan: Plan = { scenario: 'made-up', seed: 1, perturbations: [1, 2, 3].map((write) => ({ kind: 'crash', write, when: 'before' })) }
  const explore = (tried: Plan) => Promise.resolve({
    run: runOf({ plan: tried }), findings: tried.perturbations.some((each) => each.kind === 'crash' && each.write === 2) ? [{ oracle: 'made-up', message: 'fails' }] : [],
  })
  const { plan: smallest } = await shrink(plan, await explore(plan), explore)
  t.deepEqual(smallest.perturbations, [{ kind: 'crash', write: 2, when: 'before' }])
})
