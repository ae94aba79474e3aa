import { extraCreations } from '../allowances.ts'
import type { Run } from '../history.ts'
import { renaming } from '../normal-form.ts'
import type { Oracle } from './oracle.ts'

/** A duplicate that heals is one all the same: nothing is made, deleted or done to a guest more often than where nothing goes
 * wrong, unless the fault itself asks for it. */
export const noMoreCreations: Oracle = (run, reference) => {
  const expected = countsOf(reference)
  return [...countsOf(run)].flatMap(([what, count]) => {
    const most = (expected.get(what) ?? 0) + extraCreations(run.plan, what)
    return count > most ? [`${what} ${count} times, not ${most}`] : []
  })
}

/** A reference is compared with a hundred runs. */
const counted = new WeakMap<Run, ReadonlyMap<string, number>>()

const countsOf = (run: Run): ReadonlyMap<string, number> => {
  const known = counted.get(run) ?? countAnew(run)
  counted.set(run, known)
  return known
}

const countAnew = (run: Run): Map<string, number> => {
  const rename = renaming(run)
  const counts = new Map<string, number>()
  for (const { type, bucket, key } of run.events) {
    if (type === 'MODIFIED') continue
    const what = rename(`${bucket} ${key} was ${type === 'ADDED' ? 'created' : 'deleted'}`).replaceAll('<dead ', '<')
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  for (const { path } of run.writes.filter(({ path, status }) => path.startsWith('/apis/subresources.kubevirt.io/') && status < 300)) {
    counts.set(`${path} was asked for`, (counts.get(`${path} was asked for`) ?? 0) + 1)
  }
  return counts
}
