/** Several interfaces of one instance: each is judged by what its own NetworkInterface says, and by nothing of the others'. */
import test from 'ava'
import { controllers } from '../../../operator/controllers.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { networkRows, podHosts } from '../../../sandbox/network/kube-ovn/rows.ts'
import { type Host, type Lab, type Probe, startLab } from '../../../sandbox/network/ovn/lab.ts'
import { packetTest } from '../../../sandbox/network/ovn/testing.ts'
import type { World } from '../../simulation/world.ts'
import { build, machine, settle } from '../build.ts'
import { manifest, type Manifest, toObject } from '../manifests.ts'
import { objectsOf } from '../packet-network.ts'
import { tenants } from '../worlds/render.ts'

let started: Promise<Lab> | undefined
test.after.always(async () => (await started)?.stop())

const [account] = tenants
const vpcRef = { name: 'net' }
const groupsOf = (...names: string[]) => ({ securityGroupRefs: names.map(name => ({ name })) })
const group = (name: string, port: number): Manifest => manifest('SecurityGroup', account, name, {
  vpcRef, ingressRules: (['tcp', 'udp'] as const).map(protocol => ({ protocol, fromPort: port, toPort: port, cidr: '0.0.0.0/0' })),
})
const instance = (name: string, subnet: string, privateIPAddress: string, ...groups: string[]): Manifest =>
  manifest('Instance', account, name, { ...machine, subnetRef: { name: subnet }, privateIPAddress, ...groupsOf(...groups) })
const networkInterface = (name: string, deviceIndex: number, privateIPAddress: string, more: object): Manifest => ({
  kind: 'NetworkInterface', namespace: account, name,
  spec: { subnetRef: { name: 'b' }, privateIPAddress, attachment: { instanceRef: { name: 'appliance' }, deviceIndex }, ...more },
})

/** Nobody's address in the VPC: behind the appliance, if it is let forward. */
const beyond = '192.0.2.7'
const [front, back] = [80, 5432] as const
const network = [
  manifest('VPC', account, 'net', { cidrBlocks: ['10.0.0.0/16'] }),
  ...['a', 'b'].map((name, place) => manifest('Subnet', account, name, { vpcRef, cidrBlock: `10.0.${place + 1}.0/24`, availabilityZone: 'zone-a' })),
  group('front', front), group('back', back),
  manifest('SecurityGroup', account, 'open', { vpcRef, ingressRules: [{ protocol: 'all', cidr: '0.0.0.0/0' }] }),
  instance('in-a', 'a', '10.0.1.10', 'open'), instance('in-b', 'b', '10.0.2.10', 'open'), instance('appliance', 'a', '10.0.1.20', 'front'),
  networkInterface('inner', 1, '10.0.2.20', groupsOf('back')), networkInterface('other', 2, '10.0.2.21', groupsOf('front')),
]

/** The appliance has an address beyond, and who is beside it in the subnet has a route there. */
const withBeyond = (host: Host): Host => ({
  ...host,
  interfaces: host.interfaces.map((each, index) => {
    if (host.name === `${account}/appliance` && index === 1) return { ...each, addresses: [...each.addresses, `${beyond}/32`] }
    return host.name === `${account}/in-b` ? { ...each, routes: [{ to: `${beyond}/32`, via: '10.0.2.20' }] } : each
  }),
})

/** `passed`, or what came of it instead; of UDP also whether it arrived, since the answer may leave by another interface. */
const asking = (lab: Lab) => async (attempts: number, ...probes: [from: string, to: string, at: string, port: number, more?: Partial<Probe>][]) =>
  (await lab.probe(probes.map(([from, to, at, port, more]): Probe =>
    ({ from: `${account}/${from}`, to, at: `${account}/${at}`, protocol: 'tcp', port, attempts, timeout: 300, ...more }))))
    .map(({ outcome, arrived }, index) => probes[index]?.[4]?.protocol === 'udp' ? arrived !== null : outcome)

const change = async (world: World, lab: Lab, ...manifests: Manifest[]): Promise<void> => {
  await world.apply(...manifests.map(toObject))
  await settle(world)
  await lab.apply(networkRows(await objectsOf(world)))
}

packetTest('each interface of an instance is judged by its own groups, two in one subnet too, and forwards only where sourceDestCheck is off', async t => {
  const world = await build(network, { kinds: settings => controllers({ ...settings, securityGroupDriver: 'kubeOVN' }) })
  const lab = await (started ??= startLab({ clock: systemClock }))
  const objects = await objectsOf(world)
  await lab.apply(networkRows(objects))
  await lab.addHosts(podHosts(objects).map(withBeyond))
  const ask = asking(lab)
  const udp = { protocol: 'udp' } as const
  t.deepEqual(await ask(4,
    ['in-a', '10.0.1.20', 'appliance', front], ['in-b', '10.0.2.20', 'appliance', back], ['in-b', '10.0.2.21', 'appliance', front, udp],
  ), ['passed', 'passed', true])
  t.deepEqual(await ask(1,
    ['in-a', '10.0.1.20', 'appliance', back], ['in-b', '10.0.2.20', 'appliance', front], ['in-b', '10.0.2.21', 'appliance', back, udp],
  ), ['lost', 'lost', false])

  const [into, outOf] = [['in-b', beyond, 'appliance', back], ['appliance', '10.0.2.10', 'in-b', 443, { source: beyond }]] as const
  const [intoUDP, outOfUDP] = [[...into, udp], ['appliance', '10.0.2.10', 'in-b', 443, { source: beyond, ...udp }]] as const
  t.deepEqual(await ask(1, [...into], [...outOf], [...intoUDP], [...outOfUDP]), ['lost', 'lost', false, false], 'with sourceDestCheck')
  await change(world, lab, networkInterface('inner', 1, '10.0.2.20', { ...groupsOf('back'), sourceDestCheck: false }))
  t.deepEqual(await ask(4, [...into], [...outOf], [...intoUDP], [...outOfUDP]), ['passed', 'passed', true, true], 'without')
  t.deepEqual(await ask(1, ['in-b', beyond, 'appliance', front]), ['lost'], 'its groups are asked all the same')

  // Of one interface, while it runs: the others stay as they are.
  await change(world, lab, networkInterface('inner', 1, '10.0.2.20', groupsOf('front')))
  t.deepEqual(await ask(4, ['in-b', '10.0.2.20', 'appliance', front], ['in-a', '10.0.1.20', 'appliance', front]), ['passed', 'passed'])
  t.deepEqual(await ask(1, ['in-b', '10.0.2.20', 'appliance', back], [...into], [...outOf]), ['lost', 'lost', 'lost'])
  await world.stop()
})
