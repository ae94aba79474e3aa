import test from 'ava'
import { instance, securityGroup, vpc } from '../../crds/v1alpha1/index.ts'
import { controllers } from '../../operator/controllers.ts'
import { securityGroupResource } from '../../operator/providers/kube-ovn/resources.ts'
import { podResource } from '../../operator/providers/kubevirt/resources.ts'
import { networkPolicyResource } from '../../operator/providers/network-policy/resources.ts'
import { quickstart, web } from './instance-cloud.ts'
import { createWorld, type World } from './world.ts'

const manifest = (kind: string, name: string, spec: object) => ({ apiVersion: '', kind, metadata: { name }, spec })
const key = 'public-a.default.ovn.kubernetes.io/security_groups'

const groupsOfPod = async (world: World): Promise<string[]> =>
  (await world.list(podResource)).flatMap(({ metadata }) => metadata.annotations?.[key]?.split(',') ?? [])

test('with the driver kubeOVN an instance runs in the groups that it names, live, with no policy beside them and no write at rest', async t => {
  const world = await createWorld()
  world.crash()
  world.start({ kinds: settings => controllers({ ...settings, securityGroupDriver: 'kubeOVN' }) })
  await world.apply(...quickstart.map(([kind, name, spec]) => manifest(kind, name, spec)))
  await world.apply(manifest('Instance', 'web', web))
  await world.until(async () => (await world.get(instance, 'web'))?.status?.['state'] === 'running')
  const ids = async (): Promise<string[]> => [
    String((await world.get(vpc, 'main'))?.status?.['vpcID']), String((await world.get(securityGroup, 'web'))?.status?.['groupID']),
  ]
  t.deepEqual(await groupsOfPod(world), await ids())
  // An image's import has one of its own.
  t.false(JSON.stringify(await world.list(networkPolicyResource)).includes('kumulus.dev/vpc-id'))
  const named = (await world.list(securityGroupResource)).map(({ metadata }) => metadata.name)
  for (const id of await ids()) t.true(named.includes(id))
  await world.apply(manifest('SecurityGroup', 'db', { vpcRef: { name: 'main' } }), manifest('Instance', 'web', { ...web, securityGroupRefs: [{ name: 'db' }] }))
  const db = async () => String((await world.get(securityGroup, 'db'))?.status?.['groupID'])
  await world.until(async () => (await groupsOfPod(world)).join() === [String((await world.get(vpc, 'main'))?.status?.['vpcID']), await db()].join())
  await world.clock.advance(60_000)
  const before = world.writes.length
  await world.clock.advance(600_000)
  t.deepEqual(world.writes.slice(before).filter(write => !write.includes('/leases/')), [])
  await world.stop()
})
