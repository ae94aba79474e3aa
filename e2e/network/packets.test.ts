import test from 'ava'
import fc from 'fast-check'
import { controllers } from '../../operator/controllers.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { SecurityGroupDriver } from '../../operator/settings.ts'
import { type Lab, startLab } from '../../sandbox/network/ovn/lab.ts'
import type { NetworkObjects } from '../../sandbox/network/kube-ovn/objects.ts'
import { packetTest } from '../../sandbox/network/ovn/testing.ts'
import { build } from './build.ts'
import { manifest, type Manifest } from './manifests.ts'
import { borderPorts, describe, differencesOf, probesOf, type Question, questionsOf } from './matrix.ts'
import { askPackets, objectsOf, show } from './packet-network.ts'
import { readWorld } from './read-world.ts'
import { withoutLeftOut } from './worlds/left-out.ts'
import { worldPlan } from './worlds/plan.ts'
import { internetHost, render } from './worlds/render.ts'

const seed = Number(process.env['NETWORK_SEED'] ?? 20_261_122)
/** So many probes in all, and at most so many of one world. */
const wanted = Number(process.env['NETWORK_PROBES'] ?? 2000)
const perWorld = 500

let hosts: string[] = []
let started: Promise<Lab> | undefined
const theLab = () => (started ??= startLab({ clock: systemClock }))
test.after.always(async () => (await started)?.stop())

/** Each has half of the packets, and worlds of its own. */
const drivers: readonly SecurityGroupDriver[] = ['networkPolicy', 'kubeOVN']

for (const [index, driver] of drivers.entries()) {
  const share = Math.ceil(wanted / drivers.length)
  const title = `in random worlds ${share} packets pass or don't just as EC2's rules say, through the real operator with the driver ${driver} and a real OVN`
  packetTest(title, async t => {
    const lab = await theLab()
    const count = { worlds: 0, probes: 0, open: 0 }
    const reasons = new Map<string, number>()
    await fc.assert(fc.asyncProperty(worldPlan, async plan => {
      if (count.probes >= share) return
      const manifests = withoutLeftOut(render(plan))
      const questions = await compared(lab, manifests, driver)
      tally(reasons, manifests, questions)
      count.worlds += 1
      count.probes += questions.length
      count.open += questions.filter(({ expected }) => expected.passes).length
    }), { seed: seed + index, numRuns: wanted, includeErrorInReport: true })
    t.log(`${count.probes} probes in ${count.worlds} worlds, ${count.open} of them open`)
    t.log(Object.fromEntries(reasons))
    t.true(count.probes >= share)
  })
}

/** Throws where packets say otherwise than the model. */
const compared = async (lab: Lab, manifests: readonly Manifest[], driver: SecurityGroupDriver): Promise<Question[]> => {
  const world = await build(manifests, { kinds: settings => controllers({ ...settings, securityGroupDriver: driver }) })
  hosts = await show(lab, await objectsOf(world), hosts)
  await world.stop()
  const model = readWorld(manifests, { driver })
  const questions = questionsOf(model, probesOf(model, internetHost, borderPorts(manifests)), perWorld, seed)
  const differences = differencesOf(questions, await askPackets(lab, model, questions))
  if (differences.length > 0) throw new Error(describe(differences, manifests))
  return questions
}

/** A network where each entry of a list, each port of a policy and each route decides about something. */
const decisive = (): Manifest[] => {
  const vpcRef = { name: 'net' }
  const everybody = { cidr: '0.0.0.0/0' }
  const pass = { ruleNumber: 300, action: 'Allow', protocol: 'all', ...everybody } as const
  return [
    manifest('VPC', 'team-a', 'net', { cidrBlocks: ['10.0.0.0/16'] }),
    ...['a', 'b'].map((name, place) => manifest('Subnet', 'team-a', name, { vpcRef, cidrBlock: `10.0.${place + 1}.0/24`, availabilityZone: 'zone-a' })),
    manifest('SecurityGroup', 'team-a', 'web', { vpcRef, ingressRules: [{ protocol: 'tcp', fromPort: 80, toPort: 90, ...everybody }] }),
    manifest('NetworkACL', 'team-a', 'list', {
      vpcRef, subnetRefs: [{ name: 'b' }],
      entries: [
        { ruleNumber: 100, direction: 'Ingress', action: 'Deny', protocol: 'tcp', ...everybody, fromPort: 85, toPort: 85 },
        { ruleNumber: 200, direction: 'Ingress', action: 'Allow', protocol: 'tcp', ...everybody, fromPort: 80, toPort: 90 },
        { ...pass, direction: 'Egress' },
      ],
    }),
    ...[['a', '10.0.1.4'], ['b', '10.0.2.4']].map(([name = '', privateIPAddress = '']) =>
      manifest('Instance', 'team-a', `in-${name}`, { subnetRef: { name }, privateIPAddress, securityGroupRefs: [{ name: 'web' }] })),
  ]
}

/** Mistakes in what is told to Kube-OVN. */
const mistakes: Record<string, (objects: NetworkObjects) => NetworkObjects> = {
  'the order of a list is turned round': objects => ({
    ...objects,
    subnets: objects.subnets.map(({ spec, ...rest }) => {
      const priorities = (spec.acls ?? []).map(({ priority }) => priority).toReversed()
      return { ...rest, spec: { ...spec, ...spec.acls && { acls: spec.acls.map((each, index) => ({ ...each, priority: priorities[index] ?? 0 })) } } }
    }),
  }),
  'the last port of a rule is one too low': objects => ({ ...objects, networkPolicies: objects.networkPolicies.map(shorter) }),
  'the policies are not there': objects => ({ ...objects, networkPolicies: [] }),
}

const shorter = (policy: NetworkObjects['networkPolicies'][number]): typeof policy =>
  JSON.parse(JSON.stringify(policy).replace('"endPort":90', '"endPort":89')) as typeof policy

packetTest('packets tell a network with a mistake in it from one without', async t => {
  const lab = await theLab()
  const manifests = decisive()
  const world = await build(manifests)
  const objects = await objectsOf(world)
  await world.stop()
  const model = readWorld(manifests)
  const questions = questionsOf(model, probesOf(model, undefined, [79, 80, 84, 85, 86, 90, 91]), 60, seed)
  const differences = async (shown: NetworkObjects) => {
    hosts = await show(lab, shown, hosts)
    return differencesOf(questions, await askPackets(lab, model, questions))
  }
  t.deepEqual(await differences(objects), [])
  for (const [title, mistake] of Object.entries(mistakes)) t.true((await differences(mistake(objects))).length > 0, title)
})

/** What the worlds had in them, and what decided. */
const tally = (counts: Map<string, number>, manifests: readonly Manifest[], questions: readonly Question[]): void => {
  const words = [...manifests.map(({ kind }) => kind), ...questions.map(({ expected }) => causeOf(expected))]
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
}

const causes = /entry \*|entry \d|rule|no route|black hole|nobody|no public address|no internet gateway|knows of no|lets nothing in|leads round|never leaves|the internet has no/

const causeOf = ({ passes, reason, receiver, seenAs }: Question['expected']): string => {
  if (!passes) return `${reason.split(':')[0]}: ${causes.exec(reason)?.[0]}`
  return `answers${receiver === internetHost ? ' from the internet' : seenAs === internetHost ? ' the internet' : ''}`
}
