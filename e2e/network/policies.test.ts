import test from 'ava'
import fc from 'fast-check'
import { build } from './build.ts'
import type { Manifest } from './manifests.ts'
import { borderPorts, describe, differencesOf, probesOf, type Question, questionsOf } from './matrix.ts'
import { type Emitted, emittedBy, paperNetwork, type Policy } from './paper-network.ts'
import { readWorld } from './read-world.ts'
import { withoutLeftOut } from './worlds/left-out.ts'
import { worldPlan } from './worlds/plan.ts'
import { render } from './worlds/render.ts'

const seed = 20_261_122

/** What one of the random worlds came to. */
type Case = { manifests: readonly Manifest[]; emitted: Emitted; questions: readonly Question[] }

/** Kinds that policies alone decide about; the others' are packets' to prove. */
const known = ['VPC', 'Subnet', 'SecurityGroup', 'PrefixList', 'Instance']

const cases: Case[] = []

test.serial('the policies that the operator writes for random worlds let through just what EC2 would', async t => {
  await fc.assert(fc.asyncProperty(worldPlan, async plan => {
    const manifests = withoutLeftOut(render(plan)).filter(({ kind }) => known.includes(kind))
    const world = await build(manifests)
    const emitted = await emittedBy(world)
    await world.stop()
    const model = readWorld(manifests, { driver: 'networkPolicy' })
    const questions = questionsOf(model, probesOf(model, undefined, borderPorts(manifests)), 500, seed)
    const differences = differencesOf(questions, paperNetwork(emitted, questions))
    if (differences.length > 0) throw new Error(describe(differences, manifests))
    cases.push({ manifests, emitted, questions })
  }), { seed, numRuns: 8, includeErrorInReport: true })
  const questions = cases.flatMap(each => each.questions)
  const open = questions.filter(({ expected }) => expected.passes).length
  t.log(`${questions.length} probes, ${open} of them open`)
  t.true(open > questions.length / 8)
})

type Rule = { from?: Peer[]; to?: Peer[]; ports?: { protocol: string; port?: number; endPort?: number }[] }
type Peer = { ipBlock?: { cidr: string }; podSelector?: object }

/** A policy with each rule of one direction told otherwise. */
const rules = (policy: Policy, direction: 'ingress' | 'egress', change: (rule: Rule) => Rule[]): Policy =>
  ({ ...policy, spec: { ...policy.spec, [direction]: ((policy.spec[direction] ?? []) as Rule[]).flatMap(change) } })

const eachRule = (change: (rule: Rule) => Rule[]) => (policy: Policy): Policy => rules(rules(policy, 'ingress', change), 'egress', change)

const ports = (rule: Rule, change: (port: { protocol: string; port?: number; endPort?: number }) => object): Rule =>
  ({ ...rule, ...rule.ports === undefined ? {} : { ports: rule.ports.map(each => ({ ...each, ...change(each) })) } })

const wider = (cidr: string): string => cidr.replace(/\d+\/3[12]$/, '0/24')

const widerPeer = (peer: Peer): Peer => peer.ipBlock === undefined ? peer : { ipBlock: { cidr: wider(peer.ipBlock.cidr) } }

/** Mistakes that an operator could make, each in what it writes. */
const mistakes: Record<string, (policy: Policy) => Policy> = {
  'the first port of a range is one too high':
    eachRule(rule => [ports(rule, ({ port, endPort }) => port === undefined || endPort === undefined ? {} : { port: port + 1 })]),
  'the last port of a range is one too high': eachRule(rule => [ports(rule, ({ endPort }) => endPort === undefined ? {} : { endPort: endPort + 1 })]),
  'a single port is one too low':
    eachRule(rule => [ports(rule, ({ port, endPort }) => port === undefined || endPort !== undefined ? {} : { port: port - 1 })]),
  'tcp and udp are mixed up': eachRule(rule => [ports(rule, ({ protocol }) => ({ protocol: protocol === 'TCP' ? 'UDP' : 'TCP' }))]),
  'rules lose their ports': eachRule(({ ports: _, ...rule }) => [rule]),
  'rules lose their peers': eachRule(({ from: _, to: __, ...rule }) => [rule]),
  'a rule about one address or two is about their whole subnet':
    eachRule(({ from, to, ...rule }) => [{ ...rule, ...from && { from: from.map(widerPeer) }, ...to && { to: to.map(widerPeer) } }]),
  'rules about groups are lost': eachRule(rule => [...rule.from ?? [], ...rule.to ?? []].some(({ podSelector }) => podSelector !== undefined) ? [] : [rule]),
  'a group means every pod of the namespace': eachRule(rule => [{
    ...rule, ...rule.from?.[0]?.podSelector === undefined ? {} : { from: [{ podSelector: {} }] },
    ...rule.to?.[0]?.podSelector === undefined ? {} : { to: [{ podSelector: {} }] },
  }]),
  'what a group lets out is closed': policy => rules(policy, 'egress', () => []),
  'what a group lets in is open': policy => rules({ ...policy, spec: { ...policy.spec, ingress: [{}] } }, 'ingress', rule => [rule]),
}

for (const [title, mistake] of Object.entries(mistakes)) {
  test.serial(`they would not be taken for right if ${title}`, t => {
    const found = cases.flatMap(({ emitted: { pods, policies }, questions }) =>
      differencesOf(questions, paperNetwork({ pods, policies: policies.map(mistake) }, questions)))
    t.log(`${found.length} differences`)
    t.true(found.length > 0)
  })
}
