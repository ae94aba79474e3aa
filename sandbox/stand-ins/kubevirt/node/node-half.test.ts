import test from 'ava'
import { createClient } from '../../../../operator/runtime/client.ts'
import type { Transport } from '../../../../operator/runtime/transport.ts'
import { resources } from '../../resources.ts'
import { startCloud } from '../../testing.ts'
import { conditionOf } from '../conditions.ts'
import type { VirtualMachineInstance } from '../types.ts'

/** What virt-controller has made of an instance when it hands it over to its node. */
const scheduled = (uid: string) => {
  const owner = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: 'web', uid, controller: true, blockOwnerDeletion: true }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'virt-launcher-web-abcde', namespace: 'a', labels: { 'kubevirt.io': 'virt-launcher' }, ownerReferences: [owner] },
    spec: {
      nodeName: 'node-a1',
      restartPolicy: 'Never',
      containers: [{ name: 'compute', image: 'virt-launcher' }],
      initContainers: [{ name: 'guest-console-log', image: 'virt-launcher', restartPolicy: 'Always' }],
      readinessGates: [{ conditionType: 'kubevirt.io/virtual-machine-unpaused' }],
    },
  }
}
const instance = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { name: 'web', namespace: 'a' },
  spec: { domain: { devices: { interfaces: [{ name: 'default', bridge: {} }] }, memory: { guest: '1Gi' } }, networks: [{ name: 'default', pod: {} }] },
  status: { phase: 'Scheduled', nodeName: 'node-a1' },
}

test('beside a virt-controller that runs only the node does its part, and says what becomes of a machine as the virt-handler of its node', async (t) => {
  const writes: string[] = []
  const late: { transport?: Transport } = {}
  const handlerOf = (node: string) => createClient({
    ...(late.transport as Transport),
    request: (request) => {
      writes.push(`${node}: ${request.method} ${request.path}`)
      return (late.transport as Transport).request(request)
    },
  })
  const cloud = await startCloud({ realKubeVirt: { handlerOf } })
  late.transport = cloud.transport
  const spec = { runStrategy: 'Always', template: { spec: instance.spec } }
  await cloud.client.create(resources.virtualMachines, { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'other', namespace: 'a' }, spec })
  const { metadata: { uid } } = await cloud.client.create(resources.virtualMachineInstances, instance)
  await cloud.client.create(resources.pods, scheduled(uid))
  const vmi = await cloud.until('the guest', async () => {
    const live = await cloud.get<VirtualMachineInstance>(resources.virtualMachineInstances, 'web', 'a')
    return live?.status?.phase === 'Running' && live
  })
  t.truthy(vmi.status?.interfaces?.[0]?.ipAddress)
  t.is(conditionOf(vmi.status?.conditions, 'LiveMigratable')?.status, 'False')
  t.is(cloud.hypervisor.states().get(uid), 'running')
  const pod = await cloud.get<{ status: { phase: string; initContainerStatuses: { ready: boolean }[] } }>(resources.pods, 'virt-launcher-web-abcde', 'a')
  t.like(pod, { status: { phase: 'Running', initContainerStatuses: [{ ready: true }] } })
  await cloud.client.delete(resources.virtualMachineInstances, { name: 'web', namespace: 'a' })
  await cloud.hypervisor.shutdown(uid)
  await cloud.pass(5000)
  t.true(writes.length > 0)
  t.deepEqual(writes.filter((write) => write !== 'node-a1: PUT /apis/kubevirt.io/v1/namespaces/a/virtualmachineinstances/web'), [])
  t.is(await cloud.get(resources.virtualMachineInstances, 'other', 'a'), undefined, 'no VirtualMachine is started by us')
  t.is(await cloud.get(resources.kubeVirts, 'kubevirt', 'kubevirt'), undefined, 'KubeVirt is somebody else’s')
  await cloud.close()
})
