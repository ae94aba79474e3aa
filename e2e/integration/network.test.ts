/** The kinds of the network in a cluster of real processes: all ready, strangers in their way met and left alone, and nothing left when they go. */
import test from 'ava'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import { startCloud, type Cloud } from '../cloud.ts'
import { eventually } from '../eventually.ts'

let cloud: Cloud
test.before(async () => {
  cloud = await startCloud({ operatorArguments: ['--security-group-driver', 'kubeOVN', '--resolver-image', 'kumulus:1'] })
})
test.after.always(async () => {
  await cloud?.stop()
})

type Item = { kind: string; metadata: { name: string; uid: string }; status?: { conditions?: { type: string; reason: string; message: string }[] } }

const manifest = (kind: string, name: string, spec: Record<string, unknown>) => ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec })
const foreign = (apiVersion: string, kind: string, name: string, spec: Record<string, unknown>, namespace?: string) =>
  ({ apiVersion, kind, metadata: { name, ...namespace === undefined ? {} : { namespace } }, spec })
const items = async (kinds: string): Promise<Item[]> => (JSON.parse(await cloud.kubectl('get', kinds, '-o', 'json')) as { items: Item[] }).items

/** What comes to the quickstart's VPC, subnet, group and instance. */
const network = [
  manifest('VPC', 'tools', { cidrBlocks: ['10.8.0.0/16'] }),
  manifest('Subnet', 'private', { vpcRef: { name: 'main' }, cidrBlock: '10.0.2.0/24', availabilityZone: 'zone-a' }),
  manifest('InternetGateway', 'internet', { vpcRef: { name: 'main' } }),
  manifest('ElasticIP', 'nat', { address: '203.0.113.17' }),
  manifest('ElasticIP', 'web', { address: '203.0.113.18', instanceRef: { name: 'web' } }),
  manifest('NATGateway', 'nat', { subnetRef: { name: 'public-a' }, elasticIPRef: { name: 'nat' } }),
  manifest('RouteTable', 'public', {
    vpcRef: { name: 'main' }, subnetRefs: [{ name: 'public-a' }], routes: [{ destinationCIDR: '0.0.0.0/0', internetGatewayRef: { name: 'internet' } }],
  }),
  manifest('RouteTable', 'private', {
    vpcRef: { name: 'main' }, subnetRefs: [{ name: 'private' }],
    routes: [{ destinationCIDR: '0.0.0.0/0', natGatewayRef: { name: 'nat' } }, { destinationCIDR: '10.8.0.0/16', vpcPeeringRef: { name: 'to-tools' } }],
  }),
  manifest('VPCPeering', 'to-tools', { vpcRef: { name: 'main' }, peer: { name: 'tools' } }),
  manifest('VPCPeering', 'to-main', { vpcRef: { name: 'tools' }, peer: { name: 'main' } }),
  manifest('PrefixList', 'offices', { entries: [{ cidr: '198.51.100.0/25' }] }),
  manifest('SecurityGroup', 'offices', {
    vpcRef: { name: 'main' }, description: 'HTTPS from the offices',
    ingressRules: [{ protocol: 'tcp', fromPort: 443, toPort: 443, prefixListRef: { name: 'offices' } }],
  }),
  manifest('NetworkACL', 'private', {
    vpcRef: { name: 'main' }, subnetRefs: [{ name: 'private' }],
    entries: [{ ruleNumber: 100, direction: 'Ingress', action: 'Allow', protocol: 'all', cidr: '10.0.0.0/16' }],
  }),
]

const list = { apiVersion: 'v1', kind: 'List', items: network }

/** One under each name that the network will want and that is not the quickstart's. */
const strangersOf = (all: readonly Item[]) => {
  const id = (kind: string, name: string, prefix: Parameters<typeof idOf>[0]) =>
    idOf(prefix, all.find((item) => item.kind === kind && item.metadata.name === name)?.metadata.uid ?? '')
  return [
    foreign('kumulus.dev/v1alpha1', 'RouteTable', 'main-main', { vpcRef: { name: 'tools' } }, 'default'),
    foreign('kumulus.dev/v1alpha1', 'NetworkACL', 'main-default', { vpcRef: { name: 'tools' }, entries: [] }, 'default'),
    foreign('apps/v1', 'Deployment', id('VPC', 'tools', idPrefixes.vpc).replace(/^vpc-/, 'dns-'), {
      selector: { matchLabels: { app: 'other' } },
      template: { metadata: { labels: { app: 'other' } }, spec: { containers: [{ name: 'other', image: 'other:1' }] } },
    }, 'kumulus-system'),
    foreign('kubeovn.io/v1', 'SecurityGroup', id('SecurityGroup', 'offices', idPrefixes.securityGroup), {}),
    foreign('kubeovn.io/v1', 'OvnEip', 'eip-203-0-113-17', { externalSubnet: 'external', v4Ip: '203.0.113.70', type: 'nat' }),
    foreign('kubeovn.io/v1', 'OvnFip', 'eip-203-0-113-18', { ovnEip: 'eip-203-0-113-17', vpc: 'ovn-cluster', v4Ip: '10.99.0.9' }),
    foreign('kubeovn.io/v1', 'OvnSnatRule', id('Subnet', 'private', idPrefixes.subnet), { ovnEip: 'eip-203-0-113-17', vpc: 'ovn-cluster', v4IpCidr: '10.99.0.0/24' }),
  ]
}

