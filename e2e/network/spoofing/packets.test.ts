/** A source that is not the sender's: an instance that may send by any address (`sourceDestCheck: false`) in another account, and the internet. */
import test from 'ava'
import { controllers } from '../../../operator/controllers.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { networkRows, podHosts } from '../../../sandbox/network/kube-ovn/rows.ts'
import { type Host, type Lab, type Probe, startLab } from '../../../sandbox/network/ovn/lab.ts'
import { packetTest } from '../../../sandbox/network/ovn/testing.ts'
import { build, machine } from '../build.ts'
import { manifest, type Manifest } from '../manifests.ts'
import { internet, internetSide, objectsOf } from '../packet-network.ts'
import { pool, tenants } from '../worlds/render.ts'

let started: Promise<Lab> | undefined
test.after.always(async () => (await started)?.stop())

const [victim, attacker] = tenants
const net = { name: 'net' }
const everywhere = { cidr: '0.0.0.0/0' }
/** Open to everybody, and to members of a group of the victim's alone. */
const [open, inner] = [80, 5432] as const
const [database, member, ofThird] = ['10.0.1.10', '10.0.1.20', '10.2.1.10'] as const
const publicAddress = pool.cidr.replace(/\d+\/\d+$/, '70')

const vpc = (tenant: string, name: string, cidr: string): Manifest[] => [
  manifest('VPC', tenant, name, { cidrBlocks: [cidr] }),
  manifest('SecurityGroup', tenant, name, { vpcRef: { name }, ingressRules: [{ protocol: 'all', ...everywhere }] }),
]
const subnet = (tenant: string, of: string, name: string, cidrBlock: string, routes: Record<string, object>): Manifest[] => [
  manifest('Subnet', tenant, name, { vpcRef: { name: of }, cidrBlock, availabilityZone: 'zone-a' }),
  manifest('RouteTable', tenant, name, {
    vpcRef: { name: of }, subnetRefs: [{ name }], routes: Object.entries(routes).map(([destinationCIDR, target]) => ({ destinationCIDR, ...target })),
  }),
]
const instance = (tenant: string, name: string, subnetName: string, privateIPAddress: string, group: string): Manifest =>
  manifest('Instance', tenant, name, { ...machine, subnetRef: { name: subnetName }, privateIPAddress, securityGroupRefs: [{ name: group }] })
const peering = (tenant: string, name: string, from: string, namespace: string, to: string): Manifest =>
  manifest('VPCPeering', tenant, name, { vpcRef: { name: from }, peer: { namespace, name: to } })
const toInternet = { [everywhere.cidr]: { internetGatewayRef: { name: 'internet' } } }
const by = (name: string) => ({ vpcPeeringRef: { name } })

