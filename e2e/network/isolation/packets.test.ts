import test from 'ava'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { type Lab, type Probe, startLab } from '../../../sandbox/network/ovn/lab.ts'
import { networkRows, podHosts } from '../../../sandbox/network/kube-ovn/rows.ts'
import { packetTest } from '../../../sandbox/network/ovn/testing.ts'
import { build, machine, resourceOf, settle } from '../build.ts'
import { manifest, type Manifest, type SecurityGroupRule, toObject } from '../manifests.ts'
import { objectsOf, show } from '../packet-network.ts'
import { tenants } from '../worlds/render.ts'

let started: Promise<Lab> | undefined
const theLab = () => (started ??= startLab({ clock: systemClock }))
test.after.always(async () => (await started)?.stop())

let hosts: string[] = []

const everything: SecurityGroupRule = { protocol: 'all', cidr: '0.0.0.0/0' }

const group = (tenant: string, ingressRules: SecurityGroupRule[]): Manifest => manifest('SecurityGroup', tenant, 'open', { vpcRef: { name: 'main' }, ingressRules })

/** The same names, blocks and addresses in each account, and groups that let everything in. */
const account = (tenant: string, instances: Record<string, string>): Manifest[] => [
  manifest('VPC', tenant, 'main', { cidrBlocks: ['10.0.0.0/16'] }),
  manifest('Subnet', tenant, 'a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' }),
  group(tenant, [everything]),
  ...Object.entries(instances).map(([name, privateIPAddress]) =>
    manifest('Instance', tenant, name, { subnetRef: { name: 'a' }, privateIPAddress, securityGroupRefs: [{ name: 'open' }] })),
]

const [a, b] = tenants
const twins = [...account(a, { web: '10.0.1.10', db: '10.0.1.11' }), ...account(b, { web: '10.0.1.10', db: '10.0.1.11', own: '10.0.1.12' })]

const from = (tenant: string, name: string) => `${tenant}/${name}`
const tcp = (sender: string, to: string, at: string, port = 80): Probe => ({ from: sender, to, at, protocol: 'tcp', port, attempts: 4 })
/** Of what must not pass. */
const once = (probe: Probe): Probe => ({ ...probe, attempts: 1 })

const hex = (text: string, separator: string, radix: number) => text.split(separator).map(part => parseInt(part, radix).toString(16).padStart(2, '0')).join('')
const arpFor = (mac: string, sender: string, wanted: string) =>
  `ffffffffffff${hex(mac, ':', 16)}08060001080006040001${hex(mac, ':', 16)}${hex(sender, '.', 10)}000000000000${hex(wanted, '.', 10)}`

/** UDP without a checksum of its own; that of IP must be right, or connection tracking takes it for nothing. */
const udpFrame = (to: string, mac: string, source: string, target: string, ports: string) => {
  const addresses = `${hex(source, '.', 10)}${hex(target, '.', 10)}`
  const sum = `45000024000040004011${addresses}`.match(/.{4}/g)?.reduce((total, word) => total + parseInt(word, 16), 0) ?? 0
  const folded = (sum >> 16) + (sum & 0xffff)
  const checksum = (~(folded + (folded >> 16)) & 0xffff).toString(16).padStart(4, '0')
  return `${hex(to, ':', 16)}${hex(mac, ':', 16)}080045000024000040004011${checksum}${addresses}${ports}00100000cafecafecafecafe`
}

packetTest('of two accounts with the same names, blocks and addresses nothing crosses: no connection, no ARP, no DHCP, no broadcast', async t => {
  const lab = await theLab()
  const world = await build(twins)
  const objects = await objectsOf(world)
  await world.stop()
  hosts = await show(lab, objects, hosts)
  const macOf = (name: string) => podHosts(objects).find(host => host.name === name)?.interfaces[0]?.mac ?? ''
  const answers = await lab.probe(tenants.map(tenant => tcp(from(tenant, 'web'), '10.0.1.11', from(tenant, 'db'))))
  t.deepEqual(answers.map(({ outcome, arrived }) => [outcome, arrived?.host]), tenants.map(tenant => ['passed', from(tenant, 'db')]))
  // Nobody of the first account has this address.
  const strangers = await lab.probe((['tcp', 'udp', 'icmp'] as const).map(protocol => once({ ...tcp(from(a, 'web'), '10.0.1.12', from(b, 'own')), protocol })))
  t.deepEqual(strangers.filter(({ outcome, arrived }) => outcome === 'passed' || outcome === 'refused' || arrived !== null), [])
  const others = [from(b, 'web'), from(b, 'db'), from(b, 'own')]
  for (const other of others) await lab.sniff(other)
  const [mac, last] = [macOf(from(a, 'web')), tcp(from(b, 'web'), '10.0.1.12', from(b, 'own'), 81)]
  await lab.inject(from(a, 'web'), [
    arpFor(mac, '10.0.1.10', '10.0.1.12'), arpFor(mac, '10.0.1.10', '10.0.1.11'),
    udpFrame('ff:ff:ff:ff:ff:ff', mac, '10.0.1.10', '255.255.255.255', '00440043'), udpFrame('ff:ff:ff:ff:ff:ff', mac, '10.0.1.10', '10.0.1.255', '00350035'),
    ...others.map(other => udpFrame(macOf(other), mac, '10.0.1.10', '10.0.1.12', '270f0035')),
  ])
  t.is((await lab.probe([last]))[0]?.outcome, 'passed')
  const heard = (await Promise.all(others.map(other => lab.sniff(other)))).flat()
  t.true(heard.length > 0)
  t.deepEqual(heard.filter(frame => frame.includes(hex(mac, ':', 16))), [])
})

