import test from 'ava'
import { churn } from './churn.ts'

const count = Number(process.env['CHURN'] ?? 40)
const seed = Number(process.env['CHURN_SEED'] ?? 1)

test(`${count} volumes and snapshots are made, attached, grown, restored and given up while the operator dies and its server fails, and nothing is left of them`, async (t) => {
  const { made, faults, wrong, seen, unsettled, left, restless } = await churn(seed, count)
  t.log({ seed, made, ...faults, ...seen })
  t.deepEqual(wrong, [])
  t.deepEqual(unsettled, [])
  t.deepEqual(left, [])
  t.deepEqual(restless, [])
  t.is(made, count)
  for (const [what, times] of Object.entries({ ...faults, ...seen })) t.true(times > 0, what)
})
