import test from 'ava'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import type { ResourceType } from '../../crds/kubernetes.ts'
import { securityGroup, subnet, vpc } from '../../crds/v1alpha1/index.ts'
import { networkAttachmentResource, subnetResource, vpcResource } from '../../operator/providers/kube-ovn/resources.ts'
import { networkPolicyResource } from '../../operator/providers/network-policy/resources.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import { type Anything, createWorld, type World } from './world.ts'

const aVPC = (name = 'prod') => ({ apiVersion: '', kind: 'VPC', metadata: { name }, spec: { cidrBlocks: ['10.0.0.0/16'] } })
const aSubnet = (name: string, cidrBlock: string, vpcName = 'prod') => ({
  apiVersion: '', kind: 'Subnet', metadata: { name }, spec: { vpcRef: { name: vpcName }, cidrBlock, availabilityZone: 'zone-a' },
})
const aGroup = (name: string, ingressRules: object[] = []) =>
  ({ apiVersion: '', kind: 'SecurityGroup', metadata: { name }, spec: { vpcRef: { name: 'prod' }, ingressRules } })

const condition = (object: Anything | undefined, type: string) =>
  (object?.status?.['conditions'] as { type: string; status: string; reason: string; message: string }[] | undefined)?.find(each => each.type === type)

const become = (world: World, resource: ResourceType, name: string, reason: string, namespace = 'default') =>
  world.until(async () => condition(await world.get(resource, name, namespace).catch(() => undefined), 'Ready')?.reason === reason)

const gone = (world: World, resource: ResourceType, name: string, namespace = 'default') =>
  world.until(async () => world.get(resource, name, namespace).then(() => false, () => true))

/** What is still written in a number of minutes after one to settle: nothing, if all is said and done. */
const isStill = async (world: World, minutes = 6): Promise<string[]> => {
  await world.clock.advance(60_000)
  const before = world.writes.length
  await world.clock.advance(minutes * 60_000)
  return world.writes.slice(before)
}

test('a VPC with subnets and groups comes about in any order of arrival, and then nothing is written any more', async t => {
  const world = await createWorld()
  await world.apply(aSubnet('public-a', '10.0.1.0/24'), aGroup('web', [{ protocol: 'tcp', fromPort: 22, toPort: 22, securityGroupRef: { name: 'admins' } }]))
  await become(world, subnet, 'public-a', 'DependencyNotFound')
  await world.apply(aVPC())
  await become(world, subnet, 'public-a', 'Available')
  await become(world, vpc, 'prod', 'Available')
  await become(world, securityGroup, 'web', 'DependencyNotFound')
  await world.apply(aGroup('admins'))
  await become(world, securityGroup, 'web', 'Available')
  const made = await world.get(vpc, 'prod')
  const vpcID = idOf(idPrefixes.vpc, made?.metadata.uid ?? '')
  t.like(made?.status, { vpcID, state: 'available', defaultSecurityGroup: 'prod-default' })
  await become(world, securityGroup, 'prod-default', 'Available')
  t.deepEqual((await world.list(vpcResource)).map(({ metadata }) => metadata.name).filter(name => name.startsWith('vpc-')), [vpcID])
  t.like(await world.get(networkPolicyResource, vpcID), { spec: { policyTypes: ['Ingress', 'Egress'] } })
  t.is((await world.list(networkPolicyResource)).length, 4)
  t.like(await world.get(networkAttachmentResource, 'public-a'), { kind: 'NetworkAttachmentDefinition' })
  t.deepEqual(await isStill(world), [])
  await world.stop()
})

