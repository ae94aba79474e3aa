import { apiVersionOf } from '../../../crds/kubernetes.ts'
import type { SavedCloud } from '../cloud.ts'
import { type FieldCloud, type FieldCloudOptions, startFieldCloud } from './field-cloud.ts'
import { mutationsOf } from './mutations.ts'
import type { Subject } from './subject.ts'
import { freshSpecs } from './subjects.ts'
import { definitionOf, known, type Manifest, schemaOf, surroundings } from './surroundings.ts'
import { idOfTransition, type Transition, tryTransition } from './transition.ts'

export type Report = { tried: number; refused: number; admitted: number; clouds: number; failures: string[] }

export type ExploreOptions = Pick<FieldCloudOptions, 'kinds'> & {
  /** Does something to each cloud before it is used. */
  spoil?: (cloud: FieldCloud) => Promise<void>
}

/** Every transition of a kind: every change of every property, of an object that is there and of one that is created so. */
export const transitionsOf = (subject: Subject): Transition[] => {
  const schema = schemaOf(subject.kind)
  const fresh = freshSpecs(subject)
  const ofSpecs = (way: Transition['way'], specs: readonly object[], nameOf: (index: number) => string): Transition[] =>
    mutationsOf(schema, specs, known).map((mutation) =>
      ({ subject, way, name: nameOf(mutation.specIndex), valid: { spec: specs[mutation.specIndex] }, mutation }))
  return [...ofSpecs('update', subject.specs, (index) => `changed-${index}`), ...ofSpecs('create', fresh, () => 'created')]
}

/** Tries them one after the other, in one cloud for as long as each leaves it as it was. */
export const explore = async (subject: Subject, transitions: readonly Transition[], options: ExploreOptions = {}): Promise<Report> => {
  const report: Report = { tried: 0, refused: 0, admitted: 0, clouds: 0, failures: [] }
  let cloud: FieldCloud | undefined
  for (const transition of transitions) {
    if (report.failures.length === enough) break
    if (cloud === undefined) {
      cloud = await prepare(subject, options)
      report.clouds++
    }
    const { problem, outcome, isSpoilt } = await tryTransition(transition, cloud)
    report.tried++
    report[outcome]++
    if (problem !== undefined) report.failures.push(failureText(transition, problem))
    if (isSpoilt) {
      await cloud.stop()
      cloud = undefined
    }
  }
  if (cloud !== undefined) {
    const late = await cloud.writesIn(60)
    if (late.length > 0) report.failures.push(`${subject.kind}: is written in an hour in which nobody asks for anything: ${[...new Set(late)].join(', ')}`)
    await cloud.stop()
  }
  return report
}

/** Failures of one kind that are worth reading at once. */
const enough = 30

const failureText = (transition: Transition, problem: string): string =>
  `${transition.subject.kind} ${transition.mutation.path}, ${transition.mutation.name} (${transition.way}): ${problem}\n` +
  `  replay: FIELDS=${quoted(idOfTransition(transition))} npx ava 'e2e/simulation/fields/*.test.ts'`

/** For a shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** A cloud at rest in which the subject's valid objects are. */
const prepare = async (subject: Subject, { spoil, ...options }: ExploreOptions): Promise<FieldCloud> => {
  const cloud = await startFieldCloud({ from: await surrounded(), ...options })
  await spoil?.(cloud)
  const own = subject.specs.map((spec, index): Manifest => [subject.kind, `changed-${index}`, spec])
  await applyAll([...subject.around, ...own], cloud)
  return cloud
}

let saved: Promise<SavedCloud> | undefined

/** Set up once a process. */
const surrounded = (): Promise<SavedCloud> => saved ??= (async () => {
  const cloud = await startFieldCloud({ seed: 2 })
  await applyAll(surroundings, cloud)
  const state = cloud.save()
  await cloud.stop()
  return state
})()

const applyAll = async (manifests: readonly Manifest[], cloud: FieldCloud): Promise<void> => {
  for (const [kind, name, spec, namespace = 'default'] of manifests) {
    const definition = definitionOf(kind)
    const metadata = { name, ...definition.namespaced ? { namespace } : {} }
    const answer = await cloud.send('apply', definition, { apiVersion: apiVersionOf(definition), kind, metadata, spec })
    if (answer.status >= 300) throw new Error(`${kind} ${name} should be valid: ${answer.message}`)
    await cloud.settle()
  }
}
