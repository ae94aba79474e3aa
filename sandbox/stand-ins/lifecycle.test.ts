import test from 'ava'
import { resources } from './resources.ts'
import { startCloud } from './testing.ts'
import type { Cloud } from './testing.ts'
import type { DataVolume } from './cdi/types.ts'
import type { Claim, Snapshot, Volume } from './csi/types.ts'
import type { Ip } from './kube-ovn/types.ts'
import type { Pod } from './kubelet/types.ts'
import type { VirtualMachine, VirtualMachineInstance } from './kubevirt/types.ts'

const machine = (name: string, spec: Partial<VirtualMachine['spec']> = {}, template: object = {}) => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace: 'a' },
  spec: {
    runStrategy: 'RerunOnFailure' as const,
    template: {
      metadata: { labels: { app: name } },
      spec: { domain: { devices: {}, memory: { guest: '1Gi' } }, terminationGracePeriodSeconds: 10, ...template },
    },
    ...spec,
  },
})

const vmOf = (cloud: Cloud, name: string) => cloud.get<VirtualMachine>(resources.virtualMachines, name, 'a')
const vmiOf = (cloud: Cloud, name: string) => cloud.get<VirtualMachineInstance>(resources.virtualMachineInstances, name, 'a')
const isStatus = (cloud: Cloud, name: string, status: string) =>
  cloud.until(`${name} to be ${status}`, async () => (await vmOf(cloud, name))?.status?.printableStatus === status)
const podsOf = async (cloud: Cloud) => (await cloud.client.list<Pod>(resources.pods, { namespace: 'a' })).items
const setStrategy = (cloud: Cloud, name: string, runStrategy: string) =>
  cloud.client.mergePatch(resources.virtualMachines, { name, namespace: 'a' }, { spec: { runStrategy } })

test('a VirtualMachine becomes an instance, a launcher pod on a node with an address, and a machine', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.virtualMachines, machine('web'))
  await isStatus(cloud, 'web', 'Running')
  const vmi = await vmiOf(cloud, 'web')
  const [pod] = await podsOf(cloud)
  t.is(vmi?.status?.phase, 'Running')
  t.deepEqual(vmi?.status?.phaseTransitionTimestamps?.map(({ phase }) => phase), ['Pending', 'Scheduling', 'Scheduled', 'Running'])
  t.regex(pod?.metadata.name ?? '', /^virt-launcher-web-[a-z0-9]{5}$/)
  t.is(pod?.metadata.labels?.['kubevirt.io/created-by'], vmi?.metadata.uid)
  t.is(pod?.metadata.labels?.['vm.kubevirt.io/name'], 'web')
  t.is(pod?.metadata.labels?.['app'], 'web')
  t.is(vmi?.status?.interfaces?.[0]?.ipAddress, pod?.status?.podIP)
  t.is(cloud.hypervisor.starts(vmi?.metadata.uid ?? ''), 1)
  await cloud.until('Ready', async () => (await vmOf(cloud, 'web'))?.status?.ready)
  await cloud.close()
})

test('a guest whose launcher pod is deleted is shut down in order, long before the pod would be killed', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.virtualMachines, machine('web', { runStrategy: 'Once' }))
  await isStatus(cloud, 'web', 'Running')
  const [pod] = await podsOf(cloud)
  const before = cloud.clock.now()
  await cloud.client.delete(resources.pods, { name: pod?.metadata.name ?? '', namespace: 'a' })
  await cloud.until('the pod to go', async () => (await podsOf(cloud)).length === 0)
  t.true(cloud.clock.now() - before < 10_000, 'within the grace period of the guest')
  t.is((await vmiOf(cloud, 'web'))?.status?.phase, 'Succeeded')
  await cloud.close()
})

test('a stopped machine keeps its address and its MAC for the next start', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.virtualMachines, machine('web'))
  await isStatus(cloud, 'web', 'Running')
  const before = (await vmiOf(cloud, 'web'))?.status?.interfaces?.[0]
  await setStrategy(cloud, 'web', 'Halted')
  await isStatus(cloud, 'web', 'Stopped')
  await cloud.until('the pod to go', async () => (await podsOf(cloud)).length === 0)
  await cloud.client.create(resources.virtualMachines, machine('other'))
  await isStatus(cloud, 'other', 'Running')
  await setStrategy(cloud, 'web', 'RerunOnFailure')
  await isStatus(cloud, 'web', 'Running')
  const after = (await vmiOf(cloud, 'web'))?.status?.interfaces?.[0]
  t.is(after?.ipAddress, before?.ipAddress)
  t.is(after?.mac, before?.mac)
  t.not((await vmiOf(cloud, 'other'))?.status?.interfaces?.[0]?.ipAddress, before?.ipAddress)
  await cloud.close()
})

