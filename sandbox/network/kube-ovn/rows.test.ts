import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { difference } from '../ovn/difference.ts'
import { mapOf } from '../ovn/ovsdb/values.ts'
import type { Row } from '../ovn/rows.ts'
import { networkRows, podHosts } from './rows.ts'
import { networkPolicy, objectsOf, ovnEip, ovnFip, ovnSnatRule, pod, securityGroup, subnet, vpc } from './testing.ts'

const rowsOf = (...objects: KubeObject[]) => networkRows(objectsOf(...objects))
const of = (rows: readonly Row[], table: string) => rows.filter((row) => row.table === table)
const columnsOf = (rows: readonly Row[], table: string, key: string) => rows.find((row) => row.table === table && row.key === key)?.columns

const base = [
  vpc('v', { enableExternal: true, extraExternalSubnets: ['public'] }), subnet('one', 'v', '10.0.1.0/24'), subnet('public', 'ovn-cluster', '203.0.113.0/24', { vlan: 'x' }),
  pod('web', 'one', '10.0.1.10', { labels: { role: 'web' }, securityGroups: ['sg-web'], number: 1 }),
]

test('every reference leads to a row, and no two rows are the same', (t) => {
  const all = [
    ...base, ovnEip('v-public', '203.0.113.2', 'lrp'), ovnEip('e', '203.0.113.3'), ovnFip('f', { ovnEip: 'e', ipName: 'web.team-a' }),
    ovnSnatRule('s', { ovnEip: 'e', vpcSubnet: 'one' }), securityGroup('sg-web', { allowSameGroupTraffic: true }),
    networkPolicy('all', { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}, {}] }),
  ]
  const rows = rowsOf(...all)
  t.notThrows(() => difference(rows, new Map()))
  t.deepEqual(rowsOf(...all), rows)
})

test('a router has a port to each subnet, to its peers and to public networks on which it has an address', (t) => {
  const names = (...more: KubeObject[]) => of(rowsOf(...base, ...more), 'Logical_Router_Port').map(({ key }) => key)
  t.deepEqual(names(), ['v-one'])
  t.deepEqual(names(ovnEip('v-public', '203.0.113.2', 'lrp')), ['v-one', 'v-public'])
  const [port] = of(rowsOf(vpc('v', { vpcPeerings: [{ remoteVpc: 'w', localConnectIP: '240.0.0.1/30' }] })), 'Logical_Router_Port')
  t.like(port?.columns, { name: 'v-w', peer: 'w-v', networks: ['240.0.0.1/30'] })
})

test('a subnet that Kube-OVN refuses, or whose Vpc is not there, has no switch', (t) => {
  const refused = { ...subnet('two', 'v', '10.0.1.0/24'), status: { conditions: [{ type: 'Validated', status: 'False' }] } }
  t.deepEqual(of(rowsOf(...base, refused, subnet('three', 'w', '10.3.0.0/24')), 'Logical_Switch').map(({ key }) => key), ['one', 'public'])
})

test('a pod has its port while it lives, and the younger of two has it while its machine moves', (t) => {
  const machine = { ownerReferences: [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: 'vm', uid: 'u' }] }
  const launcher = (name: string, time: string, phase: string, number: number) => {
    const made = pod(name, 'one', '10.0.1.20', { number })
    return { ...made, metadata: { ...made.metadata, ...machine, creationTimestamp: time }, status: { phase } }
  }
  const ports = (...pods: KubeObject[]) => of(rowsOf(base[0]!, base[1]!, ...pods), 'Logical_Switch_Port').filter(({ key }) => key === 'vm.team-a')
    .flatMap(({ columns }) => columns['addresses'])
  const [old, young] = [launcher('old', '2026-01-01T00:00:00Z', 'Running', 1), launcher('young', '2026-01-02T00:00:00Z', 'Running', 2)]
  t.deepEqual(ports(young, old), ['02:00:00:00:01:02 10.0.1.20'])
  t.deepEqual(ports(launcher('young', '2026-01-02T00:00:00Z', 'Failed', 2), old), ['02:00:00:00:01:01 10.0.1.20'])
  t.deepEqual(ports(launcher('old', '2026-01-01T00:00:00Z', 'Succeeded', 1)), [])
  t.deepEqual(podHosts(objectsOf(...base)), [{
    name: 'team-a/web', interfaces: [{ port: 'web.team-a', mac: '02:00:00:00:01:01', addresses: ['10.0.1.10/24'], gateway: '10.0.1.1' }],
  }])
})

