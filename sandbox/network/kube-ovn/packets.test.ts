import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { startLab, type Host, type Lab, type Probe } from '../ovn/lab.ts'
import { packetTest } from '../ovn/testing.ts'
import { networkRows, podHosts } from './rows.ts'
import { networkPolicy, objectsOf, ovnEip, ovnFip, ovnSnatRule, pod, securityGroup, subnet, vpc } from './testing.ts'

let started: Promise<Lab> | undefined
test.after.always(async () => (await started)?.stop())

/** Makes this the whole network, its pods and the given hosts what is plugged into it, and answers how to probe it. */
const network = async (objects: readonly KubeObject[], others: readonly Host[] = []) => {
  const lab = await (started ??= startLab({ clock: systemClock }))
  await lab.removeHosts([...present])
  const all = objectsOf(...objects)
  await lab.apply(networkRows(all))
  const hosts = [...podHosts(all), ...others]
  await lab.addHosts(hosts)
  present = new Set(hosts.map(({ name }) => name))
  const probes = async (wanted: readonly Probe[], attempts: number) =>
    (await lab.probe(wanted.map((probe) => ({ attempts, ...probe })))).map(({ outcome, arrived }) => [outcome, arrived?.host, arrived?.source].filter(Boolean).join(' '))
  return {
    lab,
    change: (...next: KubeObject[]) => lab.apply(networkRows(objectsOf(...next))),
    /** Of what must pass: what is late isn't blocked. */
    open: (...wanted: Probe[]) => probes(wanted, 4),
    closed: (...wanted: Probe[]) => probes(wanted, 1),
  }
}
let present = new Set<string>()

const tcp = (from: string, to: string, at: string, port: number): Probe => ({ from, to, at, protocol: 'tcp', port })
const udp = (from: string, to: string, at: string, port: number): Probe => ({ from, to, at, protocol: 'udp', port })
const ping = (from: string, to: string): Probe => ({ from, to, protocol: 'icmp' })

const twins = ['a', 'b'].flatMap((team, index) => [
  vpc(`vpc-${team}`),
  subnet(`one-${team}`, `vpc-${team}`, '10.0.1.0/24'),
  subnet(`two-${team}`, `vpc-${team}`, '10.0.2.0/24'),
  pod('web', `one-${team}`, '10.0.1.10', { namespace: `team-${team}`, number: index * 16 + 1 }),
  pod('db', `two-${team}`, '10.0.2.10', { namespace: `team-${team}`, number: index * 16 + 2 }),
])

packetTest('two VPCs with the same addresses each reach their own and never the other', async (t) => {
  const { open, closed, change } = await network(twins)
  t.deepEqual(await open(tcp('team-a/web', '10.0.2.10', 'team-a/db', 80), tcp('team-b/web', '10.0.2.10', 'team-b/db', 80)), [
    'passed team-a/db 10.0.1.10', 'passed team-b/db 10.0.1.10',
  ])
  // With the other's machine alone there nothing answers, though its address is the same.
  await change(...twins.filter(({ metadata }) => metadata.name !== 'db' || metadata.namespace === 'team-b'))
  t.deepEqual(await closed(tcp('team-a/web', '10.0.2.10', 'team-b/db', 80), udp('team-a/web', '10.0.2.10', 'team-b/db', 80), ping('team-a/web', '10.0.2.10')), [
    'lost', 'lost', 'lost',
  ])
})

packetTest('not one frame of a tenant comes to another that has the same addresses, whatever is sent: broadcasts, ARP and DHCP included', async (t) => {
  const { lab, closed } = await network(twins)
  const others = ['team-b/web', 'team-b/db']
  for (const other of others) await lab.sniff(other)
  // Somebody who is asked for and isn't there makes for ARP; the last two are a DHCP request and an ARP announcement of the other's address.
  await closed(ping('team-a/web', '10.0.1.77'), ping('team-a/web', '10.0.1.255'), tcp('team-a/web', '10.0.2.10', 'team-a/db', 80))
  await lab.inject('team-a/web', [
    'ffffffffffff020000000101080045000024000040004011000000000000ffffffff00440043001000000101060000000001',
    'ffffffffffff020000000101080600010800060400010200000001010a00010a0000000000000a00010a',
  ])
  // What is sent now comes last, if anything does.
  await closed(tcp('team-b/web', '10.0.2.10', 'team-b/db', 80))
  const frames = (await Promise.all(others.map((other) => lab.sniff(other)))).flat()
  t.true(frames.length > 0, 'their own is heard')
  t.deepEqual(frames.filter((frame) => ['020000000101', '020000000102'].some((mac) => frame.includes(mac))), [])
})

