import test from 'ava'
import { ApiError, pathOf } from '../../operator/runtime/client.ts'
import { conditionOf } from './kubevirt/conditions.ts'
import type { VirtualMachine, VirtualMachineInstance } from './kubevirt/types.ts'
import type { Pod } from './kubelet/types.ts'
import { resources } from './resources.ts'
import { startCloud } from './testing.ts'
import type { Cloud, CloudOptions } from './testing.ts'

const at = (name: string) => ({ name, namespace: 'a' })
const instances = { ...resources.virtualMachineInstances, group: 'subresources.kubevirt.io' }
const machines = { ...resources.virtualMachines, group: 'subresources.kubevirt.io' }

const machine = (name: string, runStrategy = 'RerunOnFailure', template: object = {}, annotations: Record<string, string> = {}) => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: at(name),
  spec: { runStrategy, template: { metadata: { annotations }, spec: { domain: { devices: {}, memory: { guest: '1Gi' } }, terminationGracePeriodSeconds: 10, ...template } } },
})
const vmOf = (cloud: Cloud, name: string) => cloud.get<VirtualMachine>(resources.virtualMachines, name, 'a')
const vmiOf = (cloud: Cloud, name: string) => cloud.get<VirtualMachineInstance>(resources.virtualMachineInstances, name, 'a')
const isStatus = (cloud: Cloud, name: string, status: string) =>
  cloud.until(`${name} to be ${status}`, async () => (await vmOf(cloud, name))?.status?.printableStatus === status)

const running = async (options: CloudOptions = {}, runStrategy = 'RerunOnFailure') => {
  const cloud = await startCloud(options)
  await cloud.client.create(resources.virtualMachines, machine('web', runStrategy))
  await isStatus(cloud, 'web', 'Running')
  return { cloud, uid: (await vmiOf(cloud, 'web'))?.metadata.uid ?? '' }
}

test('a converged cloud writes nothing but its nodes’ heartbeats', async (t) => {
  const { cloud } = await running()
  await cloud.pass(30_000)
  const before = cloud.server.revision
  await cloud.pass(60_000)
  t.true(cloud.server.revision - before <= 2 * (6 + 1), `${cloud.server.revision - before} writes in a minute of two nodes`)
  await cloud.close()
})

test('a paused machine says so and takes no traffic until it goes on', async (t) => {
  const { cloud } = await running()
  await cloud.client.putSubresource(instances, at('web'), 'pause')
  await isStatus(cloud, 'web', 'Paused')
  t.is(conditionOf((await vmiOf(cloud, 'web'))?.status?.conditions, 'Paused')?.reason, 'PausedByUser')
  const error = await t.throwsAsync(cloud.client.putSubresource(instances, at('web'), 'pause'), { instanceOf: ApiError })
  t.is(error?.status, 409)
  t.regex(error?.message ?? '', /VMI is already paused/)
  await cloud.until('no traffic', async () => (await vmOf(cloud, 'web'))?.status?.ready === false)
  await cloud.client.putSubresource(instances, at('web'), 'unpause')
  await isStatus(cloud, 'web', 'Running')
  await cloud.close()
})

test('start writes Always onto a halted machine and is refused for one that runs', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.virtualMachines, machine('web', 'Halted'))
  await isStatus(cloud, 'web', 'Stopped')
  await cloud.client.putSubresource(machines, at('web'), 'start')
  await isStatus(cloud, 'web', 'Running')
  t.is((await vmOf(cloud, 'web'))?.spec.runStrategy, 'Always')
  const error = await t.throwsAsync(cloud.client.putSubresource(machines, at('web'), 'start'), { instanceOf: ApiError })
  t.regex(error?.message ?? '', /VM is already running/)
  await cloud.close()
})

test('a stop with a shorter grace period forces a guest that ignores the power button', async (t) => {
  const { cloud, uid } = await running()
  cloud.hypervisor.refuseShutdown(uid)
  await cloud.client.mergePatch(resources.virtualMachines, at('web'), { spec: { runStrategy: 'Halted' } })
  await isStatus(cloud, 'web', 'Stopping')
  t.is(cloud.hypervisor.states().get(uid), 'running')
  await cloud.client.putSubresource(machines, at('web'), 'stop', { gracePeriod: 0 })
  await cloud.until('the end', async () => Promise.resolve(cloud.hypervisor.states().size === 0), 3_000)
  await isStatus(cloud, 'web', 'Stopped')
  await cloud.close()
})

