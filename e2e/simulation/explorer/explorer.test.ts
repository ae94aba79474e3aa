/** Every scenario with a share of its plans. Processes take one after the other, so that none is done long before the rest. */
import test from 'ava'
import { families, type Family } from './families.ts'
import { scenarios } from './scenarios/index.ts'
import { runTasks, type Progress, type Task } from './tasks.ts'

/** Plans of one run of the tests. */
const atLeast = 2400

const seed = 1

const counts = new Map<Family, number>(families.map((family) => [family, 0]))

const played = new Map(scenarios.map(({ name }) => [name, { reports: [] as string[], ...Promise.withResolvers<void>() }]))

const told = (progress: Progress, { scenario }: Task): void => {
  const own = played.get(scenario)
  if (progress.type === 'plan') counts.set(progress.family, (counts.get(progress.family) ?? 0) + 1)
  if (progress.type === 'plan' && progress.report !== undefined) own?.reports.push(progress.report)
  if (progress.type === 'broken') own?.reports.push(progress.message)
  if (progress.type !== 'plan') own?.resolve()
}

const all = runTasks(scenarios.map(({ name }): Task => ({ scenario: name, seed, families, shares: 'lean' })), told)

for (const [name, { reports, promise }] of played) {
  test(`${name}: whatever goes wrong on the way shows nowhere in the end`, async (t) => {
    await Promise.race([promise, all])
    t.deepEqual(reports, [])
  })
}

test('enough was explored', async (t) => {
  await all
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  t.log(`${total} plans of ${scenarios.length} scenarios, seed ${seed}: ${[...counts].map(([family, count]) => `${family} ${count}`).join(', ')}`)
  t.true(total >= atLeast, `${total} plans`)
  for (const [family, count] of counts) t.true(count > 0, family)
})
