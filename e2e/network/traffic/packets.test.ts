/** Rules that change while connections run: what becomes of those that a change is about, and that the others lose nothing. */
import test from 'ava'
import { controllers } from '../../../operator/controllers.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import type { SecurityGroupDriver } from '../../../operator/settings.ts'
import { networkRows } from '../../../sandbox/network/kube-ovn/rows.ts'
import { type Flow, type Lab, startLab } from '../../../sandbox/network/ovn/lab.ts'
import { packetTest } from '../../../sandbox/network/ovn/testing.ts'
import type { World } from '../../simulation/world.ts'
import { build, machine, settle } from '../build.ts'
import { type ACLEntry, manifest, type Manifest, type SecurityGroupRule, toObject } from '../manifests.ts'
import { objectsOf, show } from '../packet-network.ts'
import { tenants } from '../worlds/render.ts'

let started: Promise<Lab> | undefined
const theLab = () => (started ??= startLab({ clock: systemClock }))
test.after.always(async () => (await started)?.stop())

let hosts: string[] = []
const [account] = tenants
const vpcRef = { name: 'net' }
const everybody = { cidr: '0.0.0.0/0' }

const port = (number: number, from: Pick<SecurityGroupRule, 'cidr' | 'securityGroupRef'> = everybody): SecurityGroupRule =>
  ({ protocol: 'tcp', fromPort: number, toPort: number, ...from })
const database = (...ingressRules: SecurityGroupRule[]): Manifest => manifest('SecurityGroup', account, 'database', { vpcRef, ingressRules })
const instance = (name: string, subnet: string, privateIPAddress: string, ...groups: string[]): Manifest =>
  manifest('Instance', account, name, {
    ...machine, subnetRef: { name: subnet }, privateIPAddress, securityGroupRefs: groups.map(group => ({ name: group })),
  })
const list = (entry: Pick<ACLEntry, 'fromPort' | 'toPort'>): Manifest => manifest('NetworkACL', account, 'list', {
  vpcRef, subnetRefs: [{ name: 'b' }],
  entries: (['Ingress', 'Egress'] as const).flatMap((direction): ACLEntry[] => [
    { ruleNumber: 100, direction, action: 'Deny', protocol: 'tcp', ...everybody, ...entry },
    { ruleNumber: 200, direction, action: 'Allow', protocol: 'all', ...everybody },
  ]),
})

/** `web` asks `db`, in another subnet, at three ports: two that everybody may ask at, one that is for a group. */
const [byPort, apart, byGroup] = [5432, 6432, 7432] as const
const open = database(port(byPort), port(apart), port(byGroup, { securityGroupRef: { name: 'web' } }))
const network = [
  manifest('VPC', account, 'net', { cidrBlocks: ['10.0.0.0/16'] }),
  ...['a', 'b'].map((name, place) => manifest('Subnet', account, name, { vpcRef, cidrBlock: `10.0.${place + 1}.0/24`, availabilityZone: 'zone-a' })),
  manifest('SecurityGroup', account, 'web', { vpcRef, ingressRules: [] }), manifest('SecurityGroup', account, 'other', { vpcRef, ingressRules: [] }), open,
  instance('web', 'a', '10.0.1.10', 'web'), instance('db', 'b', '10.0.2.10', 'database'),
]

type Scene = {
  flows: Record<number, Flow>
  /** One more at the port that no change is about, for who asks all the time. */
  watched: Flow
  change: (...manifests: Manifest[]) => Promise<void>
  /** The ports whose connections carry data now. */
  passing: () => Promise<number[]>
}

const openScene = async (world: World, lab: Lab): Promise<Scene> => {
  hosts = await show(lab, await objectsOf(world), hosts)
  const connect = (number: number) => lab.openFlow({ from: `${account}/web`, to: '10.0.2.10', at: `${account}/db`, port: number, attempts: 4 })
  const flows: Record<number, Flow> = {}
  for (const each of [byPort, apart, byGroup]) flows[each] = await connect(each)
  const change = async (...manifests: Manifest[]) => {
    await world.apply(...manifests.map(toObject))
    await settle(world)
    await lab.apply(networkRows(await objectsOf(world)))
  }
  const passing = async () => {
    const asked = await Promise.all(Object.entries(flows).map(async ([number, flow]) => [Number(number), await flow.passes(1000)] as const))
    return asked.flatMap(([number, passes]) => passes ? [number] : [])
  }
  return { flows, watched: await connect(apart), change, passing }
}

/** Asks again and again, and answers how often and how often in vain. */
const during = async (flow: Flow, work: () => Promise<void>): Promise<{ asked: number; lost: number }> => {
  const count = { asked: 0, lost: 0, isOver: false }
  const asking = (async () => {
    while (!count.isOver) {
      count.asked += 1
      if (!await flow.passes(5000)) count.lost += 1
    }
  })()
  await work().finally(() => (count.isOver = true))
  await asking
  return count
}

for (const driver of ['networkPolicy', 'kubeOVN'] as const satisfies readonly SecurityGroupDriver[]) {
  packetTest(`a change of rules ends just the connections that it closes, and no other loses anything (driver ${driver})`, async t => {
    const lab = await theLab()
    const world = await build(network, { kinds: settings => controllers({ ...settings, securityGroupDriver: driver }) })
    const { flows, watched, change, passing } = await openScene(world, lab)
    t.deepEqual(await passing(), [byPort, apart, byGroup])
    const { asked, lost } = await during(watched, async () => {
      await change(database(port(apart), port(byGroup, { securityGroupRef: { name: 'web' } })))
      t.deepEqual(await passing(), [apart, byGroup], 'the rule is gone')
      await change(open)
      t.deepEqual(await passing(), [byPort, apart, byGroup], 'what was held up goes on once a rule lets it in again')
      await change(instance('web', 'a', '10.0.1.10', 'other'))
      t.deepEqual(await passing(), [byPort, apart], 'its sender is in the group no more')
      await change(instance('web', 'a', '10.0.1.10', 'other', 'web'))
      t.deepEqual(await passing(), [byPort, apart, byGroup], 'and is in it again')
    })
    t.true(asked > 10)
    t.is(lost, 0)
    await change(list({ fromPort: byPort, toPort: byPort }))
    t.deepEqual(await passing(), [apart, byGroup], 'a network ACL remembers no connection')
    for (const flow of [watched, ...Object.values(flows)]) await flow.close()
    await world.stop()
  })
}
