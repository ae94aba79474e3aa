import test from 'ava'
import fc from 'fast-check'
import { idOf } from '../manifests.ts'
import { borderPorts, probesOf, questionsOf } from '../matrix.ts'
import { readWorld } from '../read-world.ts'
import { withoutLeftOut } from './left-out.ts'
import { worldPlan } from './plan.ts'
import { internetHost, render } from './render.ts'

const samples = (numRuns: number) => fc.sample(worldPlan, { seed: 7, numRuns }).map(render)

test('random worlds come to every way in which EC2 stops a packet, and to every way through', t => {
  const reasons = samples(80).flatMap(manifests => {
    const world = readWorld(manifests)
    return questionsOf(world, probesOf(world, internetHost, borderPorts(manifests).slice(0, 6)), 400, 7).map(({ expected }) => expected)
  })
  const said = (pattern: RegExp) => reasons.filter(({ reason }) => pattern.test(reason)).length
  const counts = {
    open: reasons.filter(({ passes }) => passes).length,
    'as a NAT gateway, or by a public address': reasons.filter(({ passes, seenAs }) => passes && seenAs?.startsWith('198.51.100.') === true).length,
    'egress rule': said(/no egress rule/), 'ingress rule': said(/no ingress rule/),
    'entry on the way there': said(/request: .*entry \d+ of/), 'no entry': said(/entry \* of/), 'entry on the way back': said(/reply: .*entry \d+ of/),
    'no route': said(/has no route/), 'black hole': said(/is a black hole/), 'no public address': said(/has no public address/),
    'no internet gateway': said(/has no internet gateway/), 'no such connection': said(/knows of no such connection/), 'no way in': said(/lets nothing in/),
    nobody: said(/nobody has/), 'no route back': said(/reply: .*has no route/),
  }
  t.log(counts)
  t.deepEqual(Object.entries(counts).filter(([, count]) => count < 5), [])
})

test('a world has each name once a kind and account, each address once a VPC, and every reference inside it leads somewhere or says gone', t => {
  for (const manifests of samples(200)) {
    t.is(new Set(manifests.map(each => `${each.kind} ${idOf(each)}`)).size, manifests.length)
    const world = readWorld(manifests)
    const addresses = world.interfaces.map(each => `${world.subnets.find(({ id }) => id === each.subnet)?.vpc} ${each.privateAddress}`)
    t.is(new Set(addresses).size, addresses.length)
    const groups = new Set(world.securityGroups.map(({ id }) => id))
    t.deepEqual(world.interfaces.flatMap(({ securityGroups }) => securityGroups).filter(id => !groups.has(id)), [])
  }
})

test('what is left out of worlds is in none, and what is left is whole', t => {
  for (const manifests of samples(100)) {
    const rest = withoutLeftOut(manifests)
    t.deepEqual(new Set(rest.map(({ kind }) => kind)).has('NATGateway') ? rest.filter(({ kind }) => kind === 'RouteTable').length > 0 : true, true)
    t.notThrows(() => readWorld(rest))
  }
})
