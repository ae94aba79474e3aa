/**
 * That the suite sees what it is for: controllers and schemas with one fault each, and the transition that brings it out. A kind without a fault
 * passes the same transitions in the other files of this folder.
 */
import test from 'ava'
import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import type { KeyPair, SecurityGroup, VPC } from '../../../crds/v1alpha1/index.ts'
import { controllers, type Registration } from '../../../operator/controllers.ts'
import { keyPairController } from '../../../operator/resources/key-pair/controller.ts'
import { securityGroupController } from '../../../operator/resources/security-group/controller.ts'
import { vpcController } from '../../../operator/resources/vpc/controller.ts'
import type { Kind } from '../../../operator/runtime/kind.ts'
import { ready, waiting } from '../../../operator/runtime/outcome.ts'
import type { OperatorSettings } from '../../../operator/settings.ts'
import { explore, type ExploreOptions, transitionsOf } from './explore.ts'
import type { FieldCloud } from './field-cloud.ts'
import { subjects } from './subjects.ts'
import { idOfTransition } from './transition.ts'

/** Our controllers with one in the place of ours. */
const instead = <T extends KubeObject, Facts, Status extends object>(
  kind: string, make: (settings: OperatorSettings) => Kind<T, Facts, Status>,
): ExploreOptions => ({
  kinds: (settings) => controllers(settings).map((each): Registration => (each.kind === kind
    ? { ...each, register: (runtime) => void runtime.kind(make(settings)) } : each)),
})

const failuresOf = async (id: string, options: ExploreOptions): Promise<string> => {
  const subject = subjects.find(({ kind }) => id.startsWith(`${kind}:`))
  if (subject === undefined) throw new Error(`${id} begins with no kind`)
  const chosen = transitionsOf(subject).filter((each) => idOfTransition(each) === id)
  if (chosen.length !== 1) throw new Error(`${id} is no transition`)
  return (await explore(subject, chosen, options)).failures.join('\n')
}

type GroupStep = ReturnType<typeof securityGroupController>['steps'][string]

test('a controller that ignores that something is taken back is caught', async (t) => {
  const opened = new Set<string>()
  const sticky = (step: GroupStep): GroupStep => (context) => {
    const { metadata: { uid }, spec } = context.object
    if (spec.egressRules === undefined) opened.add(uid)
    return spec.egressRules !== undefined && opened.has(uid) ? ready : step(context)
  }
  const options = instead<SecurityGroup, never, never>('SecurityGroup', (settings) => {
    const kind = securityGroupController(settings)
    return { ...kind, steps: { ...kind.steps, policy: sticky(kind.steps['policy'] as GroupStep) } } as never
  })
  const failures = await failuresOf('SecurityGroup:update:spec.egressRules:absent', options)
  t.regex(failures, /does not lead back: .*networkpolicies/)
  t.true(failures.includes("replay: FIELDS='SecurityGroup:update:spec.egressRules:absent' npx ava"), failures)
})

const vpcWith = (change: (kind: ReturnType<typeof vpcController>) => Partial<ReturnType<typeof vpcController>>): ExploreOptions =>
  instead<VPC, never, never>('VPC', (settings) => {
    const kind = vpcController(settings)
    return { ...kind, ...change(kind) } as never
  })

const many = 'VPC:update:spec.cidrBlocks:one item more'
const hasMany = ({ spec }: VPC): boolean => spec.cidrBlocks.length > 2

test('a controller that writes without an end is caught', async (t) => {
  const options = vpcWith(({ steps }) => ({
    steps: { ...steps, more: ({ object, now }) => (hasMany(object) ? waiting('Progressing', `waiting for ${now}`, 1000) : ready) },
  }))
  t.regex(await failuresOf(many, options), /is written without an end: MODIFIED kumulus\.dev\/vpcs/)
})

test('a controller that fails with an error of its own is caught', async (t) => {
  const broken = (object: VPC): never => { throw new TypeError(`can't take ${object.metadata.name}`) }
  const options = vpcWith(({ steps }) => ({ steps: { ...steps, more: ({ object }) => (hasMany(object) ? broken(object) : ready) } }))
  t.regex(await failuresOf(many, options), /says what is no words: .*something went wrong/)
})

test('a reason that is not documented is caught, and words that tell nobody what to do', async (t) => {
  const saying = (reason: string, message: string) =>
    vpcWith(({ steps }) => ({ steps: { ...steps, more: ({ object }) => (hasMany(object) ? { kind: 'blocked', reason, message } : ready) } }))
  t.regex(await failuresOf(many, saying('Wrong', 'use other blocks')), /gives a reason that is not documented: Ready: Wrong/)
  t.regex(await failuresOf(many, saying('InvalidSpec', 'bad blocks')), /doesn't say what to do: Stalled: InvalidSpec: bad blocks/)
})

test('a controller that does not look at a change is caught', async (t) => {
  const options = vpcWith(({ status }) => ({ status: (input) => ({ ...status(input), observedGeneration: 1 }) }))
  t.regex(await failuresOf(many, options), /is at rest unseen: generation 2, observed 1/)
})

type KeyStepContext = Parameters<ReturnType<typeof keyPairController>['steps'][string]>[0]

test('what is left behind by a deletion is caught', async (t) => {
  const options = instead<KeyPair, never, never>('KeyPair', (settings) => {
    const kind = keyPairController(settings)
    const step = kind.steps['privateKey']
    const privateKey = (context: KeyStepContext) => step?.({ ...context, apply: (desired) => context.apply(desired, { owned: false }) })
    return { ...kind, steps: { ...kind.steps, privateKey } } as never
  })
  t.regex(await failuresOf('KeyPair:create:spec.generate.type:null', options), /does not lead back: .*\/secrets default\/key-/)
})

const crds: ResourceType = { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', namespaced: false }

/** Changes the text of a definition that the API server serves. */
const withDefinition = (name: string, change: (text: string) => string): ExploreOptions => ({
  spoil: async (cloud: FieldCloud) => {
    const definition = await cloud.get(crds, name)
    const { status } = await cloud.send('replace', crds, JSON.parse(change(JSON.stringify(definition))) as object)
    if (status >= 300) throw new Error(`${name} is answered with ${status}`)
    await cloud.settle()
  },
})

test('a bound that is not enforced is caught', async (t) => {
  const options = withDefinition('instanceactions.kumulus.dev', (text) => text.replace('"maxProperties":50', '"maxProperties":60'))
  t.regex(await failuresOf('InstanceAction:update:spec.tags:51 entries', options), /is admitted, which its schema rules out/)
})

test('a refusal that names no field, or no way round, is caught', async (t) => {
  const id = 'Subnet:update:spec.availabilityZone:1 letters'
  const saying = (message: string) => withDefinition('subnets.kumulus.dev', (text) => text
    .replace('availabilityZone is immutable: create a new Subnet', message).replace(/,"fieldPath":"\.availabilityZone"/, ''))
  t.regex(await failuresOf(id, saying('no')), /is refused without naming the field/)
  t.regex(await failuresOf(id, saying('availabilityZone is immutable')), /is refused without a way round/)
})