test('two accounts have the same names and the same addresses and never meet', async t => {
  const world = await createWorld()
  const namespaces = ['team-a', 'team-b']
  for (const namespace of namespaces) {
    await world.client.create({ group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    for (const each of [aVPC(), aSubnet('public-a', '10.0.1.0/24'), aGroup('web')]) await world.apply({ ...each, metadata: { ...each.metadata, namespace } })
  }
  for (const namespace of namespaces) await become(world, subnet, 'public-a', 'Available', namespace)
  const networks = (await world.list(subnetResource)).filter(({ metadata }) => metadata.name.startsWith('subnet-'))
  t.deepEqual(networks.map(({ spec }) => spec['provider']).sort(), ['public-a.team-a.ovn', 'public-a.team-b.ovn'])
  t.is(new Set(networks.map(({ spec }) => spec['vpc'])).size, 2)
  await world.stop()
})

test('what is in use is kept, says by whom, and goes when its users have gone, whatever the order of the deletions', async t => {
  const world = await createWorld()
  const rules = (name: string) => [{ protocol: 'all', securityGroupRef: { name } }]
  await world.apply(aVPC(), aSubnet('public-a', '10.0.1.0/24'), aGroup('web', rules('db')), aGroup('db', rules('web')))
  for (const name of ['web', 'db', 'prod-default']) await become(world, securityGroup, name, 'Available')
  await become(world, subnet, 'public-a', 'Available')
  await world.remove(securityGroup, 'prod-default')
  await become(world, securityGroup, 'prod-default', 'DependencyViolation')
  await world.remove(vpc, 'prod')
  await become(world, vpc, 'prod', 'DependencyViolation')
  t.regex(condition(await world.get(vpc, 'prod'), 'Ready')?.message ?? '', /SecurityGroup "db", SecurityGroup "web", Subnet "public-a"/)
  await world.remove(securityGroup, 'web')
  await world.remove(securityGroup, 'db')
  await gone(world, securityGroup, 'web')
  await world.remove(subnet, 'public-a')
  await gone(world, vpc, 'prod')
  for (const resource of [vpcResource, subnetResource, networkPolicyResource, networkAttachmentResource, securityGroup]) {
    t.deepEqual((await world.list(resource)).map(({ metadata }) => metadata.name).filter(name => /^(vpc|subnet|sg|public|prod)-/.test(name)), [])
  }
  await world.stop()
})

test('of two subnets that overlap the older stays and the younger is stalled until the older has gone', async t => {
  const world = await createWorld()
  await world.apply(aVPC(), aSubnet('old', '10.0.1.0/24'))
  await become(world, subnet, 'old', 'Available')
  await world.clock.advance(2_000)
  await world.apply(aSubnet('young', '10.0.1.128/25'))
  await become(world, subnet, 'young', 'InvalidSpec')
  t.is(condition(await world.get(subnet, 'young'), 'Stalled')?.status, 'True')
  await world.remove(subnet, 'old')
  await become(world, subnet, 'young', 'Available')
  await world.stop()
})

test('a policy that somebody changes or deletes is put back as the group says', async t => {
  const world = await createWorld()
  await world.apply(aVPC(), aGroup('web'))
  await become(world, securityGroup, 'web', 'Available')
  const id = (await world.get(securityGroup, 'web'))?.status?.['groupID'] as string
  const target = { name: id, namespace: 'default' }
  await world.client.mergePatch(networkPolicyResource, target, { spec: { ingress: [{}] } }, { fieldManager: 'intruder' })
  await world.until(async () => JSON.stringify((await world.get(networkPolicyResource, id))?.spec['ingress'] ?? []) === '[]')
  await world.client.delete(networkPolicyResource, target)
  await world.until(async () => world.get(networkPolicyResource, id).then(() => true, () => false))
  t.pass()
  await world.stop()
})

test('an operator that dies after any number of writes leaves nothing double and nothing undone', async t => {
  const build = async (world: World) => {
    await world.apply(aVPC(), aSubnet('public-a', '10.0.1.0/24'), aGroup('web', [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0' }]))
    await become(world, subnet, 'public-a', 'Available')
    for (const name of ['web', 'prod-default']) await become(world, securityGroup, name, 'Available')
  }
  for (const writes of [1, 3, 6, 10]) {
    const left = { writes }
    const world = await createWorld({ wrap: transport => dyingAfter(left, transport, () => world.crash()) })
    await world.apply(aVPC(), aSubnet('public-a', '10.0.1.0/24'), aGroup('web'))
    await world.clock.advance(10_000)
    t.true(left.writes <= 0, 'it died')
    world.start()
    await build(world)
    t.is((await world.list(networkPolicyResource)).length, 3, `after ${writes} writes`)
    t.is((await world.list(subnetResource)).filter(({ metadata }) => metadata.name.startsWith('subnet-')).length, 1, `after ${writes} writes`)
    t.deepEqual(await isStill(world, 2), [], `after ${writes} writes`)
    await world.stop()
  }
})

/** Lets a number of writes through and then, once, lets the process die with the answer still on its way. */
const dyingAfter = (left: { writes: number }, transport: Transport, die: () => void): Transport => ({
  ...transport,
  request: async request => {
    const answer = await transport.request(request)
    if (request.method !== 'GET' && --left.writes === 0) die()
    return answer
  },
})
