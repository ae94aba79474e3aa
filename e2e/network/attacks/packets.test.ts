/** What a tenant may try to get into another's network, or to keep a place in one that is somebody else's by now, and what of it packets see. */
import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { controllers } from '../../../operator/controllers.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import type { SecurityGroupDriver } from '../../../operator/settings.ts'
import { carrierOf, INTERNET } from '../../../sandbox/network/kube-ovn/carry.ts'
import { podHosts } from '../../../sandbox/network/kube-ovn/rows.ts'
import { type Lab, type Probe, startLab } from '../../../sandbox/network/ovn/lab.ts'
import { packetTest } from '../../../sandbox/network/ovn/testing.ts'
import type { World } from '../../simulation/world.ts'
import { build, machine, resourceOf, settle } from '../build.ts'
import { manifest, type Manifest, type SecurityGroupRule, type TableRoute, toObject } from '../manifests.ts'
import { objectsOf } from '../packet-network.ts'
import { pool, tenants } from '../worlds/render.ts'

let started: Promise<Lab> | undefined
test.after.always(async () => (await started)?.stop())

const [victim, attacker] = tenants
const vpcRef = { name: 'net' }
const everybody = { cidr: '0.0.0.0/0' }
const tcp = (port: number, from: Pick<SecurityGroupRule, 'cidr' | 'securityGroupRef'>): SecurityGroupRule => ({ protocol: 'tcp', fromPort: port, toPort: port, ...from })
const group = (tenant: string, name: string, ...ingressRules: SecurityGroupRule[]): Manifest => manifest('SecurityGroup', tenant, name, { vpcRef, ingressRules })
const instance = (tenant: string, name: string, privateIPAddress: string, groups: readonly string[], more: object = {}): Manifest => manifest('Instance', tenant, name, {
  ...machine, subnetRef: { name: 'a' }, privateIPAddress, securityGroupRefs: groups.map(each => ({ name: each })), ...more,
})
const network = (tenant: string, place: number, ...routes: TableRoute[]): Manifest[] => [
  manifest('VPC', tenant, 'net', { cidrBlocks: [`10.${place}.0.0/16`] }),
  manifest('Subnet', tenant, 'a', { vpcRef, cidrBlock: `10.${place}.1.0/24`, availabilityZone: 'zone-a' }),
  manifest('RouteTable', tenant, 'a', { vpcRef, subnetRefs: [{ name: 'a' }], routes }),
]

type Scene = {
  world: World
  lab: Lab
  /** Of TCP probes, `passed` or what came of each instead. Of what must pass several attempts: late is not lost. */
  ask: (attempts: number, ...probes: [from: string, to: string, at: string, port: number, source?: string][]) => Promise<string[]>
  /** Applies objects, lets all come to rest, and makes the lab the network of that. */
  apply: (...manifests: Manifest[]) => Promise<void>
  remove: (kind: string, name: string) => Promise<void>
}

let show: ReturnType<typeof carrierOf>['show'] | undefined

const sceneOf = async (manifests: readonly Manifest[], driver: SecurityGroupDriver): Promise<Scene> => {
  const world = await build(manifests, { kinds: settings => controllers({ ...settings, securityGroupDriver: driver }) })
  const lab = await (started ??= startLab({ clock: systemClock }))
  show ??= carrierOf(lab, systemClock).show
  const come = async () => {
    await settle(world)
    await show?.(await objectsOf(world))
  }
  await come()
  return {
    world, lab,
    ask: async (attempts, ...probes) => (await lab.probe(probes.map(([from, to, at, port, source]): Probe =>
      ({ from, to, at, protocol: 'tcp', port, attempts, timeout: 300, ...source === undefined ? {} : { source } })))).map(({ outcome }) => outcome),
    apply: async (...more) => {
      await world.apply(...more.map(toObject))
      await come()
    },
    remove: async (kind, name) => {
      await world.remove(resourceOf(kind), name, victim)
      await come()
    },
  }
}

const idIn = async (world: World, kind: string, prefix: keyof typeof idPrefixes, name: string, namespace: string = victim): Promise<string> =>
  idOf(idPrefixes[prefix], (await world.get(resourceOf(kind), name, namespace))?.metadata.uid ?? '')

