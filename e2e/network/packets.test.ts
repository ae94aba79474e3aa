import test from 'ava'
import fc from 'fast-check'
import { systemClock } from '../../operator/runtime/clock.ts'
import { type Lab, startLab } from '../../sandbox/network/ovn/lab.ts'
import { packetTest } from '../../sandbox/network/ovn/testing.ts'
import { build } from './build.ts'
import type { Manifest } from './manifests.ts'
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

let started: Promise<Lab> | undefined
const theLab = () => (started ??= startLab({ clock: systemClock }))
test.after.always(async () => (await started)?.stop())

packetTest(`in random worlds ${wanted} packets pass or don't just as EC2's rules say, through the real operator and a real OVN`, async t => {
  const lab = await theLab()
  const count = { worlds: 0, probes: 0, open: 0, arrived: 0 }
  let hosts: string[] = []
  const reasons = new Map<string, number>()
  await fc.assert(fc.asyncProperty(worldPlan, async plan => {
    if (count.probes >= wanted) return
    const manifests = withoutLeftOut(render(plan))
    const world = await build(manifests)
    hosts = await show(lab, await objectsOf(world), hosts)
    await world.stop()
    const model = readWorld(manifests)
    const questions = questionsOf(model, probesOf(model, internetHost, borderPorts(manifests)), perWorld, seed)
    const answers = await askPackets(lab, model, questions)
    const differences = differencesOf(questions, answers)
    if (differences.length > 0) throw new Error(describe(differences, manifests))
    tally(reasons, manifests, questions)
    count.worlds += 1
    count.probes += questions.length
    count.open += questions.filter(({ expected }) => expected.passes).length
  }), { seed, numRuns: wanted, includeErrorInReport: true })
  t.log(`${count.probes} probes in ${count.worlds} worlds, ${count.open} of them open`)
  t.log(Object.fromEntries(reasons))
  t.true(count.probes >= wanted)
})

/** What the worlds had in them, and what decided. */
const tally = (counts: Map<string, number>, manifests: readonly Manifest[], questions: readonly Question[]): void => {
  const words = [...manifests.map(({ kind }) => kind), ...questions.map(({ expected }) => decisive(expected))]
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
}

const causes = /entry \*|entry \d|rule|no route|black hole|nobody|no public address|no internet gateway|knows of no|lets nothing in|leads round|never leaves|the internet has no/

const decisive = ({ passes, reason, receiver, seenAs }: Question['expected']): string => {
  if (!passes) return `${reason.split(':')[0]}: ${causes.exec(reason)?.[0]}`
  return `answers${receiver === internetHost ? ' from the internet' : seenAs === internetHost ? ' the internet' : ''}`
}
