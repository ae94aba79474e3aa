import { contractOf, type WayBack } from './contracts.ts'
import { differences } from './cluster-state.ts'
import type { Answer } from './field-cloud.ts'
import type { Problem } from './oracles.ts'
import { definitionOf } from './surroundings.ts'
import { type Attempt, idOfTransition, send } from './transition.ts'

type Back = { problem: Problem; isSpoilt: boolean }

const bad = (problem: string): Back => ({ problem, isSpoilt: true })

/** Changes the object back to what it was; everything must be as it was then. */
export const changeBack = async (attempt: Attempt): Promise<Back> => {
  const back = wayBackOf(attempt)
  const answer = await send(attempt, 'apply', attempt.valid)
  if (back !== undefined && 'refused' in back) return { ...expectRefusal(answer, back.refused), isSpoilt: true }
  if (answer.status >= 300) return bad(`can't be changed back: ${answer.message}`)
  await attempt.cloud.settle()
  return compare(attempt)
}

/** Deletes the object; nothing must be left of it then. */
export const takeAway = async (attempt: Attempt): Promise<Back> => {
  const { cloud, name, subject } = attempt
  const definition = definitionOf(subject.kind)
  const back = wayBackOf(attempt)
  let answer = await cloud.remove(definition, name)
  if (back !== undefined && 'protected' in back) {
    const refusal = expectRefusal(answer, back.protected)
    if (refusal.problem !== undefined) return refusal
    await send(attempt, 'apply', attempt.valid)
    await cloud.settle()
    answer = await cloud.remove(definition, name)
  }
  if (answer.status >= 300) return bad(`can't be deleted: ${answer.message}`)
  await cloud.settle()
  if (back !== undefined && 'held' in back) {
    const said = JSON.stringify(await cloud.get(definition, name) ?? {})
    if (!back.held.test(said)) return bad(`was to wait with ${back.held} and says ${said}`)
    // Not applied: an item of a list that was created is nobody's who applies, and would stay.
    const { metadata } = await cloud.get(definition, name) ?? {}
    await send(attempt, 'replace', { ...without(attempt.valid, back.without), metadata })
    await cloud.settle()
  }
  if (back !== undefined && 'leaves' in back && !await removeLeft(attempt, back.leaves)) return bad(`leaves no ${back.leaves}, which it should`)
  return compare(attempt)
}

const without = (valid: Attempt['valid'], field: string | undefined): Attempt['valid'] => field === undefined ? valid
  : { ...valid, spec: Object.fromEntries(Object.entries(valid['spec'] as object).filter(([name]) => name !== field)) }

const wayBackOf = (attempt: Attempt): WayBack | undefined => contractOf(idOfTransition(attempt))?.back

const expectRefusal = ({ status, message }: Answer, words: RegExp): Back =>
  status >= 400 && words.test(message) ? { problem: undefined, isSpoilt: false } : bad(`was to be refused with ${words} and is answered with ${status}: ${message}`)

/** Deletes by name what is left of a kind; whether there was any. */
const removeLeft = async ({ cloud, before }: Attempt, kind: string): Promise<boolean> => {
  const definition = definitionOf(kind)
  const bucket = `${definition.group}/${definition.plural}`
  const left = [...cloud.snapshot()].filter(([key, stored]) => stored[0] === bucket && !before.has(key)).map(([, [, key]]) => key.split('/')[1] ?? '')
  for (const name of left) await cloud.remove(definition, name)
  await cloud.settle()
  return left.length > 0
}

const compare = ({ before, cloud }: Attempt): Back => {
  const found = differences(before, cloud.snapshot())
  return found.length === 0 ? { problem: undefined, isSpoilt: false }
    : bad(`does not lead back: ${found.slice(0, 4).join(' | ')}${found.length > 4 ? ` | and ${found.length - 4} more` : ''}`)
}
