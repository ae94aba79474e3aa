/**
 * Instances on KubeVirt's own control plane: its admission judges every VirtualMachine that we make, its controllers drive it. What is asked of it
 * here is the same as everywhere; what is looked at is KubeVirt's side of it.
 */
import test from 'ava'
import { startCloud, type Cloud } from '../cloud.ts'
import { eventually } from '../eventually.ts'

const installed = process.env['E2E_KUBEVIRT'] === 'installed'
const check = installed ? test.serial : test.serial.skip

let cloud: Cloud
test.before(async () => {
  if (installed) cloud = await startCloud()
})
test.after.always(async () => {
  await cloud?.stop()
})

type Item = { metadata: { name: string; uid: string }; spec: Record<string, unknown>; status?: Record<string, unknown> }

const ours = (kind: string, name: string, spec: Record<string, unknown>) => ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec })
const get = async (reference: string): Promise<Item> => (await cloud.get(reference)) as unknown as Item
const items = async (...args: string[]): Promise<Item[]> => (JSON.parse(await cloud.kubectl('get', ...args, '-o', 'json')) as { items: Item[] }).items
const set = (name: string, spec: Record<string, unknown>) => cloud.patch(`instance/${name}`, { spec })
const isState = (name: string, state: string) => cloud.wait(`instance/${name}`, `jsonpath={.status.state}=${state}`)

check('KubeVirt judges: what it would not run is refused', async (t) => {
  const template = { spec: { domain: { devices: { interfaces: [{ name: 'eth0', bridge: {} }] } } } }
  const machine = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'nonsense' }, spec: { runStrategy: 'Halted', template } }
  t.regex(await cloud.fails('apply', machine), /spec\.template\.spec\.domain\.devices\.interfaces\[0\]\.name 'eth0' not found/)
})

check('a launch', async (t) => {
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.wait('instance/web', 'condition=Ready')
  t.like(await get('virtualmachine/web'), { status: { printableStatus: 'Running', ready: true, runStrategy: 'RerunOnFailure' } })
  const vmi = await get('virtualmachineinstance/web')
  t.like(vmi.status, { phase: 'Running' })
  t.is((vmi.status as { interfaces: { ipAddress: string }[] }).interfaces[0]?.ipAddress, '10.0.1.5')
  const machine = await get('virtualmachine/web')
  const conditions = (machine.status as { conditions: { type: string; status: string; message?: string }[] }).conditions
  t.deepEqual(conditions.filter(({ type, status }) => status === 'True' && (type === 'RestartRequired' || type === 'Failure')), [])
})

check('all that an Instance can ask for passes admission', async (t) => {
  await cloud.apply(ours('InstanceType', 'c5.pinned', { family: 'ComputeOptimized', architecture: 'x86_64', vcpus: 4, memory: '2Gi' }))
  await cloud.apply(ours('Instance', 'rich', {
    instanceType: 'c5.pinned', imageRef: { name: 'linux' }, subnetRef: { name: 'public-a' }, keyPairRef: { name: 'ops' }, sourceDestCheck: false,
    userData: `#!/bin/sh\n${'# more than KubeVirt takes inline\n'.repeat(200)}`,
    blockDevices: [
      { deviceName: '/dev/sda1', size: '2Gi' },
      ...Array.from({ length: 12 }, (_, index) => ({ deviceName: `/dev/sd${String.fromCharCode(98 + index)}`, size: '1Gi', deleteOnTermination: true })),
    ],
  }))
  await cloud.wait('instance/rich', 'condition=Ready')
  t.is(((await get('virtualmachineinstance/rich')).spec as { volumes: object[] }).volumes.length, 14)
})

check('a stop and a start keep the address, and the next run is another', async (t) => {
  const before = await get('virtualmachineinstance/web')
  await set('web', { state: 'Stopped' })
  await isState('web', 'stopped')
  t.deepEqual(await items('virtualmachineinstances', '-l', 'kumulus.dev/owner-name=web'), [])
  t.like(await get('virtualmachine/web'), { spec: { runStrategy: 'Halted' }, status: { printableStatus: 'Stopped' } })
  await set('web', { state: 'Running' })
  await isState('web', 'running')
  const after = await get('virtualmachineinstance/web')
  t.not(after.metadata.uid, before.metadata.uid)
  t.is((after.status as { interfaces: { ipAddress: string }[] }).interfaces[0]?.ipAddress, '10.0.1.5')
})

check('a reboot reaches the guest by way of virt-api, and leaves the run as it is', async (t) => {
  const before = await get('virtualmachineinstance/web')
  await cloud.apply(ours('InstanceAction', 'again', { instanceRef: { name: 'web' }, type: 'Reboot' }))
  await cloud.wait('instanceaction/again', 'jsonpath={.status.phase}=Completed')
  const rebooted = await items('events', '--field-selector', `involvedObject.uid=${before.metadata.uid},reason=SoftRebooted`)
  t.is(rebooted.length, 1)
  t.is((await get('virtualmachineinstance/web')).metadata.uid, before.metadata.uid)
})