test('a guest that powers itself off leaves the machine Stopped while its strategy still says RerunOnFailure', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.virtualMachines, machine('web'))
  await isStatus(cloud, 'web', 'Running')
  const uid = (await vmiOf(cloud, 'web'))?.metadata.uid ?? ''
  cloud.hypervisor.guestShutdown(uid)
  await isStatus(cloud, 'web', 'Stopped')
  await cloud.pass(60_000)
  const vm = await vmOf(cloud, 'web')
  t.is(vm?.spec.runStrategy, 'RerunOnFailure')
  t.is(vm?.status?.printableStatus, 'Stopped')
  t.is(await vmiOf(cloud, 'web'), undefined)
  await cloud.close()
})

test('a guest that crashes under RerunOnFailure is started again', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.virtualMachines, machine('web'))
  await isStatus(cloud, 'web', 'Running')
  const uid = (await vmiOf(cloud, 'web'))?.metadata.uid ?? ''
  cloud.hypervisor.crash(uid, 'triple fault')
  const next = await cloud.until('a new instance', async () => {
    const vmi = await vmiOf(cloud, 'web')
    return vmi !== undefined && vmi.metadata.uid !== uid && vmi.status?.phase === 'Running' && vmi
  })
  t.is(cloud.hypervisor.starts(next.metadata.uid), 1)
  await cloud.close()
})

test('a guest that ignores the power button is destroyed when its grace period ends', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.virtualMachines, machine('web'))
  await isStatus(cloud, 'web', 'Running')
  const uid = (await vmiOf(cloud, 'web'))?.metadata.uid ?? ''
  cloud.hypervisor.refuseShutdown(uid)
  await setStrategy(cloud, 'web', 'Halted')
  await isStatus(cloud, 'web', 'Stopping')
  await cloud.pass(5_000)
  t.is(cloud.hypervisor.states().get(uid), 'running')
  await isStatus(cloud, 'web', 'Stopped')
  t.is(cloud.hypervisor.states().get(uid), undefined)
  await cloud.close()
})

test('deleting a VirtualMachine ends its machine and releases its address', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.virtualMachines, machine('web'))
  await isStatus(cloud, 'web', 'Running')
  t.truthy(await cloud.get<Ip>(resources.ips, 'web.a'))
  await cloud.client.delete(resources.virtualMachines, { name: 'web', namespace: 'a' })
  await cloud.until('the machine to go', async () => (await vmOf(cloud, 'web')) === undefined)
  await cloud.until('the address to go', async () => (await cloud.get<Ip>(resources.ips, 'web.a')) === undefined)
  t.is(cloud.hypervisor.states().size, 0)
  t.deepEqual(await podsOf(cloud), [])
  await cloud.close()
})

test('a machine that no node has room for is ErrorUnschedulable until room is made', async (t) => {
  const cloud = await startCloud({ nodes: [{ name: 'node-a1', zone: 'zone-a', cpus: 8, memory: '4Gi' }, { name: 'node-b1', zone: 'zone-b', cpus: 8, memory: '1Gi' }] })
  await cloud.client.create(resources.virtualMachines, machine('first', {}, { domain: { devices: {}, memory: { guest: '3Gi' } } }))
  await isStatus(cloud, 'first', 'Running')
  await cloud.client.create(resources.virtualMachines, machine('second', {}, { domain: { devices: {}, memory: { guest: '3Gi' } } }))
  await isStatus(cloud, 'second', 'ErrorUnschedulable')
  const pod = (await podsOf(cloud)).find(({ metadata }) => metadata.name.includes('second'))
  const condition = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  t.is(condition?.reason, 'Unschedulable')
  t.regex(condition?.message ?? '', /^0\/2 nodes are available: 2 Insufficient memory\. preemption: /)
  await cloud.client.delete(resources.virtualMachines, { name: 'first', namespace: 'a' })
  await isStatus(cloud, 'second', 'Running')
  await cloud.close()
})

