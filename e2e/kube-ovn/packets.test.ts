/**
 * The packet matrix where kube-ovn-controller itself writes OVN, one driver of security groups after the other. What its nodes' half would do is done
 * here: a node joins OVN and plugs what the launcher pods were given.
 */
import test from 'ava'
import { systemClock } from '../../operator/runtime/clock.ts'
import type { SecurityGroupDriver } from '../../operator/settings.ts'
import { networkObjects } from '../../sandbox/network/kube-ovn/objects.ts'
import { podHosts } from '../../sandbox/network/kube-ovn/rows.ts'
import { type LabNode, startLabNode } from '../../sandbox/network/ovn/lab.ts'
import { type Cloud, startCloud } from '../cloud.ts'
import { machine } from '../network/build.ts'
import { type Manifest, toObject } from '../network/manifests.ts'
import { describe, type Difference, differencesOf } from '../network/matrix.ts'
import { askPackets, internetSide } from '../network/packet-network.ts'
import { type Neighbour, neighbours } from './worlds.ts'

const installed = process.env['E2E_KUBE_OVN'] === 'installed'
const seed = Number(process.env['NETWORK_SEED'] ?? 20_261_122)
const wanted = Number(process.env['NETWORK_PROBES'] ?? 2000)
const drivers: readonly SecurityGroupDriver[] = ['networkPolicy', 'kubeOVN']
/** Name of the node that public addresses are at; the stand-ins bring it. */
const gatewayNode = 'node-a1'
const chassis = 'kumulus-tests'
/** Kube-OVN tries again what has failed every 20 seconds. */
const patienceMs = 120_000

for (const [index, driver] of drivers.entries()) {
  const title = `what kube-ovn-controller makes of random worlds lets through just what EC2's rules let through, with the driver ${driver}`
  const check = installed ? test.serial : test.serial.skip
  check(title, async t => {
    t.timeout(30 * 60_000)
    const cloud = await startCloud({ operatorArguments: ['--security-group-driver', driver] })
    const node = await startLabNode({
      clock: systemClock, onWords: t.log, name: chassis, hostname: gatewayNode,
      northbound: process.env['OVN_NB_DB'] ?? '', southbound: process.env['OVN_SB_DB'] ?? '',
    })
    try {
      await joinNode(cloud)
      await cloud.applyFile('e2e/kube-ovn/platform.yaml')
      await cloud.wait('publicippool/default', 'condition=Ready')
      await cloud.wait('image/linux', 'jsonpath={.status.state}=available')
      const worlds = neighbours(Math.ceil(wanted / drivers.length), seed + index, driver)
      await build(cloud, worlds)
      await node.addHosts([...podHosts(await objectsOf(cloud)), internetSide])
      const differences = await lastDifferences(node, worlds)
      const asked = worlds.flatMap(({ questions }) => questions)
      t.log(`${asked.length} probes in ${worlds.length} worlds, ${asked.filter(({ expected }) => expected.passes).length} of them open`)
      t.is(differences.length, 0, differences.map(each => describe(each.differences, each.manifests)).join('\n\n'))
    } finally {
      await node.stop()
      await cloud.stop()
    }
  })
}

/** What kube-ovn-cni says of the node that it runs on, and a platform team of the one that public addresses are at. */
const joinNode = async (cloud: Cloud): Promise<void> => {
  await cloud.kubectl('annotate', 'node', gatewayNode, `ovn.kubernetes.io/chassis=${chassis}`, '--overwrite')
  await cloud.kubectl('label', 'node', gatewayNode, 'ovn.kubernetes.io/external-gw=true', '--overwrite')
}

const build = async (cloud: Cloud, worlds: readonly Neighbour[]): Promise<void> => {
  for (const { accounts, manifests } of worlds) {
    for (const account of accounts) await cloud.openAccount(account)
    await cloud.kubectl('apply', { apiVersion: 'v1', kind: 'List', items: inOrder(manifests).map(withKind) })
  }
  await cloud.kubectl('wait', 'instances.kumulus.dev', '--all', '-A', '--for=jsonpath={.status.state}=running', '--timeout=600s')
}

/** Admission judges by what is there: a group of another VPC is named after the peering is asked for. */
const inOrder = (manifests: readonly Manifest[]): Manifest[] => {
  const rank = ({ kind }: Manifest) => ['VPC', 'VPCPeering', kind].indexOf(kind)
  return manifests.toSorted((one, other) => rank(one) - rank(other))
}

const withKind = (each: Manifest): Record<string, unknown> =>
  ({ ...toObject(each.kind === 'Instance' ? { ...each, spec: { ...machine, ...each.spec } } : each), apiVersion: 'kumulus.dev/v1alpha1' })

/** As much as says where a pod's ports are. */
const objectsOf = async (cloud: Cloud) => {
  const items = async (kind: string) => (JSON.parse(await cloud.kubectl('get', kind, '-A', '-o', 'json')) as { items: [] }).items
  const [pods, subnets] = await Promise.all([items('pods'), items('subnets.kubeovn.io')])
  const others = { namespaces: [], networkPolicies: [], vpcs: [], securityGroups: [], ovnEips: [], ovnFips: [], ovnSnatRules: [] }
  return networkObjects({ pods, subnets, ...others })
}

/** Until there are none, or for as long as Kube-OVN may take. */
const lastDifferences = async (node: LabNode, worlds: readonly Neighbour[]): Promise<(Pick<Neighbour, 'manifests'> & { differences: Difference[] })[]> => {
  const deadline = systemClock.now() + patienceMs
  for (;;) {
    await node.sync()
    const found = []
    for (const { model, questions, manifests } of worlds) {
      const differences = differencesOf(questions, await askPackets(node, model, questions))
      if (differences.length > 0) found.push({ manifests, differences })
    }
    if (found.length === 0 || systemClock.now() > deadline) return found
    await systemClock.sleep(5000)
  }
}
