import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import type { Snapshot } from './cluster-state.ts'
import { differences } from './cluster-state.ts'
import type { Answer, FieldCloud, SendOptions, Verb } from './field-cloud.ts'
import type { Mutation } from './mutations.ts'
import { type Problem, refusalProblem, restProblem } from './oracles.ts'
import type { Subject } from './subject.ts'
import { definitionOf, schemaOf } from './surroundings.ts'
import { changeBack, takeAway } from './way-back.ts'

/** `update`: an object is changed, looked at and changed back. `create`: an object is created so, looked at and deleted. */
export type Way = 'update' | 'create'

/** One thing to try: what is done to the object of which name. */
export type Transition = { subject: Subject; way: Way; name: string; valid: Record<string, unknown>; mutation: Mutation }

/** A transition under way, in a cloud that was at rest in the state `before`. */
export type Attempt = Transition & { cloud: FieldCloud; before: Snapshot }

export type Result = {
  problem: Problem
  outcome: 'refused' | 'admitted'
  /** The cloud is not as it was: go on in another. */
  isSpoilt: boolean
}

/** By which a transition is told apart, and run alone. */
export const idOfTransition = ({ subject, way, mutation }: Transition): string => `${subject.kind}:${way}:${mutation.path}:${mutation.name}`

/** Tries one transition in a cloud that is at rest. */
export const tryTransition = async (transition: Transition, cloud: FieldCloud): Promise<Result> => {
  const attempt = { ...transition, cloud, before: cloud.snapshot() }
  try {
    return await (transition.mutation.unknown ? tryUnknown(attempt) : tryKnown(attempt))
  } catch (error) {
    return failed((error as Error).message)
  } finally {
    cloud.door.open = true
  }
}

const failed = (problem: string): Result => ({ problem, outcome: 'admitted', isSpoilt: true })

const tryKnown = async (attempt: Attempt): Promise<Result> => {
  const { cloud, mutation } = attempt
  const answer = await sendMutated(attempt)
  if (answer.status < 300) return mutation.refused && !isMerged(attempt) ? failed('is admitted, which its schema rules out') : observe(attempt, 'admitted')
  const otherwise = await sendOtherwise(attempt)
  // What is only tried is warned of what may come meanwhile, and not refused for it.
  const isTaken = otherwise.status < 300 && !otherwise.warnings.includes('is not known yet')
  if (isTaken && isNullOfApply(answer)) {
    const replaced = await replace(attempt, {})
    return replaced.status < 300 ? observe(attempt, 'admitted') : failed(`is refused after all: ${replaced.message}`)
  }
  if (isTaken) return failed(`is refused (${answer.message}), but not where it is sent by another verb`)
  const problem = refusalProblem(answer, mutation, descriptionAt(attempt)) ?? changeSince(attempt)
  if (problem !== undefined) return failed(problem)
  if (!answer.message.startsWith('admission webhook')) return { problem: undefined, outcome: 'refused', isSpoilt: false }
  // What only the admission server refuses gets in while that is down: then the controller has to say it.
  cloud.door.open = false
  const later = await sendMutated(attempt)
  return later.status < 300 ? observe(attempt, 'refused') : failed(`is refused with the admission server down: ${later.message}`)
}

/** A field that no schema knows: refused by name where that is asked for, else dropped with a warning and without a trace. */
const tryUnknown = async (attempt: Attempt): Promise<Result> => {
  const strict = await sendMutated(attempt)
  if (strict.status < 400 || !strict.message.includes('notAField')) return failed(`is answered with ${strict.status}, not naming notAField: ${strict.message}`)
  const lenient = await (attempt.way === 'create' ? send(attempt, 'create', attempt.mutation.body, { fieldValidation: 'Warn' }) : replace(attempt, { fieldValidation: 'Warn' }))
  if (lenient.status >= 300) return failed(`is refused where a warning was asked for: ${lenient.message}`)
  if (!lenient.warnings.includes('notAField')) return failed(`is dropped without a warning: ${lenient.warnings}`)
  if (JSON.stringify(lenient.object).includes('notAField":1')) return failed('is stored')
  return observe(attempt, 'admitted')
}

/** The cloud comes to rest with the object in order, and the way back leads to where it came from. */
const observe = async (attempt: Attempt, outcome: Result['outcome']): Promise<Result> => {
  const { subject, way, name, cloud } = attempt
  const definition = definitionOf(subject.kind)
  await cloud.settle()
  const problem = subject.hasController ? restProblem(await cloud.get(definition, name), definition) : undefined
  if (problem !== undefined) return failed(problem)
  cloud.door.open = true
  return { outcome, ...await (way === 'update' ? changeBack(attempt) : takeAway(attempt)) }
}

const sendMutated = (attempt: Attempt): Promise<Answer> => send(attempt, attempt.way === 'create' ? 'create' : 'apply', attempt.mutation.body)

/** By another verb, and only to see what the verdict would be. */
const sendOtherwise = (attempt: Attempt): Promise<Answer> =>
  attempt.way === 'create' ? send(attempt, 'apply', attempt.mutation.body, { dryRun: true }) : replace(attempt, { dryRun: true })

/** A new body for the object as it is now. */
const replace = async (attempt: Attempt, options: SendOptions): Promise<Answer> => {
  const { metadata } = await attempt.cloud.get(definitionOf(attempt.subject.kind), attempt.name) ?? {}
  return send(attempt, 'replace', { ...attempt.mutation.body, metadata }, options)
}

/** An applied list without items says that none of the applier's are left, and where all were its own the list goes with them. */
const isMerged = ({ way, mutation: { value } }: Attempt): boolean => way === 'update' && Array.isArray(value) && value.length === 0

/** Server-side apply takes a null for a value, also one that it makes itself of what it empties; all other verbs drop it. Real servers do so too. */
const isNullOfApply = ({ causes }: Answer): boolean => causes.some(({ message }) => message.includes('"null"'))

const changeSince = ({ before, cloud }: Attempt): Problem => {
  const [difference] = differences(before, cloud.snapshot())
  return difference === undefined ? undefined : `is refused and changes something all the same: ${difference}`
}

/** Sends an object of this body under the attempt's name. */
export const send = ({ subject, name, cloud }: Attempt, verb: Verb, body: Record<string, unknown>, options: SendOptions = {}): Promise<Answer> => {
  const definition = definitionOf(subject.kind)
  const metadata = { name, ...definition.namespaced ? { namespace: 'default' } : {} }
  return cloud.send(verb, definition, { apiVersion: apiVersionOf(definition), kind: subject.kind, metadata, ...body }, options)
}

const descriptionAt = ({ subject, mutation }: Transition): string =>
  mutation.path.replace(/\[\d+\]/g, '.items').split('.').reduce<StructuralSchema[]>((schemas, step) => {
    const schema = schemas.at(-1)
    const child = step === 'items' ? schema?.items : schema?.properties?.[step]
    return child === undefined ? schemas : [...schemas, child]
  }, [schemaOf(subject.kind)]).slice(1).map(({ description }) => description).join(' ')