test('stand-ins that were restarted find their machines again and start none twice', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.virtualMachines, machine('web'))
  await isStatus(cloud, 'web', 'Running')
  const uid = (await vmiOf(cloud, 'web'))?.metadata.uid ?? ''
  await cloud.restart()
  await cloud.pass(10_000)
  t.is((await vmiOf(cloud, 'web'))?.metadata.uid, uid)
  t.is(cloud.hypervisor.starts(uid), 1)
  t.is((await vmOf(cloud, 'web'))?.status?.printableStatus, 'Running')
  await cloud.close()
})

const imported = (name: string, url = 'http://images/debian.raw') => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataVolume',
  metadata: { name, namespace: 'a', annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': '' } },
  spec: { source: { http: { url } }, storage: { storageClassName: 'standard', resources: { requests: { storage: '2Gi' } } } },
})
const dvOf = (cloud: Cloud, name: string) => cloud.get<DataVolume>(resources.dataVolumes, name, 'a')

test('an image is imported, cut into a snapshot and cloned from it', async (t) => {
  const cloud = await startCloud({ importTime: 4000 })
  await cloud.client.create(resources.dataVolumes, imported('debian'))
  await cloud.until('progress', async () => (await dvOf(cloud, 'debian'))?.status?.progress === '50.00%')
  t.is((await dvOf(cloud, 'debian'))?.status?.phase, 'ImportInProgress')
  await cloud.until('the import', async () => (await dvOf(cloud, 'debian'))?.status?.phase === 'Succeeded')
  const done = await dvOf(cloud, 'debian')
  t.is(done?.status?.progress, '100.0%')
  t.deepEqual(done?.status?.conditions?.map(({ type, status }) => `${type}=${status}`), ['Bound=True', 'Ready=True', 'Running=False'])
  await cloud.client.create(resources.snapshots, {
    apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name: 'debian', namespace: 'a' },
    spec: { source: { persistentVolumeClaimName: 'debian' } },
  })
  await cloud.until('the snapshot', async () => (await cloud.get<Snapshot>(resources.snapshots, 'debian', 'a'))?.status?.readyToUse)
  t.is((await cloud.get<Snapshot>(resources.snapshots, 'debian', 'a'))?.status?.restoreSize, '2Gi')
  await cloud.client.create(resources.dataSources, {
    apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataSource', metadata: { name: 'debian', namespace: 'a' },
    spec: { source: { snapshot: { namespace: 'a', name: 'debian' } } },
  })
  await cloud.client.create(resources.dataVolumes, {
    ...imported('root'),
    spec: { sourceRef: { kind: 'DataSource', name: 'debian' }, storage: { storageClassName: 'standard', resources: { requests: { storage: '8Gi' } } } },
  })
  await cloud.until('the clone', async () => (await dvOf(cloud, 'root'))?.status?.phase === 'Succeeded')
  const claim = await cloud.get<Claim>(resources.claims, 'root', 'a')
  t.is(claim?.status?.capacity?.storage, '8Gi')
  t.like(cloud.disks.all.get(claim?.spec.volumeName ?? ''), { sizeBytes: 8 * 2 ** 30 })
  await cloud.close()
})

test('an import that fails says why, counts its restarts and goes on trying', async (t) => {
  let broken = true
  const fetchHead = () => (broken ? Promise.reject(new Error('Unable to connect to http data source: expected status code 200, got 404. Status: 404 Not Found')) : Promise.resolve({ sizeBytes: 1 }))
  const cloud = await startCloud({ fetchHead })
  await cloud.client.create(resources.dataVolumes, imported('debian'))
  await cloud.until('two restarts', async () => ((await dvOf(cloud, 'debian'))?.status?.restartCount ?? 0) >= 2)
  const running = (await dvOf(cloud, 'debian'))?.status?.conditions?.find(({ type }) => type === 'Running')
  t.like(running, { status: 'False', reason: 'Error', message: 'Unable to connect to http data source: expected status code 200, got 404. Status: 404 Not Found' })
  broken = false
  await cloud.until('the import', async () => (await dvOf(cloud, 'debian'))?.status?.phase === 'Succeeded', 400_000)
  await cloud.close()
})