test('a policy closes only the sides that it speaks of, and nothing while it selects nobody', (t) => {
  const acls = (spec: object) => of(rowsOf(...base, networkPolicy('p', { podSelector: { matchLabels: { role: 'web' } }, ...spec })), 'ACL')
    .filter(({ key }) => key.startsWith('p.team.a')).map(({ columns }) => `${String(columns['direction'])} ${String(columns['priority'])} ${String(columns['action'])}`)
  // A side without rules has one about an empty set, as Kube-OVN's own controller writes it.
  t.deepEqual(acls({ policyTypes: ['Ingress'] }), ['to-lport 2000 drop', 'to-lport 2001 allow-related'])
  t.deepEqual(acls({ policyTypes: ['Ingress', 'Egress'], egress: [{}] }), [
    'to-lport 2000 drop', 'to-lport 2001 allow-related', 'from-lport 2000 drop', 'from-lport 2001 allow-related',
  ])
  t.deepEqual(acls({ podSelector: { matchLabels: { role: 'db' } }, policyTypes: ['Ingress', 'Egress'] }), [])
  t.deepEqual(acls({ policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { role: 'nobody' } } }] }] }), ['to-lport 2000 drop'])
})

test('an address of one\'s own by port is of that port alone, and what is being deleted leads nowhere any more', (t) => {
  const fip = ovnFip('f', { ovnEip: 'e', ipName: 'web.team-a', type: 'distributed' })
  const nat = (...objects: KubeObject[]) => of(rowsOf(...base, ovnEip('e', '203.0.113.3'), ...objects), 'NAT').map(({ columns }) => columns)
  t.deepEqual(nat(fip), [{
    type: 'dnat_and_snat', external_ip: '203.0.113.3', logical_ip: '10.0.1.10', external_mac: ['02:00:00:00:01:01'], logical_port: ['web.team-a'],
    options: mapOf({ stateless: 'true' }),
  }])
  t.deepEqual(nat({ ...fip, metadata: { ...fip.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }), [])
  t.deepEqual(nat(ovnSnatRule('s', { ovnEip: 'gone', vpc: 'v', v4IpCidr: '10.0.1.0/24' })), [])
})

test('a subnet tells its guests by DHCP what it is asked to tell, and else what Kube-OVN tells', (t) => {
  const rows = rowsOf(vpc('v'), subnet('one', 'v', '10.0.1.0/24', { enableDHCP: true, dhcpV4Options: 'lease_time=60,dns_server={10.0.0.2, 10.0.0.3}' }))
  t.like((columnsOf(rows, 'DHCP_Options', 'one')?.['options'] as { entries: object }).entries, {
    lease_time: '60', router: '10.0.1.1', server_id: '169.254.0.254', mtu: '1400', dns_server: '{10.0.0.2, 10.0.0.3}',
  })
})

test('a private subnet lets in its own and what it names', (t) => {
  const rows = rowsOf(vpc('v'), subnet('one', 'v', '10.0.1.0/24', { private: true, allowSubnets: ['10.0.2.0/24'] }))
  t.deepEqual(of(rows, 'ACL').filter(({ key }) => key.startsWith('one ')).map(({ columns }) => [columns['priority'], columns['action'], columns['match']]), [
    [1000, 'drop', 'ip'],
    [1001, 'allow-related', 'ip4.src == 10.0.1.0/24 && ip4.dst == 10.0.1.0/24'],
    [1001, 'allow-related', '(ip4.src == 10.0.1.0/24 && ip4.dst == 10.0.2.0/24) || (ip4.src == 10.0.2.0/24 && ip4.dst == 10.0.1.0/24)'],
  ])
})

test('a route by source is refused: it means something else in this OVN', (t) => {
  t.throws(() => rowsOf(vpc('v', { staticRoutes: [{ policy: 'policySrc', cidr: '10.0.0.0/24', nextHopIP: '10.0.0.1' }] })), { message: /route by source/ })
})