test('a restart replaces the instance, a soft reboot keeps it', async (t) => {
  const { cloud, uid } = await running()
  await cloud.client.putSubresource(instances, at('web'), 'softreboot')
  await cloud.pass(5_000)
  t.is((await vmiOf(cloud, 'web'))?.metadata.uid, uid)
  await cloud.client.putSubresource(machines, at('web'), 'restart')
  await cloud.until('another instance', async () => {
    const vmi = await vmiOf(cloud, 'web')
    return vmi !== undefined && vmi.metadata.uid !== uid && vmi.status?.phase === 'Running'
  })
  t.is(cloud.hypervisor.starts(uid), 1)
  await cloud.close()
})

test('what concerns a machine is handed to its node, whose refusals come back in virt-api’s words', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.virtualMachines, machine('web', 'Halted'))
  await isStatus(cloud, 'web', 'Stopped')
  const refusalOf = async (act: Promise<unknown>) => {
    const { status, message } = (await t.throwsAsync(act, { instanceOf: ApiError })) ?? {}
    return [status, message]
  }
  t.deepEqual(await refusalOf(cloud.client.putSubresource(instances, at('web'), 'reset')), [404, 'virtualmachineinstance.kubevirt.io "web" not found'])
  await cloud.client.create(resources.virtualMachineInstances, {
    apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata: at('lone'), spec: { domain: { devices: {} } }, status: { phase: 'Succeeded' },
  })
  const connect = 'Unable to connect to VirtualMachineInstance because phase is Succeeded instead of Running or Scheduled'
  t.deepEqual(await refusalOf(cloud.client.putSubresource(instances, at('lone'), 'reset')), [400, `Failed to reset non-running VMI with phase Succeeded: ${connect}`])
  t.is((await refusalOf(cloud.client.putSubresource(instances, at('lone'), 'softreboot')))[0], 409)
  t.is((await refusalOf(cloud.client.getSubresource(instances, at('lone'), 'guestosinfo')))[0], 500)
  await cloud.client.mergePatch(resources.virtualMachines, at('web'), { spec: { runStrategy: 'RerunOnFailure' } })
  await isStatus(cloud, 'web', 'Running')
  const reset = pathOf(instances, at('web'), 'reset')
  t.is((await cloud.transport.request({ method: 'PUT', path: reset, headers: { accept: 'application/json' } })).status, 406, 'an act answers with nothing')
  t.is((await cloud.transport.request({ method: 'PUT', path: reset, headers: { accept: 'application/json, */*' } })).status, 200)
  t.deepEqual(await refusalOf(cloud.client.putSubresource(instances, at('web'), 'freeze', { unfreezeTimeout: '5m' })), [
    500, 'Internal error occurred: unexpected return code 400 (400 Bad Request), message: Guest agent is not responding: QEMU guest agent is not connected',
  ])
  const { items } = await cloud.client.list<{ reason: string }>(resources.events, { namespace: 'a' })
  t.true(items.some(({ reason }) => reason === 'Reset'))
  await cloud.close()
})

test('the console of a guest is the log of its pod', async (t) => {
  const { cloud, uid } = await running()
  cloud.hypervisor.print(uid, 'hello from the guest\n')
  const [pod] = (await cloud.client.list<Pod>(resources.pods, { namespace: 'a' })).items
  const path = pathOf(resources.pods, at(pod?.metadata.name ?? ''), 'log')
  const answer = await cloud.transport.request({ method: 'GET', path, query: { container: 'guest-console-log', tailLines: '1' } })
  t.is(answer.body, 'hello from the guest\n')
  await cloud.close()
})

const network = async (cloud: Cloud) => {
  await cloud.client.create(resources.vpcs, { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: 'vpc-1' }, spec: {} })
  const spec = { vpc: 'vpc-1', cidrBlock: '10.0.1.0/24', provider: 'subnet-1.a.ovn', excludeIps: ['10.0.1.0..10.0.1.3', '10.0.1.255'] }
  await cloud.client.create(resources.subnets, { apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: 'subnet-1' }, spec })
  const config = JSON.stringify({ cniVersion: '0.3.0', type: 'kube-ovn', provider: 'subnet-1.a.ovn' })
  await cloud.client.create(resources.networkAttachments, { apiVersion: 'k8s.cni.cncf.io/v1', kind: 'NetworkAttachmentDefinition', metadata: at('subnet-1'), spec: { config } })
}
const inSubnet = {
  domain: { devices: { interfaces: [{ name: 'default', bridge: {} }] }, memory: { guest: '1Gi' } },
  networks: [{ name: 'default', multus: { networkName: 'subnet-1', default: true } }],
}
const fixed = (address: string) => ({ 'subnet-1.a.ovn.kubernetes.io/ip_address': address })