packetTest('a NetworkPolicy closes what it selects but for its rules, by label and by block, and answers pass', async (t) => {
  const policy = networkPolicy('db', {
    podSelector: { matchLabels: { role: 'db' } }, policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ podSelector: { matchExpressions: [{ key: 'sg/web', operator: 'Exists' }] } }], ports: [{ protocol: 'TCP', port: 5432 }] },
      { from: [{ ipBlock: { cidr: '10.0.0.0/16', except: ['10.0.1.11/32'] } }], ports: [{ protocol: 'UDP', port: 1000, endPort: 1010 }] },
    ],
  })
  const base = [vpc('v'), subnet('one', 'v', '10.0.1.0/24'), subnet('two', 'v', '10.0.2.0/24'), policy]
  const pods = [
    pod('web', 'one', '10.0.1.10', { labels: { 'sg/web': '' }, number: 1 }), pod('other', 'one', '10.0.1.11', { number: 2 }),
    pod('db', 'two', '10.0.2.10', { labels: { role: 'db' }, number: 3 }),
  ]
  const { open, closed } = await network([...base, ...pods])
  const [web, other, db] = ['team-a/web', 'team-a/other', 'team-a/db']
  t.deepEqual(await open(tcp(web, '10.0.2.10', db, 5432), udp(web, '10.0.2.10', db, 1010)), [`passed ${db} 10.0.1.10`, `passed ${db} 10.0.1.10`])
  t.deepEqual(await closed(
    tcp(web, '10.0.2.10', db, 5433), udp(web, '10.0.2.10', db, 1011), ping(web, '10.0.2.10'),
    tcp(other, '10.0.2.10', db, 5432), udp(other, '10.0.2.10', db, 1000),
    tcp(db, '10.0.1.10', web, 80), ping(db, '10.0.1.11'),
  ), Array(7).fill('lost'))
})

packetTest('SecurityGroups of Kube-OVN let in by group, by block and by port, and members of a group with a missing one are closed', async (t) => {
  const rule = { ipVersion: 'ipv4', priority: 1, policy: 'allow' }
  const out = [{ ...rule, protocol: 'all', remoteType: 'address', remoteAddress: '0.0.0.0/0' }]
  const web = securityGroup('sg-web', { egressRules: out })
  const db = (remote: string) => securityGroup('sg-db', {
    ingressRules: [
      { ...rule, protocol: 'tcp', portRangeMin: 5000, portRangeMax: 5001, remoteType: 'securityGroup', remoteSecurityGroup: remote },
      { ...rule, protocol: 'icmp', remoteType: 'address', remoteAddress: '10.0.1.11' },
    ],
  })
  const base = [vpc('v'), subnet('one', 'v', '10.0.1.0/24'), subnet('two', 'v', '10.0.2.0/24'), web]
  const pods = [
    pod('web', 'one', '10.0.1.10', { securityGroups: ['sg-web'], number: 1 }), pod('other', 'one', '10.0.1.11', { number: 2 }),
    pod('db', 'two', '10.0.2.10', { securityGroups: ['sg-db'], number: 3 }),
  ]
  const { open, closed, change } = await network([...base, db('sg-web'), ...pods])
  const probe = tcp('team-a/web', '10.0.2.10', 'team-a/db', 5001)
  t.deepEqual(await open(probe, ping('team-a/other', '10.0.2.10')), ['passed team-a/db 10.0.1.10', 'passed'])
  t.deepEqual(await closed(
    tcp('team-a/web', '10.0.2.10', 'team-a/db', 5002), tcp('team-a/other', '10.0.2.10', 'team-a/db', 5001), ping('team-a/web', '10.0.2.10'),
    tcp('team-a/db', '10.0.1.11', 'team-a/other', 80),
  ), Array(4).fill('lost'))
  await change(...base, db('sg-gone'), ...pods)
  t.deepEqual(await closed(probe, ping('team-a/other', '10.0.2.10')), ['lost', 'lost'])
})