test('a volume that waits for its first consumer is filled when a machine wants it, and outlives the machine', async (t) => {
  const cloud = await startCloud()
  const { metadata, ...dv } = imported('root')
  await cloud.client.create(resources.dataVolumes, { ...dv, metadata: { name: metadata.name, namespace: 'a' } })
  await cloud.until('waiting', async () => (await dvOf(cloud, 'root'))?.status?.phase === 'PendingPopulation')
  const volumes = [{ name: 'root', persistentVolumeClaim: { claimName: 'root' } }]
  await cloud.client.create(resources.virtualMachines, machine('web', {}, { volumes }))
  await isStatus(cloud, 'web', 'Running')
  t.is((await dvOf(cloud, 'root'))?.status?.phase, 'Succeeded')
  const uid = (await vmiOf(cloud, 'web'))?.metadata.uid ?? ''
  t.deepEqual(cloud.hypervisor.machine(uid)?.disks.map(({ name, bus }) => `${name} ${bus}`), ['root virtio'])
  await cloud.client.delete(resources.virtualMachines, { name: 'web', namespace: 'a' })
  await cloud.until('the machine to go', async () => (await vmOf(cloud, 'web')) === undefined)
  t.is((await cloud.get<Claim>(resources.claims, 'root', 'a'))?.status?.phase, 'Bound')
  await cloud.close()
})

test('a claim that grows takes its volume and its disk with it', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.dataVolumes, imported('data'))
  await cloud.until('the import', async () => (await dvOf(cloud, 'data'))?.status?.phase === 'Succeeded')
  await cloud.client.mergePatch(resources.claims, { name: 'data', namespace: 'a' }, { spec: { resources: { requests: { storage: '5Gi' } } } })
  await cloud.until('growth', async () => (await cloud.get<Claim>(resources.claims, 'data', 'a'))?.status?.capacity?.storage === '5Gi')
  const claim = await cloud.get<Claim>(resources.claims, 'data', 'a')
  t.is(cloud.disks.all.get(claim?.spec.volumeName ?? '')?.sizeBytes, 5 * 2 ** 30)
  await cloud.close()
})

test('a retained volume is Released with its bytes when its claim goes; a deleted one is gone', async (t) => {
  const cloud = await startCloud()
  for (const name of ['kept', 'lost']) await cloud.client.create(resources.dataVolumes, imported(name))
  const claims = await cloud.until('both', async () => {
    const found = await Promise.all(['kept', 'lost'].map((name) => cloud.get<Claim>(resources.claims, name, 'a')))
    return found.every((claim) => claim?.status?.phase === 'Bound') && found
  })
  const [kept = '', lost = ''] = claims.map((claim) => claim?.spec.volumeName)
  await cloud.client.mergePatch(resources.volumes, { name: kept }, { spec: { persistentVolumeReclaimPolicy: 'Retain' } })
  for (const name of ['kept', 'lost']) await cloud.client.delete(resources.dataVolumes, { name, namespace: 'a' })
  await cloud.until('release', async () => (await cloud.get<Volume>(resources.volumes, kept))?.status?.phase === 'Released')
  await cloud.until('deletion', async () => (await cloud.get<Volume>(resources.volumes, lost)) === undefined)
  t.true(cloud.disks.all.has(kept))
  t.false(cloud.disks.all.has(lost))
  await cloud.close()
})

test('a claim that is deleted from under its DataVolume is made again, with nothing of what was in it', async (t) => {
  const cloud = await startCloud()
  await cloud.client.create(resources.dataVolumes, imported('data'))
  const bound = async () => {
    const claim = await cloud.get<Claim>(resources.claims, 'data', 'a')
    return claim?.status?.phase === 'Bound' && claim
  }
  const { spec: { volumeName: kept = '' }, metadata: { uid } } = await cloud.until('the import', bound)
  await cloud.client.mergePatch(resources.volumes, { name: kept }, { spec: { persistentVolumeReclaimPolicy: 'Retain' } })
  await cloud.client.delete(resources.claims, { name: 'data', namespace: 'a' })
  const again = await cloud.until('another claim', async () => {
    const claim = await bound()
    return claim !== false && claim.metadata.uid !== uid && claim
  })
  t.not(again.spec.volumeName, kept)
  t.is((await cloud.get<Volume>(resources.volumes, kept))?.status?.phase, 'Released')
  t.true(cloud.disks.all.has(kept))
  await cloud.close()
})