packetTest('frames with a foreign hardware or network address come nowhere, whatever groups let in', async t => {
  const lab = await theLab()
  const world = await build(account(a, { web: '10.0.1.10', db: '10.0.1.11' }))
  const objects = await objectsOf(world)
  await world.stop()
  hosts = await show(lab, objects, hosts)
  const [web = '', db = ''] = ['web', 'db'].map(name => podHosts(objects).find(host => host.name === from(a, name))?.interfaces[0]?.mac)
  await lab.sniff(from(a, 'db'))
  const own = udpFrame(db, web, '10.0.1.10', '10.0.1.11', '270f270f')
  await lab.inject(from(a, 'web'), [
    udpFrame(db, web, '10.0.1.99', '10.0.1.11', '270f270f'), udpFrame(db, '02:00:00:00:00:99', '10.0.1.10', '10.0.1.11', '270f270f'),
    arpFor(web, '10.0.1.99', '10.0.1.11'), own,
  ])
  // Frames of one sender keep their order: whoever has the last had the others, if they came at all.
  const seen: string[] = []
  for (let attempt = 0; attempt < 5000 && !seen.includes(own); attempt++) {
    seen.push(...await lab.sniff(from(a, 'db')))
    await systemClock.sleep(1)
  }
  t.deepEqual(seen.filter(frame => frame.includes('cafecafe') || frame.includes(hex('10.0.1.99', '.', 10))), [own])
})

packetTest('a new instance is never open for a moment: in each state on its way to run what its groups don\'t let in stays out', async t => {
  const lab = await theLab()
  const world = await build(account(a, { web: '10.0.1.10' }))
  const late = account(a, { late: '10.0.1.12' }).filter(each => each.kind === 'Instance').map(each => ({ ...each, spec: { ...each.spec, securityGroupRefs: [{ name: 'closed' }] } }))
  await world.apply(...late.map(each => toObject({ ...each, spec: { ...machine, ...each.spec } })))
  hosts = await show(lab, await objectsOf(world), hosts)
  const states = { plugged: 0 }
  for (let step = 0; step < 40 && (world.clock.next !== undefined); step++) {
    await world.clock.advance(Math.max(0, world.clock.next - world.clock.now()))
    if (step === 20) await world.apply(toObject(manifest('SecurityGroup', a, 'closed', { vpcRef: { name: 'main' }, ingressRules: [] })))
    const objects = await objectsOf(world)
    if (!podHosts(objects).some(({ name }) => name === from(a, 'late'))) continue
    hosts = await show(lab, objects, hosts)
    states.plugged += 1
    t.not((await lab.probe([once(tcp(from(a, 'web'), '10.0.1.12', from(a, 'late')))]))[0]?.outcome, 'passed')
  }
  await settle(world)
  t.true(states.plugged > 0)
  t.is((await world.get(resourceOf('Instance'), 'late', a))?.status?.['state'], 'running')
  await world.stop()
})

packetTest('a connection ends with the rule that let it in, and a rule that comes lets new ones in', async t => {
  const lab = await theLab()
  const world = await build(account(a, { web: '10.0.1.10', db: '10.0.1.11' }))
  hosts = await show(lab, await objectsOf(world), hosts)
  const flow = await lab.openFlow({ ...tcp(from(a, 'web'), '10.0.1.11', from(a, 'db'), 5432), port: 5432 })
  t.true(await flow.passes())
  await world.apply(toObject(group(a, [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0' }])))
  await settle(world)
  await lab.apply(networkRows(await objectsOf(world)))
  t.false(await flow.passes(300))
  await flow.close()
  const outcomes = await lab.probe([once(tcp(from(a, 'web'), '10.0.1.11', from(a, 'db'), 5432)), tcp(from(a, 'web'), '10.0.1.11', from(a, 'db'), 22)])
  t.deepEqual(outcomes.map(({ outcome }) => outcome), ['lost', 'passed'])
  await world.stop()
})