/** Whatever of an instance a tenant may word freely, with the keys by which Kube-OVN, Multus and KubeVirt would be told something. */
const words = (tell: Readonly<Record<string, string>>, own: string): Record<string, string> => {
  const keys = Object.entries(tell)
  const prefixes = ['ovn.kubernetes.io', `${own}.${attacker}.ovn.kubernetes.io`]
  return Object.fromEntries(prefixes.flatMap(prefix => keys.map(([key, value]) => [key.includes('/') ? key : `${prefix}/${key}`, value])))
}

packetTest('tags, labels and annotations put an instance into no group and no network of another account\'s, and take no guard from its port', async t => {
  const base = [
    ...network(victim, 0), group(victim, 'trusted'), group(victim, 'database', tcp(5432, { securityGroupRef: { name: 'trusted' } })),
    instance(victim, 'friend', '10.0.1.20', ['trusted']), instance(victim, 'database', '10.0.1.10', ['database']),
    ...network(attacker, 0), group(attacker, 'open', { protocol: 'all', ...everybody }), instance(attacker, 'accomplice', '10.0.1.11', ['open']),
  ]
  const { world, lab, ask, apply } = await sceneOf(base, 'kubeOVN')
  const [subnetID, groupID, own] = [
    await idIn(world, 'Subnet', 'subnet', 'a'), await idIn(world, 'SecurityGroup', 'securityGroup', 'trusted'), await idIn(world, 'Subnet', 'subnet', 'a', attacker),
  ]
  const tell = words({
    security_groups: groupID, port_security: 'false', logical_switch: subnetID, ip_address: '10.0.1.66', mac_address: '02:00:00:00:00:66',
    'k8s.v1.cni.cncf.io/networks': `${victim}/${subnetID}`, 'v1.multus-cni.io/default-network': `${victim}/${subnetID}`,
  }, own)
  const thief = toObject(instance(attacker, 'thief', '10.0.1.12', ['open'], { tags: tell }))
  await world.apply({ ...thief, metadata: { ...thief.metadata, annotations: tell, labels: Object.fromEntries(Object.keys(tell).map(key => [key, 'x'])) } })
  await apply()
  const hosts = podHosts(await objectsOf(world))
  t.deepEqual(hosts.find(({ name }) => name === `${attacker}/thief`)?.interfaces.map(({ addresses }) => addresses), [['10.0.1.12/24']])
  const [friend, database, accomplice, from] = [`${victim}/friend`, `${victim}/database`, `${attacker}/accomplice`, `${attacker}/thief`]
  t.deepEqual(await ask(4, [friend, '10.0.1.10', database, 5432], [from, '10.0.1.11', accomplice, 80]), ['passed', 'passed'])
  t.deepEqual(await ask(1, [from, '10.0.1.10', database, 5432], [from, '10.0.1.20', friend, 80]), ['lost', 'lost'])
  // By another address and by another card: to one that lets everything in.
  const [mac = '', target = ''] = ['thief', 'accomplice'].map(name => hosts.find(host => host.name === `${attacker}/${name}`)?.interfaces[0]?.mac.replaceAll(':', ''))
  const arp = (card: string, address: string) => `${target}${card}08060001080006040001${card}${address}000000000000${'0a00010b'}`
  await lab.sniff(accomplice)
  await lab.inject(from, [arp('020000000066', '0a00010c'), arp(mac, '0a000142'), arp(mac, '0a00010c')])
  const heard: string[] = []
  for (let attempt = 0; attempt < 5000 && !heard.includes(arp(mac, '0a00010c')); attempt++) {
    heard.push(...await lab.sniff(accomplice))
    await systemClock.sleep(1)
  }
  t.deepEqual(heard.filter(frame => frame.includes('0a000142') || frame.includes('020000000066')), [])
  await world.stop()
})