/** What is said of a stranger. Who has an address is told nobody: it is not free, and that is all. */
const complaintOf = ({ kind, metadata }: ReturnType<typeof foreign>): string => kind === 'OvnEip' ? '203.0.113.17 is not free'
  : `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name} exists`

const complaints = async (): Promise<string[]> => (await items('kumulus')).flatMap(({ status }) => status?.conditions ?? [])
  .filter(({ type, reason }) => type === 'Ready' && ['NameConflict', 'AddressInUse'].includes(reason)).map(({ message }) => message)

test.serial('strangers in the way of a network are met, named and left alone, and the network is ready when they have gone', async (t) => {
  await cloud.applyFile('examples/network/platform/public-ip-pool.yaml')
  await cloud.operator.kill()
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.kubectl('apply', list)
  let left = strangersOf(await items('kumulus'))
  for (const stranger of left) await cloud.kubectl('create', stranger)
  while (left.length > 0) {
    await cloud.operator.start()
    const met = await eventually(async () => {
      const said = await complaints()
      return left.filter((stranger) => said.some((message) => message.includes(complaintOf(stranger))))
    }, ({ length }) => length > 0)
    if (met.length === 0) return t.deepEqual(left, [], 'nobody says that these are in the way')
    for (const stranger of met) await cloud.kubectl('delete', '--timeout=60s', stranger)
    left = left.filter((stranger) => !met.includes(stranger))
    // A conflict is looked at again after minutes: a new process looks at once.
    await cloud.operator.kill()
  }
  await cloud.operator.start()
  for (const { kind, metadata: { name } } of network) await cloud.wait(`${kind.toLowerCase()}.kumulus.dev/${name}`, 'condition=Ready')
  t.deepEqual(await complaints(), [])
})

test.serial('a network that is deleted goes whole, in whatever order, with all that was made for it', async (t) => {
  await cloud.kubectl('delete', '--wait=false', list)
  await cloud.kubectl('delete', '--timeout=120s', '-f', 'examples/quickstart.yaml')
  for (const { kind, metadata: { name } } of network) await cloud.wait(`${kind.toLowerCase()}.kumulus.dev/${name}`, 'delete')
  t.deepEqual((await items('kumulus')).map(({ kind }) => kind).filter((kind) => !['PublicIPPool', 'VolumeType', 'Kumulus'].includes(kind)), [])
  const left = await items('vpcs.kubeovn.io,subnets.kubeovn.io,security-groups.kubeovn.io,ovn-fips,ovn-snat-rules')
  t.deepEqual(left.map(({ metadata }) => metadata.name).filter((name) => /^(vpc|subnet|sg|eip)-/.test(name)), [])
})

test.serial('a pool that is taken away by force leaves nobody an address without one: it goes with who has it', async (t) => {
  await cloud.apply(manifest('ElasticIP', 'spare', { address: '203.0.113.19' }))
  await cloud.wait('elasticip/spare', 'condition=Ready')
  await cloud.kubectl('delete', 'publicippool', 'default', '--wait=false')
  await cloud.wait('publicippool/default', 'jsonpath={.status.conditions[?(@.type=="Ready")].reason}=DependencyViolation')
  await cloud.patch('publicippool/default', { metadata: { finalizers: null } })
  await cloud.kubectl('delete', 'elasticip', 'spare', '--timeout=60s')
  t.deepEqual((await items('ovn-eips')).map(({ metadata }) => metadata.name).filter((name) => name === 'eip-203-0-113-19'), [])
})

test.serial('a pool that nobody has an address of goes when it is deleted', async (t) => {
  await cloud.applyFile('examples/network/platform/public-ip-pool.yaml')
  await cloud.wait('publicippool/default', 'condition=Ready')
  await cloud.kubectl('delete', 'publicippool', 'default', '--timeout=60s')
  t.pass()
})