packetTest('peered VPCs reach each other by the routes of both sides alone', async (t) => {
  const side = (name: string, remote: string, own: number, routes: object[]) => vpc(name, {
    staticRoutes: routes, vpcPeerings: [{ remoteVpc: remote, localConnectIP: `240.0.0.${own}/30` }],
  })
  const route = (cidr: string, nextHopIP: string) => ({ policy: 'policyDst', cidr, nextHopIP, routeTable: 'rt' })
  const rest = [
    subnet('in-v', 'v', '10.1.0.0/24', { routeTable: 'rt' }), subnet('in-w', 'w', '10.2.0.0/24', { routeTable: 'rt' }),
    pod('v', 'in-v', '10.1.0.10', { number: 1 }), pod('w', 'in-w', '10.2.0.10', { number: 2 }),
  ]
  const both = [side('v', 'w', 1, [route('10.2.0.0/24', '240.0.0.2')]), side('w', 'v', 2, [route('10.1.0.0/24', '240.0.0.1')])]
  const { open, closed, change } = await network([...both, ...rest])
  t.deepEqual(await open(tcp('team-a/v', '10.2.0.10', 'team-a/w', 80)), ['passed team-a/w 10.1.0.10'])
  await change(both[0]!, side('w', 'v', 2, []), ...rest)
  // There, but not back.
  t.deepEqual(await closed(udp('team-a/v', '10.2.0.10', 'team-a/w', 80)), ['lost team-a/w 10.1.0.10'])
})

const internet: Host = { name: 'internet', interfaces: [{ mac: '02:00:00:00:02:01', addresses: ['203.0.113.1/24', '198.51.100.1/32'] }] }
const outside = (routeTables: string[]) => [
  vpc('v', {
    enableExternal: true, extraExternalSubnets: ['public'],
    staticRoutes: routeTables.map((routeTable) => ({ policy: 'policyDst', cidr: '0.0.0.0/0', nextHopIP: '203.0.113.1', routeTable })),
  }),
  subnet('public', 'ovn-cluster', '203.0.113.0/24', { vlan: 'external' }),
  subnet('open', 'v', '10.0.1.0/24', { routeTable: 'out' }), subnet('shut', 'v', '10.0.2.0/24', { routeTable: 'in' }),
  ovnEip('v-public', '203.0.113.2', 'lrp'), ovnEip('eip-web', '203.0.113.10'), ovnEip('eip-nat', '203.0.113.11'),
  ovnFip('web', { ovnEip: 'eip-web', vpc: 'v', v4Ip: '10.0.1.10', type: 'centralized' }),
  ovnSnatRule('open', { ovnEip: 'eip-nat', vpc: 'v', v4IpCidr: '10.0.1.0/24' }),
  pod('web', 'open', '10.0.1.10', { number: 1 }), pod('app', 'open', '10.0.1.11', { number: 2 }), pod('db', 'shut', '10.0.2.10', { number: 3 }),
]

packetTest('an address of one\'s own leads in and out, others leave by the address of their subnet, and without a route nothing leaves', async (t) => {
  const { open, closed } = await network(outside(['out']), [internet])
  t.deepEqual(await open(
    tcp('internet', '203.0.113.10', 'team-a/web', 80), ping('internet', '203.0.113.10'),
    tcp('team-a/web', '198.51.100.1', 'internet', 443), udp('team-a/app', '198.51.100.1', 'internet', 53),
    tcp('team-a/app', '10.0.2.10', 'team-a/db', 80),
  ), [
    'passed team-a/web 203.0.113.1', 'passed',
    'passed internet 203.0.113.10', 'passed internet 203.0.113.11',
    'passed team-a/db 10.0.1.11',
  ])
  t.deepEqual(await closed(
    tcp('team-a/db', '198.51.100.1', 'internet', 443), tcp('internet', '203.0.113.11', 'team-a/app', 80),
  ), ['lost', 'lost'])
})

packetTest('rules of a Subnet on its link judge each packet for itself, and say nothing of what stays inside', async (t) => {
  const link = 'inport == "two-v"'
  const acls = [
    { direction: 'from-lport', priority: 32667, match: `${link} && ip4.src == 10.0.1.0/24 && tcp.dst == 80`, action: 'allow-stateless' },
    { direction: 'from-lport', priority: 1, match: `${link} && ip`, action: 'drop' },
  ]
  const { open, closed } = await network([
    vpc('v'), subnet('one', 'v', '10.0.1.0/24'), subnet('two', 'v', '10.0.2.0/24', { acls }),
    pod('web', 'one', '10.0.1.10', { number: 1 }), pod('db', 'two', '10.0.2.10', { number: 2 }), pod('near', 'two', '10.0.2.11', { number: 3 }),
  ])
  t.deepEqual(await open(tcp('team-a/web', '10.0.2.10', 'team-a/db', 80), tcp('team-a/near', '10.0.2.10', 'team-a/db', 81)), [
    'passed team-a/db 10.0.1.10', 'passed team-a/db 10.0.2.11',
  ])
  // What the database asks for itself is answered from a port that no entry allows: a list that knows no connections drops the answer.
  t.deepEqual(await closed(tcp('team-a/web', '10.0.2.10', 'team-a/db', 81), udp('team-a/db', '10.0.1.10', 'team-a/web', 53)), [
    'lost', 'lost team-a/web 10.0.2.10',
  ])
})
