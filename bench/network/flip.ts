import type { KubeObject } from '../../crds/kubernetes.ts'
import { networkPolicyResource } from '../../operator/providers/network-policy/resources.ts'
import type { Client } from '../../operator/runtime/client.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { SecurityGroupDriver } from '../../operator/settings.ts'
import { networkRows, podHosts } from '../../sandbox/network/kube-ovn/rows.ts'
import { networkPolicy, objectsOf, pod, securityGroup, subnet, vpc } from '../../sandbox/network/kube-ovn/testing.ts'
import { type Lab, startLab } from '../../sandbox/network/ovn/lab.ts'
import { percentile, progress, type Report } from '../figures.ts'
import { startLoneServer } from '../lone-server.ts'
import { kind, type Manifest } from '../manifests.ts'
import { tenantName } from '../seed/population.ts'
import { until, untilRest } from '../waiting.ts'

const MINUTE = 60_000
const MEMBERS = 1000
const FLIPS = 20
const tenant = tenantName(0)

/** A rule of a group with a thousand members, changed: what the operator writes, and how long until it has. */
export const measureFlipWrites = async (report: Report): Promise<void> => {
  const server = await startLoneServer({ tenants: 1, instances: MEMBERS, state: 'Stopped', profiles: undefined, cluster: 'sandbox' })
  try {
    const operator = await server.startOperator()
    await untilRest(operator, 5 * MINUTE)
    const before = await server.writes()
    const cpu = (await operator.usage()).cpu
    const times: number[] = []
    for (let port = 1; port <= FLIPS; port++) {
      const begun = systemClock.now()
      await server.client.apply(kind('SecurityGroup'), web(port), { fieldManager: 'bench', force: true })
      await until('the policy', MINUTE, async () => new RegExp(`"port":${port}\\b`).test(await policyOf(server.client)))
      times.push(systemClock.now() - begun)
    }
    const rested = await untilRest(operator, MINUTE)
    const detail = { scenario: 'network', members: MEMBERS, flips: FLIPS, by: 'operator' }
    // The user's own is not among them.
    report({ name: 'sg_flip_1000_members_writes', value: ((await server.writes()) - before) / FLIPS - 1, unit: 'writes', ...detail })
    report({ name: 'sg_flip_1000_members_ms', value: percentile(times, 0.5), unit: 'ms', ...detail, cpuMs: (rested - cpu) / FLIPS })
  } finally {
    await server.stop()
  }
}

const web = (port: number): Manifest => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'SecurityGroup', metadata: { name: 'web', namespace: tenant },
  spec: { vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'tcp', fromPort: port, toPort: port, cidr: '0.0.0.0/0' }] },
})

const policyOf = async (client: Client): Promise<string> => {
  const { items } = await client.list<KubeObject>(networkPolicyResource, { namespace: tenant, labelSelector: 'kumulus.dev/owner-name=web' })
  return JSON.stringify(items)
}

/** The same change, from Kube-OVN's objects to packets: rows, one transaction, flows. What probes say of it is not timed. */
export const measureFlip = async (driver: SecurityGroupDriver, report: Report): Promise<void> => {
  await using lab = await startLab({ clock: systemClock })
  const base = [vpc('v'), subnet('one', 'v', '10.0.0.0/20'), pod('asker', 'one', '10.0.15.1', { number: 0, namespace: 'other' }), ...members()]
  const at = (port: number) => objectsOf(...base, ...groupOf(driver, port))
  progress(`network: a lab with a group of ${MEMBERS}, ${driver}`)
  await lab.apply(networkRows(at(1)))
  await lab.addHosts(podHosts(at(1)).filter(({ name }) => ['other/asker', 'team-a/web-0'].includes(name)))
  const [times, operations]: [number[], number[]] = [[], []]
  for (let port = 2; port < 2 + FLIPS; port++) {
    const begun = systemClock.now()
    operations.push((await lab.apply(networkRows(at(port)))).operations)
    times.push(systemClock.now() - begun)
    await checkFlipped(lab, port)
  }
  const detail = { scenario: 'network', members: MEMBERS, flips: FLIPS, by: 'OVN', driver }
  report({ name: 'sg_flip_1000_members_writes', value: percentile(operations, 0.5), unit: 'operations of one transaction', ...detail })
  report({ name: 'sg_flip_1000_members_ms', value: percentile(times, 0.5), unit: 'ms', ...detail, most: Math.max(...times) })
}

const checkFlipped = async (lab: Lab, port: number): Promise<void> => {
  const probe = { from: 'other/asker', to: '10.0.1.0', at: 'team-a/web-0', protocol: 'tcp' } as const
  const [open, closed] = await lab.probe([{ ...probe, port, attempts: 3 }, { ...probe, port: port - 1 }])
  const found = `${open?.outcome}, ${closed?.outcome}`
  if (found !== 'passed, lost') throw new Error(`with a rule for port ${port}, probes of it and of the one before: ${found}`)
}

const hex = (number: number) => number.toString(16).padStart(2, '0')

const members = (): KubeObject[] => Array.from({ length: MEMBERS }, (_, index) => {
  const made = pod(`web-${index}`, 'one', `10.0.${1 + (index >> 8)}.${index & 255}`, { labels: { web: '' }, securityGroups: ['sg-web'], number: 1 })
  const annotations = { ...made.metadata.annotations, 'ovn.kubernetes.io/mac_address': `02:00:00:00:${hex(16 + (index >> 8))}:${hex(index & 255)}` }
  return { ...made, metadata: { ...made.metadata, annotations } }
})

const groupOf = (driver: SecurityGroupDriver, port: number): KubeObject[] => driver === 'kubeOVN'
  ? [securityGroup('sg-web', {
    ingressRules: [{
      ipVersion: 'ipv4', priority: 1, policy: 'allow', protocol: 'tcp', portRangeMin: port, portRangeMax: port,
      remoteType: 'address', remoteAddress: '0.0.0.0/0',
    }],
  })]
  : [networkPolicy('web', {
    podSelector: { matchLabels: { web: '' } }, policyTypes: ['Ingress'],
    ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ protocol: 'TCP', port }] }],
  })]
