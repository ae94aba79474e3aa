import { explore, type Explored } from './explore.ts'
import type { Run, StoredEvent, Write } from './history.ts'
import { renaming } from './normal-form.ts'
import type { Plan } from './plan.ts'
import { shrink } from './shrink.ts'

/** Lines of history that a report shows at most: the first after the first fault say most. */
const shown = 60

/** What a failed plan comes to: what was found, the history, and the line that plays it again. */
export const reportOf = async (failed: Plan, found: Explored): Promise<string> => {
  const { plan, explored: { findings, run } } = await shrink(failed, found, explore)
  const history = historyOf(run)
  return [
    `${plan.scenario}, seed ${plan.seed}: ${plan.perturbations.map((each) => JSON.stringify(each)).join(' and ')}`,
    ...findings.map(({ oracle, message }) => `  ${oracle}: ${message}`),
    `  What the operator wrote (>) and what was stored:`,
    ...history.slice(0, shown).map((line) => `    ${line}`),
    ...history.length > shown ? [`    … and ${history.length - shown} more`] : [],
    `  Play it again: ${replayLine(plan)}`,
  ].join('\n')
}

export const replayLine = (plan: Plan): string => `make explore PLAN='${JSON.stringify(plan)}'`

/** Writes and what was stored, in order, dated in milliseconds from the beginning. */
export const historyOf = (run: Run): string[] => {
  const rename = renaming(run)
  const begin = Math.min(...[...run.writes, ...run.events].map(({ time }) => time))
  const lines = [
    ...run.writes.map((each) => ({ ...each, text: `> ${each.process} ${writeText(each)}` })),
    ...run.events.map((each) => ({ ...each, text: `  ${each.type} ${eventText(each)}` })),
  ]
  return lines.sort((a, b) => a.revision - b.revision).map(({ time, text }) => `${String(time - begin).padStart(8)} ${rename(text)}`)
}

const writeText = ({ method, path, status }: Write): string => `${method} ${path} → ${status === 0 ? 'no answer' : status}`

const eventText = ({ bucket, key, object }: StoredEvent): string => {
  const state = object.status?.['state'] ?? object.status?.['phase'] ?? object.status?.['printableStatus']
  return [bucket, key, ...typeof state === 'string' ? [state] : [], ...object.metadata.deletionTimestamp === undefined ? [] : ['(being deleted)']].join(' ')
}