packetTest('a group that a rule names is the account\'s own, whatever groups of the same name are on the other side of a peering', async t => {
  const route = (block: string): TableRoute => ({ destinationCIDR: block, vpcPeeringRef: { name: 'peering' } })
  const peering = (tenant: string, other: string): Manifest => manifest('VPCPeering', tenant, 'peering', { vpcRef, peer: { namespace: other, name: 'net' } })
  const { world, ask } = await sceneOf([
    ...network(victim, 0, route('10.1.0.0/16')), ...network(attacker, 1, route('10.0.0.0/16')), peering(victim, attacker), peering(attacker, victim),
    group(victim, 'trusted'), group(attacker, 'trusted'), group(attacker, 'partner'),
    group(victim, 'database', tcp(5432, { securityGroupRef: { name: 'trusted' } }), tcp(80, { securityGroupRef: { name: 'partner', namespace: attacker } })),
    instance(victim, 'friend', '10.0.1.20', ['trusted']), instance(victim, 'database', '10.0.1.10', ['database']),
    instance(attacker, 'thief', '10.1.1.20', ['trusted', 'partner']),
  ], 'kubeOVN')
  const [database, thief] = [`${victim}/database`, `${attacker}/thief`]
  t.deepEqual(await ask(4, [`${victim}/friend`, '10.0.1.10', database, 5432], [thief, '10.0.1.10', database, 80]), ['passed', 'passed'])
  t.deepEqual(await ask(1, [thief, '10.0.1.10', database, 5432], [`${victim}/friend`, '10.0.1.10', database, 80]), ['lost', 'lost'])
  await world.stop()
})

const publicAddress = pool.cidr.replace(/\d+\/\d+$/, '80')

for (const driver of ['networkPolicy', 'kubeOVN'] as const satisfies readonly SecurityGroupDriver[]) {
  packetTest(`who has an address after somebody else has nothing else of theirs, under another name or the same one (driver ${driver})`, async t => {
    const { world, lab, ask, apply, remove } = await sceneOf([
      ...network(victim, 0, { destinationCIDR: everybody.cidr, internetGatewayRef: { name: 'internet' } }), manifest('InternetGateway', victim, 'internet', { vpcRef }),
      // In another subnet: a neighbour would remember the hardware address for a while, and hear nothing for that reason alone.
      manifest('Subnet', victim, 'b', { vpcRef, cidrBlock: '10.0.2.0/24', availabilityZone: 'zone-a' }),
      group(victim, 'trusted', tcp(22, everybody)), group(victim, 'plain'), group(victim, 'database', tcp(5432, { securityGroupRef: { name: 'trusted' } })),
      instance(victim, 'database', '10.0.2.10', ['database'], { subnetRef: { name: 'b' } }), instance(victim, 'old', '10.0.1.20', ['trusted']),
      manifest('ElasticIP', victim, 'old', { poolName: pool.name, address: publicAddress, instanceRef: { name: 'old' } }),
    ], driver)
    const [database, address] = [`${victim}/database`, '10.0.1.20']
    const probes = (name: string): Parameters<typeof ask>[1][] => [
      [`${victim}/${name}`, '10.0.2.10', database, 5432], [database, address, `${victim}/${name}`, 22], [INTERNET, publicAddress, `${victim}/${name}`, 22],
      [`${victim}/${name}`, '198.51.100.1', INTERNET, 443],
    ]
    t.deepEqual((await ask(4, ...probes('old'))).slice(2), ['passed', 'passed'])
    for (const next of ['new', 'old']) {
      const holder = next === 'new' ? 'old' : 'new'
      // With the group that opens the port, as the connection needs it; what the address had before must not matter for who comes next.
      if (holder === 'new') await apply(instance(victim, holder, address, ['trusted']))
      t.deepEqual((await ask(4, ...probes(holder))).slice(0, 2), ['passed', 'passed'])
      const flow = await lab.openFlow({ from: database, to: address, at: `${victim}/${holder}`, port: 22, attempts: 4 })
      t.true(await flow.passes())
      await remove('Instance', holder)
      await apply(instance(victim, next, address, ['plain']))
      t.is((await world.get(resourceOf('Instance'), next, victim))?.status?.['state'], 'running')
      await lab.sniff(`${victim}/${next}`)
      t.false(await flow.passes(300), 'a connection of before goes on to nobody')
      t.deepEqual((await lab.sniff(`${victim}/${next}`)).filter(frame => frame.slice(24, 28) === '0800'), [], 'nor comes a packet of it')
      await flow.close()
      t.deepEqual(await ask(1, ...probes(next)), Array(4).fill('lost'))
      // It says whose it is by name: who is made anew under that name has it by right.
      if (next === 'new') await remove('ElasticIP', 'old')
    }
    await world.stop()
  })
}
