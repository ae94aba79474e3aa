import test from 'ava'
import fc from 'fast-check'
import { analyse, canAsk } from './analysis.ts'
import { borderPorts, describe, differencesOf, probesOf, questionsOf } from './matrix.ts'
import { readWorld } from './read-world.ts'
import { worldPlan } from './worlds/plan.ts'
import { render } from './worlds/render.ts'

const seed = 20_261_122
const internet = '192.0.2.77'

test('the analysis says of random worlds just what EC2\'s rules say, with gateways, NAT, peerings and lists', t => {
  const counts = { asked: 0, open: 0 }
  fc.assert(fc.property(worldPlan, plan => {
    const manifests = render(plan)
    const world = readWorld(manifests)
    const questions = questionsOf(world, probesOf(world, internet, borderPorts(manifests)).filter(each => canAsk(world, each)), 400, seed)
    const differences = differencesOf(questions, questions.map(each => analyse(world, each)))
    if (differences.length > 0) throw new Error(describe(differences, manifests))
    counts.asked += questions.length
    counts.open += questions.filter(({ expected }) => expected.passes).length
  }), { seed, numRuns: 40, includeErrorInReport: true })
  t.log(`${counts.asked} questions, ${counts.open} of them open`)
  t.true(counts.open > counts.asked / 8)
})