test('a machine in a Subnet behind Multus has the address that its annotation asks for, and nobody else gets it', async (t) => {
  const cloud = await startCloud()
  await network(cloud)
  await cloud.client.create(resources.virtualMachines, machine('web', 'RerunOnFailure', inSubnet, fixed('10.0.1.9')))
  await isStatus(cloud, 'web', 'Running')
  t.is((await vmiOf(cloud, 'web'))?.status?.interfaces?.[0]?.ipAddress, '10.0.1.9')
  await cloud.client.create(resources.virtualMachines, machine('rival', 'RerunOnFailure', inSubnet, fixed('10.0.1.9')))
  await cloud.until('the event', async () => {
    const { items } = await cloud.client.list<{ reason: string; message: string }>(resources.events, { namespace: 'a' })
    return items.some(({ reason, message }) => reason === 'AcquireAddressFailed' && message === 'stage=acquireAddress error=AddressConflict')
  })
  t.is((await vmOf(cloud, 'rival'))?.status?.printableStatus, 'Starting')
  await cloud.client.delete(resources.virtualMachines, at('web'))
  await isStatus(cloud, 'rival', 'Running')
  const subnet = await cloud.get<{ status?: { v4usingIPs?: number; v4availableIPs?: number } }>(resources.subnets, 'subnet-1')
  t.like(subnet?.status, { v4usingIPs: 1, v4availableIPs: 250 })
  await cloud.close()
})

test('an external address is drawn once, becomes a floating address of a machine and stays while it is used', async (t) => {
  const { cloud } = await running()
  const object = (kind: string, name: string, spec: object) => ({ apiVersion: 'kubeovn.io/v1', kind, metadata: { name }, spec })
  await cloud.client.create(resources.subnets, object('Subnet', 'external', { cidrBlock: '203.0.113.0/28', excludeIps: ['203.0.113.1..203.0.113.4'] }))
  await cloud.client.create(resources.ovnEips, object('OvnEip', 'eip-1', { externalSubnet: 'external' }))
  await cloud.client.create(resources.ovnEips, object('OvnEip', 'eip-2', { externalSubnet: 'external', v4Ip: '203.0.113.9' }))
  await cloud.client.create(resources.ovnFips, object('OvnFip', 'fip-1', { ovnEip: 'eip-1', ipName: 'web.a' }))
  const fip = await cloud.until('the floating address', async () => {
    const found = await cloud.get<{ status?: { ready?: boolean; v4Eip?: string; v4Ip?: string } }>(resources.ovnFips, 'fip-1')
    return found?.status?.ready === true && found
  })
  t.is(fip.status?.v4Eip, '203.0.113.5')
  t.is(fip.status?.v4Ip, (await vmiOf(cloud, 'web'))?.status?.interfaces?.[0]?.ipAddress)
  await cloud.until('the other', async () => (await cloud.get<{ status?: { v4Ip?: string } }>(resources.ovnEips, 'eip-2'))?.status?.v4Ip === '203.0.113.9')
  await cloud.client.create(resources.ovnFips, object('OvnFip', 'fip-2', { ovnEip: 'eip-1', vpc: 'ovn-cluster', v4Ip: '10.16.0.99' }))
  await cloud.client.delete(resources.ovnEips, { name: 'eip-1' })
  await cloud.pass(20_000)
  const isReady = async (name: string) => (await cloud.get<{ status?: { ready?: boolean } }>(resources.ovnFips, name))?.status?.ready === true
  t.false(await isReady('fip-2'), 'an address that is used leads nowhere else')
  t.not(await cloud.get(resources.ovnEips, 'eip-1'), undefined, 'an address that is used stays')
  await cloud.client.delete(resources.ovnFips, { name: 'fip-2' })
  await cloud.client.delete(resources.ovnFips, { name: 'fip-1' })
  await cloud.until('the address to go', async () => (await cloud.get(resources.ovnEips, 'eip-1')) === undefined)
  await cloud.client.create(resources.ovnSnatRules, object('OvnSnatRule', 'snat-1', { ovnEip: 'eip-2', vpc: 'ovn-cluster', v4IpCidr: '10.16.0.0/24' }))
  await cloud.until('source NAT', async () => (await cloud.get<{ status?: { nat?: string } }>(resources.ovnEips, 'eip-2'))?.status?.nat === 'snat')
  await cloud.close()
})

