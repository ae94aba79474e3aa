import test from 'ava'
import fc from 'fast-check'
import { build } from './build.ts'
import { borderPorts, describe, differencesOf, probesOf, questionsOf } from './matrix.ts'
import { paperNetwork } from './paper-network.ts'
import { readWorld } from './read-world.ts'
import { withoutLeftOut } from './worlds/left-out.ts'
import { worldPlan } from './worlds/plan.ts'
import { render } from './worlds/render.ts'

const seed = 20_261_122

test('the policies that the operator writes for random worlds let through just what EC2 would', async t => {
  const count = { probes: 0, open: 0 }
  await fc.assert(fc.asyncProperty(worldPlan, async plan => {
    const manifests = withoutLeftOut(render(plan))
    const world = await build(manifests)
    const answer = await paperNetwork(world)
    await world.stop()
    const model = readWorld(manifests)
    const questions = questionsOf(model, probesOf(model, undefined, borderPorts(manifests)), 500, seed)
    const differences = differencesOf(questions, answer(questions))
    count.probes += questions.length
    count.open += questions.filter(({ expected }) => expected.passes).length
    if (differences.length > 0) throw new Error(describe(differences, manifests))
  }), { seed, numRuns: 12, includeErrorInReport: true })
  t.log(`${count.probes} probes, ${count.open} of them open`)
  t.true(count.open > count.probes / 5)
})
