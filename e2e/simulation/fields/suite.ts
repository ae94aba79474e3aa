import test from 'ava'
import { explore, transitionsOf } from './explore.ts'
import { subjects } from './subjects.ts'
import { idOfTransition } from './transition.ts'

/** What is to be run alone: a transition as a failure names it, or how its name begins (`Volume`, `Volume:update:spec.size`). */
const only = process.env['FIELDS']

/** Declares the test of a kind. @param least - transitions that there are at least, so that none is lost unseen. */
export const testFields = (kind: string, least: number): void => {
  test.serial(`a ${kind} with any property changed is refused by name or comes to rest, and changed back or deleted leaves no trace`, async (t) => {
    t.timeout(20 * 60_000)
    const subject = subjects.find((each) => each.kind === kind)
    if (subject === undefined) return t.fail(`${kind} has no valid objects to change`)
    const all = transitionsOf(subject)
    const chosen = only === undefined ? all : all.filter((each) => idOfTransition(each).startsWith(only))
    const began = process.cpuUsage()
    const { tried, admitted, refused, clouds, failures } = await explore(subject, chosen)
    const { user, system } = process.cpuUsage(began)
    t.log(`${tried} transitions of ${kind}: ${refused} refused, ${admitted} admitted, in ${clouds} clouds and ${((user + system) / 1e6).toFixed(1)} s of CPU`)
    t.true(all.length >= least, `${all.length} transitions, fewer than ${least}`)
    t.is(failures.join('\n'), '')
    t.is(tried, chosen.length)
  })
}