test('a router that is connected to a network of public addresses has one of them until it is connected no more', async (t) => {
  const cloud = await startCloud()
  const object = (kind: string, name: string, spec: object) => ({ apiVersion: 'kubeovn.io/v1', kind, metadata: { name }, spec })
  await cloud.client.create(resources.vpcs, object('Vpc', 'vpc-1', { enableExternal: true, extraExternalSubnets: ['external'] }))
  await cloud.pass(5_000)
  await cloud.client.create(resources.subnets, object('Subnet', 'external', { cidrBlock: '203.0.113.0/28', excludeIps: ['203.0.113.1..203.0.113.4'] }))
  const eip = await cloud.until('the router’s address', async () => {
    const found = await cloud.get<{ status?: { v4Ip?: string; type?: string } }>(resources.ovnEips, 'vpc-1-external')
    return found?.status?.v4Ip !== undefined && found
  })
  t.like(eip.status, { v4Ip: '203.0.113.5', type: 'lrp' })
  await cloud.client.mergePatch(resources.vpcs, { name: 'vpc-1' }, { spec: { enableExternal: false } })
  await cloud.until('the address to go', async () => (await cloud.get(resources.ovnEips, 'vpc-1-external')) === undefined)
  await cloud.close()
})

test('a machine on a node that lost its power moves to another once its pod is gone', async (t) => {
  const { cloud, uid } = await running()
  const node = (await vmiOf(cloud, 'web'))?.status?.nodeName ?? ''
  await cloud.standIns.setNodePower(node, false)
  await cloud.pass(60_000)
  t.is((await vmiOf(cloud, 'web'))?.metadata.uid, uid, 'nothing moves while the old one may still run')
  const [pod] = (await cloud.client.list<Pod>(resources.pods, { namespace: 'a' })).items
  await cloud.client.delete(resources.pods, at(pod?.metadata.name ?? ''), { gracePeriodSeconds: 0 })
  const next = await cloud.until('the move', async () => {
    const vmi = await vmiOf(cloud, 'web')
    return vmi?.status?.phase === 'Running' && vmi.metadata.uid !== uid && vmi
  })
  t.not(next.status?.nodeName, node)
  await cloud.close()
})

test('a machine whose node comes back after a power cut is started again', async (t) => {
  const { cloud, uid } = await running()
  const node = (await vmiOf(cloud, 'web'))?.status?.nodeName ?? ''
  await cloud.standIns.setNodePower(node, false)
  await cloud.pass(5_000)
  await cloud.standIns.setNodePower(node, true)
  await cloud.until('a new instance', async () => {
    const vmi = await vmiOf(cloud, 'web')
    return vmi !== undefined && vmi.metadata.uid !== uid && vmi.status?.phase === 'Running'
  })
  t.is(cloud.hypervisor.starts(uid), 1)
  await cloud.close()
})

test('a machine whose hypervisor refuses to start it says so and starts when it can', async (t) => {
  const cloud = await startCloud()
  cloud.hypervisor.failStarts('no KVM here')
  await cloud.client.create(resources.virtualMachines, machine('web'))
  await cloud.until('the event', async () => {
    const { items } = await cloud.client.list<{ reason: string; message: string }>(resources.events, { namespace: 'a' })
    return items.some(({ reason, message }) => reason === 'SyncFailed' && message === 'no KVM here')
  })
  cloud.hypervisor.failStarts(undefined)
  await isStatus(cloud, 'web', 'Running')
  t.pass()
  await cloud.close()
})

test('upstream’s own definitions are installed when a folder of them is given, and everything still works', async (t) => {
  const folder = process.env['UPSTREAM_CRDS']
  if (folder === undefined) return t.pass('UPSTREAM_CRDS is not set: skipped')
  const { cloud } = await running({ crdFolder: folder })
  t.is((await vmOf(cloud, 'web'))?.status?.ready !== undefined, true)
  await cloud.close()
})