/** The victim's VPC is on the internet and peered with two of the other account; the attacker's instance is behind a NAT gateway and the peering. */
const world = [
  ...vpc(victim, 'net', '10.0.0.0/16'), manifest('InternetGateway', victim, 'internet', { vpcRef: net }),
  ...subnet(victim, 'net', 'a', '10.0.1.0/24', { ...toInternet, '10.1.0.0/16': by('to-net'), '10.2.0.0/16': by('to-third') }),
  manifest('SecurityGroup', victim, 'database', {
    vpcRef: net,
    ingressRules: [
      { protocol: 'udp', fromPort: open, toPort: open, ...everywhere },
      ...[{ securityGroupRef: { name: 'net' } }, { cidr: '10.2.0.0/16' }].map(from => ({ protocol: 'udp' as const, fromPort: inner, toPort: inner, ...from })),
    ],
  }),
  instance(victim, 'database', 'a', database, 'database'), instance(victim, 'member', 'a', member, 'net'),
  manifest('ElasticIP', victim, 'database', { poolName: pool.name, address: publicAddress, instanceRef: { name: 'database' } }),
  ...vpc(attacker, 'net', '10.1.0.0/16'), manifest('InternetGateway', attacker, 'internet', { vpcRef: net }),
  ...subnet(attacker, 'net', 'front', '10.1.1.0/24', toInternet),
  ...subnet(attacker, 'net', 'back', '10.1.2.0/24', { [everywhere.cidr]: { natGatewayRef: { name: 'nat' } }, '10.0.0.0/16': by('to-victim') }),
  manifest('ElasticIP', attacker, 'nat', { poolName: pool.name }),
  manifest('NATGateway', attacker, 'nat', { subnetRef: { name: 'front' }, elasticIPRef: { name: 'nat' } }),
  instance(attacker, 'liar', 'front', '10.1.1.10', 'net'),
  {
    kind: 'NetworkInterface', namespace: attacker, name: 'inner',
    spec: {
      subnetRef: { name: 'back' }, privateIPAddress: '10.1.2.20', securityGroupRefs: [net], sourceDestCheck: false,
      attachment: { instanceRef: { name: 'liar' }, deviceIndex: 1 },
    },
  },
  ...vpc(attacker, 'third', '10.2.0.0/16'),
  ...subnet(attacker, 'third', 'third', '10.2.1.0/24', { '10.0.0.0/16': by('third-to-victim') }), instance(attacker, 'third', 'third', ofThird, 'third'),
  peering(victim, 'to-net', 'net', attacker, 'net'), peering(attacker, 'to-victim', 'net', victim, 'net'),
  peering(victim, 'to-third', 'net', attacker, 'third'), peering(attacker, 'third-to-victim', 'third', victim, 'net'),
]

const lies = [member, ofThird] as const

/** Whoever lies has the addresses that it claims, and ways to the victim: by the peering and by the NAT gateway. */
const lying = (host: Host): Host => ({
  ...host,
  interfaces: host.interfaces.map((each, index) => {
    const claims = lies.map(address => `${address}/32`)
    if (host.name === internet) return { ...each, addresses: [...each.addresses, ...claims] }
    if (host.name !== `${attacker}/liar` || index !== 1) return each
    const routes = [database, publicAddress].map(address => ({ to: `${address}/32`, via: '10.1.2.1' }))
    return { ...each, addresses: [...each.addresses, ...claims], routes }
  }),
})

packetTest('by a peering, a NAT gateway or from the internet nobody is taken for a member of a group or for a third VPC, whatever source is claimed', async t => {
  const cloud = await build(world, { kinds: settings => controllers({ ...settings, securityGroupDriver: 'kubeOVN' }) })
  const objects = await objectsOf(cloud)
  await cloud.stop()
  const lab = await (started ??= startLab({ clock: systemClock }))
  await lab.apply(networkRows(objects))
  await lab.addHosts([...podHosts(objects), internetSide].map(lying))
  /** The source that the database sees; of UDP it is known whether it arrived, whatever becomes of the answer. */
  const seen = async (attempts: number, ...probes: [from: string, to: string, port: number, source?: string][]) =>
    (await lab.probe(probes.map(([from, to, port, source]): Probe =>
      ({ from, to, at: `${victim}/database`, protocol: 'udp', port, attempts, timeout: 300, ...source === undefined ? {} : { source } }))))
      .map(({ arrived }) => arrived?.source)
  const liar = `${attacker}/liar`
  const [, , nat = ''] = await seen(4, [`${victim}/member`, database, inner], [`${attacker}/third`, database, inner], [liar, publicAddress, open, '10.1.2.20'])
  t.deepEqual(await seen(4,
    [`${victim}/member`, database, inner], [`${attacker}/third`, database, inner], [liar, database, open, '10.1.2.20'],
    [liar, publicAddress, open, '10.1.2.20'], [internet, publicAddress, open],
  ), [member, ofThird, '10.1.2.20', nat, internetSide.interfaces[0]?.addresses[0]?.split('/')[0]])
  t.regex(nat, /^198\.51\.100\./)
  for (const source of lies) {
    const asked = [[liar, database], [liar, publicAddress], [internet, publicAddress]] as const
    const probes = asked.flatMap(([from, to]) => [open, inner].map((port): [string, string, number, string] => [from, to, port, source]))
    t.deepEqual(await seen(1, ...probes), Array(6).fill(undefined), source)
  }
})
