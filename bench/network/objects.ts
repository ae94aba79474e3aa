import type { Program } from '../../e2e/processes.ts'
import { createWorld } from '../../e2e/simulation/world.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { installExternalNetwork } from '../../sandbox/external-network.ts'
import { startCluster, type Cluster } from '../cluster.ts'
import { progress, type Report } from '../figures.ts'
import { type Anything, kind, type Manifest, namespace } from '../manifests.ts'
import { cpuTime } from '../usage.ts'
import { until } from '../waiting.ts'

const MINUTE = 60_000
const EACH = 20

/** One of each kind for every VPC, in the order in which they can become ready; some need what comes before them. */
const kinds: readonly [string, (index: number) => object][] = [
  ['PublicIPPool', () => ({ cidrs: ['203.0.113.16/28', '203.0.113.32/27'], externalSubnet: 'external' })],
  ['VPC', index => ({ cidrBlocks: [`10.${index}.0.0/16`] })],
  ['Subnet', index => ({ vpcRef: at(index), cidrBlock: `10.${index}.1.0/24`, availabilityZone: 'zone-a' })],
  ['PrefixList', index => ({ entries: [{ cidr: `192.0.2.${index}/32` }, { cidr: '198.51.100.0/24' }] })],
  ['SecurityGroup', index => ({
    vpcRef: at(index), ingressRules: [
      { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' }, { protocol: 'tcp', fromPort: 22, toPort: 22, prefixListRef: at(index) },
    ],
  })],
  ['NetworkACL', index => ({
    vpcRef: at(index), subnetRefs: [at(index)], entries: (['Ingress', 'Egress'] as const).flatMap(direction => [
      { ruleNumber: 90, direction, action: 'Deny', protocol: 'tcp', cidr: '192.0.2.0/24', fromPort: 22, toPort: 22 },
      { ruleNumber: 100, direction, action: 'Allow', protocol: 'all', cidr: '0.0.0.0/0' },
    ]),
  })],
  ['InternetGateway', index => ({ vpcRef: at(index) })],
  ['RouteTable', index => ({
    vpcRef: at(index), routes: [{ destinationCIDR: '0.0.0.0/0', internetGatewayRef: at(index) }], subnetRefs: [at(index)],
  })],
  ['ElasticIP', () => ({ poolName: 'default' })],
  ['NATGateway', index => ({ subnetRef: at(index), elasticIPRef: at(index) })],
  ['VPCPeering', index => ({ vpcRef: at(index), peer: { ...at(index ^ 1), namespace } })],
]

const at = (index: number) => ({ name: `net-${index}` })

const batchOf = ([name, specOf]: (typeof kinds)[number]): Manifest[] => {
  const { group, version, namespaced } = kind(name)
  const made = (metadata: { name: string; namespace?: string }, index: number) =>
    ({ apiVersion: `${group}/${version}`, kind: name, metadata, spec: specOf(index) })
  return namespaced ? Array.from({ length: EACH }, (_, index) => made({ ...at(index), namespace }, index)) : [made({ name: 'default' }, 0)]
}

/** What each object of the network costs the operator: its writes on a clock that stands still, its processor time as a process on the sandbox. */
export const measureObjects = async (report: Report): Promise<void> => {
  const writes = await countWrites()
  const cluster = await startCluster({ instances: 1, profiles: undefined })
  try {
    const operator = await cluster.startOperator()
    for (const each of kinds) {
      const cpu = await cpuOf(cluster, operator, batchOf(each))
      const detail = { scenario: 'network', kind: each[0], objects: batchOf(each).length }
      report({ name: 'operator_cpu_ms_per_network_object', value: cpu / batchOf(each).length, unit: 'ms', ...detail })
      report({ name: 'writes_per_network_object', value: (writes.get(each[0]) ?? NaN) / batchOf(each).length, unit: 'writes', ...detail })
    }
  } finally {
    await cluster.stop()
  }
}

const countWrites = async (): Promise<Map<string, number>> => {
  const world = await createWorld()
  await installExternalNetwork(world.client)
  const counts = new Map<string, number>()
  for (const each of kinds) {
    const before = world.writes.length
    const batch = batchOf(each)
    await world.apply(...batch)
    await world.until(async () => areReady(await world.list(kind(each[0])), batch.length))
    await world.clock.advance(MINUTE)
    counts.set(each[0], world.writes.length - before)
  }
  await world.stop()
  return counts
}

const cpuOf = async ({ client }: Cluster, operator: Program, batch: readonly Manifest[]): Promise<number> => {
  const name = batch[0]?.kind ?? ''
  progress(`network: ${batch.length} ${name}`)
  const before = await cpuTime(operator.pid() ?? 0)
  for (const each of batch) await client.apply(kind(name), each, { fieldManager: 'bench' })
  await until(`every ${name} to be ready`, 2 * MINUTE, async () => areReady((await client.list<Anything>(kind(name))).items, batch.length))
  // What follows from it elsewhere is part of its price: those around it look again.
  await systemClock.sleep(3000)
  return await cpuTime(operator.pid() ?? 0) - before
}

const areReady = (objects: readonly { metadata: { name: string }; status?: object }[], count: number): boolean => {
  const made = objects.filter(({ metadata }) => /^(net-\d+|default)$/.test(metadata.name)) as Anything[]
  return made.length >= count && made.every(({ status }) => status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
}
