/** Every pair of a world by every protocol and the ports that decide: what EC2's rules say, beside what a network does. */
import fc from 'fast-check'
import { idOf, type Manifest, ofKind } from './manifests.ts'
import { mayPass } from './model/may-pass.ts'
import type { Protocol, Source, Verdict, World } from './model/world.ts'

/** One question. `to` is an address; `from` is an instance by ID, or an address on the internet. */
export type Probe = { from: Source; to: string; protocol: Protocol; port: number }

/** One answer of a network, in its own words, with as much as it knows of where the request came to. */
export type Answer = Pick<Verdict, 'passes' | 'reason'> & Partial<Verdict>

export type Question = Probe & { expected: Verdict }

export type Difference = { question: Question; answer: Answer }

export const titleOf = ({ from, to, protocol, port }: Probe): string =>
  `${'interface' in from ? from.interface : from.internet} → ${to} ${protocol}${protocol === 'icmp' ? '' : `/${port}`}`

/** Every interface and, where the world has a way there, the internet, to every address of another one; ports at the borders of the world's rules. */
export const probesOf = (world: World, internet: string | undefined, ports: readonly number[]): Probe[] => {
  const sources: (Source & { own: readonly (string | undefined)[] })[] = [
    ...world.interfaces.map(each => ({ interface: each.id, own: [each.privateAddress, each.publicAddress] })),
    ...internet === undefined ? [] : [{ internet, own: [internet] }],
  ]
  const addresses = [...new Set([
    ...world.interfaces.flatMap(each => [each.privateAddress, ...each.publicAddress === undefined ? [] : [each.publicAddress]]),
    ...world.natGateways.flatMap(({ publicAddress }) => publicAddress ?? []),
    ...internet === undefined ? [] : [internet],
  ])]
  return sources.flatMap(({ own, ...from }) => addresses.filter(to => !own.includes(to)).flatMap(to => [
    ...(['tcp', 'udp'] as const).flatMap(protocol => ports.map((port): Probe => ({ from, to, protocol, port }))),
    { from, to, protocol: 'icmp' as const, port: 0 },
  ]))
}

/** The ports of rules and entries, those beside them, and one that none names. */
export const borderPorts = (manifests: readonly Manifest[]): number[] => {
  const rules = [
    ...ofKind(manifests, 'SecurityGroup').flatMap(({ spec }) => [...spec.ingressRules ?? [], ...spec.egressRules ?? []]),
    ...ofKind(manifests, 'NetworkACL').flatMap(({ spec }) => spec.entries ?? []),
  ].filter(({ protocol }) => protocol === 'tcp' || protocol === 'udp')
  const named = rules.flatMap(({ fromPort = 0, toPort = 65535 }) => [fromPort - 1, fromPort, toPort, toPort + 1])
  return [...new Set([...named, 8080])].filter(port => port >= 1 && port < 1024 || port === 8080).sort((a, b) => a - b)
}

/** So many of the questions, the same for the same seed, with what EC2's rules say to each; as many that pass as don't, as far as there are. */
export const questionsOf = (world: World, probes: readonly Probe[], count: number, seed: number): Question[] => {
  const expected = ({ from, to, protocol, port }: Probe): Verdict => mayPass(world, from, to, protocol, port)
  const asked = shuffled(probes, seed).slice(0, 4 * count).map((probe): Question => ({ ...probe, expected: expected(probe) }))
  const open = asked.filter(({ expected }) => expected.passes)
  const closed = asked.filter(({ expected }) => !expected.passes)
  const half = Math.ceil(count / 2)
  return [...open.slice(0, Math.max(half, count - closed.length)), ...closed.slice(0, Math.max(half, count - open.length))].slice(0, count)
}

const shuffled = <T>(all: readonly T[], seed: number): T[] =>
  fc.sample(fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length }), { seed, numRuns: 1 })[0] ?? []

export const differencesOf = (questions: readonly Question[], answers: readonly Answer[]): Difference[] => questions.flatMap((question, index) => {
  const answer = answers[index]
  if (answer === undefined) throw new Error(`no answer to ${titleOf(question)}`)
  return isSame(question.expected, answer) ? [] : [{ question, answer }]
})

/** What a network doesn't know of a packet it isn't asked about. */
const isSame = (expected: Verdict, answer: Answer): boolean => {
  const known = (key: 'arrives' | 'receiver' | 'seenAs') => answer[key] === undefined || answer[key] === expected[key]
  return expected.passes === answer.passes && known('arrives') && known('receiver') && known('seenAs')
}

/** In words: the pair, both answers with their reasons, and the world, so that anybody can say who is wrong. */
export const describe = (differences: readonly Difference[], manifests: readonly Manifest[]): string => [
  ...differences.slice(0, 8).map(({ question, answer }) => [
    titleOf(question),
    `  EC2:     ${inWords(question.expected)}`,
    `  network: ${inWords(answer)}`,
  ].join('\n')),
  ...differences.length > 8 ? [`and ${differences.length - 8} more`] : [],
  ...manifests.map(each => `${each.kind} ${idOf(each)} ${JSON.stringify(each.spec)}`),
].join('\n')

const inWords = ({ passes, reason, receiver, seenAs }: Answer): string =>
  `${passes ? 'passes' : 'does not pass'} (${reason})${receiver === undefined ? '' : `, comes to ${receiver} as ${seenAs}`}`