check('a new instance type is KubeVirt’s from the next start on', async (t) => {
  await cloud.apply(ours('InstanceType', 't3.large', { family: 'GeneralPurpose', architecture: 'x86_64', vcpus: 4, memory: '2Gi' }))
  await set('web', { instanceType: 't3.large' })
  await cloud.wait('instance/web', 'jsonpath={.status.pendingChanges[0].desired}=t3.large')
  const guest = async () => ((await get('virtualmachineinstance/web')).spec as { domain: { cpu: { sockets: number }; memory: { guest: string } } }).domain
  t.is((await guest()).cpu.sockets, 2, 'what runs is left alone')
  await set('web', { state: 'Stopped' })
  await isState('web', 'stopped')
  await set('web', { state: 'Running' })
  await isState('web', 'running')
  t.like(await guest(), { cpu: { sockets: 4 }, memory: { guest: '2Gi' } })
  t.like(await get('instance/web'), { status: { instanceType: 't3.large' } })
})

/** No change that it can only follow by a restart, and nothing that it could not do. */
const isContent = async (): Promise<boolean> => {
  const { conditions } = (await get('virtualmachine/web')).status as { conditions: { type: string }[] }
  return !conditions.some(({ type }) => type === 'RestartRequired' || type === 'Failure')
}
const become = (kind: string, name: string, reason: string) =>
  cloud.wait(`${kind}.kumulus.dev/${name}`, `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`)

check('a volume is plugged into a machine that runs and out again, and the instance stays as it is', async (t) => {
  const before = await get('virtualmachineinstance/web')
  await cloud.apply(ours('Volume', 'data', { availabilityZone: 'zone-a', volumeType: 'gp3', size: '1Gi' }))
  await cloud.apply(ours('VolumeAttachment', 'data', { volumeRef: { name: 'data' }, instanceRef: { name: 'web' }, device: '/dev/sdf' }))
  await become('volumeattachment', 'data', 'Attached')
  const plugged = (await get('virtualmachineinstance/web')).status as { volumeStatus: { phase?: string; persistentVolumeClaimInfo?: { claimName: string } }[] }
  t.is(plugged.volumeStatus.find(({ persistentVolumeClaimInfo }) => persistentVolumeClaimInfo?.claimName === 'data')?.phase, 'Ready')
  t.true(await isContent())
  await cloud.kubectl('delete', 'volumeattachment.kumulus.dev', 'data', '--timeout=60s')
  await cloud.kubectl('wait', 'pod', '-l', 'kubevirt.io=hotplug-disk', '--for=delete', '--timeout=60s')
  t.false(JSON.stringify((await get('virtualmachineinstance/web')).status).includes('"data"'), 'the volume is forgotten')
  t.true(await isContent())
  t.is((await get('virtualmachineinstance/web')).metadata.uid, before.metadata.uid)
  await cloud.wait('instance/web', 'condition=Ready')
  await cloud.kubectl('delete', 'volume.kumulus.dev', 'data', '--timeout=60s')
})

check('an interface is plugged into a machine that runs and out again, without a restart and without a rest', async (t) => {
  const before = await get('virtualmachineinstance/web')
  const names = async (reference: string) => {
    const { template = {}, ...spec } = (await get(reference)).spec as { template?: { spec?: object } }
    const { networks } = (template.spec ?? spec) as { networks: { name: string }[] }
    return networks.map(({ name }) => name)
  }
  await cloud.apply(ours('NetworkInterface', 'second', {
    subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }], attachment: { instanceRef: { name: 'web' }, deviceIndex: 1 },
  }))
  await become('networkinterface', 'second', 'InUse')
  t.is((await names('virtualmachineinstance/web')).length, 2)
  t.true(await isContent())
  await cloud.patch('networkinterface/second', { spec: { attachment: null } })
  await become('networkinterface', 'second', 'Available')
  for (const reference of ['virtualmachine/web', 'virtualmachineinstance/web']) {
    t.deepEqual(await eventually(() => names(reference), ({ length }) => length === 1), ['eth0'], `${reference} has one network again`)
  }
  t.true(await isContent())
  t.is((await get('virtualmachineinstance/web')).metadata.uid, before.metadata.uid)
  await cloud.kubectl('delete', 'networkinterface', 'second', '--timeout=60s')
})

check('a snapshot of a machine that runs is cut, and the instance stays as it is', async (t) => {
  const spec = { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' } }
  await cloud.apply({ apiVersion: 'snapshot.kubevirt.io/v1beta1', kind: 'VirtualMachineSnapshot', metadata: { name: 'before' }, spec })
  await cloud.wait('virtualmachinesnapshot/before', 'jsonpath={.status.readyToUse}=true')
  t.true((await items('volumesnapshots')).length > 0)
  t.like(await get('instance/web'), { status: { state: 'running' } })
  await cloud.kubectl('delete', 'virtualmachinesnapshot', 'before', '--timeout=60s')
})

check('a force-stop cuts the power within seconds, and a start brings it back', async (t) => {
  await cloud.apply(ours('InstanceAction', 'unplugged', { instanceRef: { name: 'web' }, type: 'ForceStop' }))
  await cloud.wait('instanceaction/unplugged', 'jsonpath={.status.phase}=Completed', '--timeout=60s')
  await isState('web', 'stopped')
  await cloud.kubectl('annotate', 'instance', 'web', 'kumulus.dev/start-requested-at=2026-11-22T10:00:00Z')
  await isState('web', 'running')
  t.pass()
})

check('a termination leaves nothing of it at KubeVirt’s', async (t) => {
  await cloud.kubectl('delete', 'instance', 'web', 'rich', '--timeout=120s')
  for (const kind of ['virtualmachines', 'virtualmachineinstances', 'pods', 'controllerrevisions']) {
    t.deepEqual((await items(kind, '-n', 'default')).map(({ metadata }) => metadata.name), [], kind)
  }
})
