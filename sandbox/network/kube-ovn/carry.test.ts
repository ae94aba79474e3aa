import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { startCloud, type Cloud } from '../../stand-ins/testing.ts'
import { resources } from '../../stand-ins/resources.ts'
import type { Host, Lab } from '../ovn/lab.ts'
import type { Row } from '../ovn/rows.ts'
import { carrierOf, INTERNET } from './carry.ts'
import type { NetworkObjects } from './objects.ts'
import { objectsOf, pod, subnet, vpc } from './testing.ts'

/** A lab that only remembers. */
const paper = () => {
  const [hosts, fails] = [new Map<string, Host>(), { next: false }]
  let rows: readonly Row[] = []
  const lab = {
    apply: (next: readonly Row[]) => {
      if (fails.next) return Promise.reject(new Error('not now'))
      rows = next
      return Promise.resolve({ operations: 0, ms: 0 })
    },
    addHosts: (added: readonly Host[]) => {
      for (const host of added) {
        if (hosts.has(host.name)) return Promise.reject(new Error(`${host.name} is there already`))
        hosts.set(host.name, host)
      }
      return Promise.resolve()
    },
    removeHosts: (names: readonly string[]) => Promise.resolve(names.forEach((name) => hosts.delete(name))),
    guestPort: (name: string) => (hosts.get(name)?.guest === undefined ? undefined : { tap: `tap of ${name}` }),
  }
  return { lab: lab as unknown as Lab, hosts, fails, ports: () => rows.filter(({ table }) => table === 'Logical_Switch_Port').map(({ key }) => key) }
}

const base = [vpc('v'), subnet('one', 'v', '10.0.1.0/24')]
const web = (address: string) => pod('web', 'one', address, { number: 1 })

test('hosts come and go with their pods, and one whose address changed is made anew', async (t) => {
  const { lab, hosts } = paper()
  const { show } = carrierOf(lab, systemClock)
  const see = async (...objects: KubeObject[]) => {
    await show(objectsOf(...base, ...objects))
    return [...hosts.values()].map(({ name, interfaces }) => `${name} ${interfaces[0]?.addresses.join()}`)
  }
  t.deepEqual(await see(web('10.0.1.10')), ['team-a/web 10.0.1.10/24'])
  t.deepEqual(await see(web('10.0.1.10')), ['team-a/web 10.0.1.10/24'])
  t.deepEqual(await see(web('10.0.1.11')), ['team-a/web 10.0.1.11/24'])
  t.deepEqual(await see(), [])
})

test('what failed half way is done the next time, and once', async (t) => {
  const { lab, hosts, fails } = paper()
  const { show } = carrierOf(lab, systemClock)
  await show(objectsOf(...base, web('10.0.1.10')))
  fails.next = true
  await t.throwsAsync(show(objectsOf(...base, web('10.0.1.11'))), { message: 'not now' })
  fails.next = false
  await show(objectsOf(...base, web('10.0.1.11')))
  t.deepEqual([...hosts.keys()], ['team-a/web'])
})

test('the internet is where there is a network of public addresses', async (t) => {
  const { lab, hosts } = paper()
  await carrierOf(lab, systemClock).show(objectsOf(...base, subnet('public', 'ovn-cluster', '203.0.113.0/24', { vlan: 'external' })))
  t.deepEqual(hosts.get(INTERNET)?.interfaces[0]?.addresses, ['203.0.113.1/24', '198.51.100.1/32'])
})

/** In which a machine runs, with this UID. */
const launcher = (uid: string): KubeObject => {
  const of = web('10.0.1.10')
  const dnsConfig = { nameservers: ['169.254.169.253', 'fd00::1'], searches: ['v.internal'] }
  return { ...of, metadata: { ...of.metadata, ownerReferences: [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: 'web', uid }] }, spec: { dnsConfig } } as KubeObject
}

test('a real machine waits for its port, has an interface that DHCP tells of, and is reached from an address that is nobody’s', async (t) => {
  const { lab, hosts } = paper()
  const { show, portOf } = carrierOf(lab, systemClock)
  const port = portOf('vmi-1')
  await show(objectsOf(...base), true)
  await show(objectsOf(...base, launcher('vmi-1')), true)
  t.is((await port).tap, 'tap of team-a/web')
  t.deepEqual(hosts.get('team-a/web')?.guest, { address: '10.0.1.3/24', loginPort: 22, nameServers: ['169.254.169.253'], searchDomains: ['v.internal'] })
  t.is(hosts.get('team-a/web')?.interfaces.length, 1)
})

test('the next machine of the same name gets a port of its own, and a simulated one a host that plays it', async (t) => {
  const { lab, hosts } = paper()
  const { show, portOf } = carrierOf(lab, systemClock)
  await show(objectsOf(...base, launcher('vmi-1')), true)
  const first = hosts.get('team-a/web')
  await show(objectsOf(...base, launcher('vmi-1')), true)
  t.is(hosts.get('team-a/web'), first, 'nothing has changed')
  await show(objectsOf(...base, launcher('vmi-2')), true)
  t.not(hosts.get('team-a/web'), first)
  t.is((await portOf('vmi-2')).tap, 'tap of team-a/web')
  await show(objectsOf(...base, launcher('vmi-2')))
  t.is(hosts.get('team-a/web')?.guest, undefined)
})

test('the stand-in for Kube-OVN shows all that it knows, also what comes later', async (t) => {
  const seen: { last?: NetworkObjects } = {}
  const cloud: Cloud = await startCloud({ network: (objects) => Promise.resolve(void (seen.last = objects)) })
  await cloud.client.create(resources.vpcs, { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: 'late' }, spec: {} })
  await cloud.until('the network to know', () => Promise.resolve(seen.last?.vpcs.some(({ metadata }) => metadata.name === 'late')))
  t.true(seen.last?.subnets.some(({ metadata }) => metadata.name === 'ovn-default'))
  await cloud.close()
})
