import type { Definition } from '../../../crds/definition.ts'
import type { Condition, KubeObject } from '../../../crds/kubernetes.ts'
import type { Answer } from './field-cloud.ts'
import type { Mutation } from './mutations.ts'

/** What is wrong, in one line; undefined where all is well. */
export type Problem = string | undefined

/** A refusal is the user's to understand: it names the field, and where a field is immutable, the way round. */
export const refusalProblem = ({ status, message, causes }: Answer, { path, value }: Pick<Mutation, 'path' | 'value'>, description = ''): Problem => {
  if (status < 400 || (status >= 500 && !message.startsWith(untyped))) return `is answered with ${status}: ${message}`
  if (isGarbled(message)) return `is refused in words that are no words: ${message}`
  const isNamed = causes.some(({ field }) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`))
    || namesOf(path).some((name) => message.includes(name)) || causes.some((cause) => isImmutableWhole(cause, path))
    // Two fields that don't go together: the other one is named, and this one by what it says.
    || (typeof value === 'string' && value.length > 3 && message.includes(value))
  if (!isNamed) return `is refused without naming the field: ${message}`
  const isImmutable = /\bImmutable\./.test(description) && / immutable/.test(message)
  return isImmutable && !/immutable[^:]*: \w+/.test(message) ? `is refused without a way round: ${message}` : undefined
}

/** What is immutable as a whole speaks for all of its parts. */
const isImmutableWhole = ({ field, message }: Answer['causes'][number], path: string): boolean =>
  field !== 'spec' && path.startsWith(`${field}.`) && message.includes(`${field.split('.').at(-1)} is immutable`)

/** How a real API server says that what is applied is of another type, with status 500. */
const untyped = 'failed to create typed patch object'

/** The field's own name, and for a part of a reference that of the reference. */
const namesOf = (path: string): string[] => {
  const steps = path.replace(/\[\d+\]/g, '').split('.')
  return steps.slice(steps.length > 2 ? -2 : -1)
}

/**
 * An object that was admitted comes to rest in one of three ways: it is ready, it waits for something, or it needs its user. Where it is not ready
 * the reason is documented and the message is for people.
 */
export const restProblem = (object: KubeObject | undefined, { reasons }: Pick<Definition, 'reasons'>): Problem => {
  if (object === undefined) return 'is gone'
  const { observedGeneration, conditions = [] } = (object as { status?: { observedGeneration?: number; conditions?: Condition[] } }).status ?? {}
  if (observedGeneration !== object.metadata.generation) return `is at rest unseen: generation ${object.metadata.generation}, observed ${observedGeneration}`
  const garbled = conditions.find(({ message }) => isGarbled(message))
  if (garbled !== undefined) return `says what is no words: ${garbled.type}: ${garbled.message}`
  const undocumented = conditions.find(({ reason }) => !Object.hasOwn(reasons, reason))
  if (undocumented !== undefined) return `gives a reason that is not documented: ${undocumented.type}: ${undocumented.reason} (${undocumented.message})`
  const [ready, reconciling, stalled] = ['Ready', 'Reconciling', 'Stalled'].map((type) => conditions.find((each) => each.type === type))
  if (ready === undefined) return 'says nothing of being ready'
  if (ready.status === 'True') return reconciling === undefined && stalled === undefined ? undefined : 'is ready and not ready'
  const why = stalled ?? reconciling
  if (why?.status !== 'True') return `is not ready (${ready.reason}) and says neither Reconciling nor Stalled`
  return tellsWhatToDo(why.message) ? undefined : `is not ready and doesn't say what to do: ${why.type}: ${why.reason}: ${why.message}`
}

/** Internals that have got out. */
const isGarbled = (message: string): boolean =>
  /something went wrong|undefined|\[object |NaN|\bnull\b is not|is not a function|Cannot (read|convert)|\bat \S+\.ts:|(Type|Range|Syntax|Reference)Error|Internal error|evaluating rule/.test(message)

/** An instruction, or what is waited for. */
const tellsWhatToDo = (message: string): boolean =>
  /waiting for |create |choose |use |leave |set |write |make |correct |ask |name |delete |raise |copy |have |free |must |needs? |tried again/i.test(message)
