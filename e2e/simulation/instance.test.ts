import test from 'ava'
import { type InstanceCloud, quickstart, startInstanceCloud, web } from './instance-cloud.ts'

const prepared = async (): Promise<InstanceCloud> => {
  const cloud = await startInstanceCloud()
  for (const [kind, name, spec] of quickstart) await cloud.apply(kind, name, spec)
  await cloud.until('the image', async () => (await cloud.read('Image', 'linux'))?.status?.['state'] === 'available')
  await cloud.pass(1000)
  return cloud
}
const launched = async (spec: object = {}): Promise<InstanceCloud> => {
  const cloud = await prepared()
  await cloud.apply('Instance', 'web', { ...web, ...spec })
  await cloud.inState('running')
  return cloud
}
const uidOfRun = async (cloud: InstanceCloud) => (await cloud.read('VirtualMachineInstance', 'web'))?.metadata.uid ?? ''

test.serial('an instance is launched with few writes, and costs none once it runs', async t => {
  const cloud = await prepared()
  cloud.writes.length = 0
  await cloud.apply('Instance', 'web', web)
  await cloud.inState('running')
  await cloud.pass(5000)
  const own = cloud.writes.filter(write => /\/(instances|virtualmachines|secrets)(\/|$)/.test(write))
  // The finalizer (the admission server adds it where it is up), two Secrets, the machine, and the status twice.
  t.true(own.length <= 6, own.join('\n'))
  cloud.writes.length = 0
  await cloud.pass(3_60_000)
  t.deepEqual(cloud.writes, [])
  await cloud.end()
})

test.serial('objects may arrive in any order', async t => {
  const cloud = await startInstanceCloud()
  await cloud.apply('Instance', 'web', web)
  for (const [kind, name, spec] of quickstart.toReversed()) {
    await cloud.pass(500)
    await cloud.apply(kind, name, spec)
  }
  t.like((await cloud.inState('running')).status, { privateIPAddress: '10.0.1.5' })
  await cloud.end()
})

test.serial('an instance stops, keeps its address and its disks, and starts again', async t => {
  const cloud = await launched()
  const [volume] = await cloud.list('Volume')
  const run = await uidOfRun(cloud)
  await cloud.apply('Instance', 'web', { ...web, state: 'Stopped' })
  const stopped = await cloud.inState('stopped')
  t.like(stopped.status, { privateIPAddress: '10.0.1.5', stateReason: { code: 'Client.UserInitiatedShutdown' } })
  await cloud.apply('Instance', 'web', web)
  t.like((await cloud.inState('running')).status, { privateIPAddress: '10.0.1.5' })
  t.not(await uidOfRun(cloud), run)
  t.is((await cloud.list('Volume'))[0]?.metadata.uid, volume?.metadata.uid)
  await cloud.end()
})

test.serial('a stop and a start in one breath end in a running instance', async t => {
  const cloud = await launched()
  await cloud.apply('Instance', 'web', { ...web, state: 'Stopped' })
  await cloud.pass(30)
  await cloud.apply('Instance', 'web', web)
  await cloud.pass(60_000)
  t.is((await cloud.inState('running')).metadata.name, 'web')
  t.like(await cloud.read('VirtualMachineInstance', 'web'), { status: { phase: 'Running' } })
  await cloud.end()
})

test.serial('a guest that shuts itself down leaves its instance stopped until a start is asked for', async t => {
  const cloud = await launched()
  cloud.hypervisor.guestShutdown(await uidOfRun(cloud))
  t.like((await cloud.inState('stopped')).status, { stateReason: { code: 'Client.InstanceInitiatedShutdown' } })
  await cloud.pass(60_000)
  t.like((await cloud.read('Instance', 'web'))?.status, { state: 'stopped' })
  await cloud.apply('Instance', 'web', web, { annotations: { 'kumulus.dev/start-requested-at': '1' } })
  await cloud.inState('running')
  await cloud.pass(60_000)
  t.like((await cloud.read('Instance', 'web'))?.status, { state: 'running' })
  await cloud.end()
})

test.serial('a guest that shuts itself down ends its instance, disks and all, where the spec says Terminate', async t => {
  const cloud = await launched({ instanceInitiatedShutdownBehavior: 'Terminate' })
  cloud.hypervisor.guestShutdown(await uidOfRun(cloud))
  await cloud.until('the instance to be gone', async () => (await cloud.read('Instance', 'web')) === undefined)
  t.deepEqual(await cloud.list('Volume'), [])
  await cloud.end()
})

test.serial('a guest that is shut down because its pod is deleted is started again, and never terminated', async t => {
  const cloud = await launched({ instanceInitiatedShutdownBehavior: 'Terminate' })
  const before = await uidOfRun(cloud)
  const [pod] = await cloud.list('Pod')
  // It takes its time, as guests do.
  cloud.hypervisor.refuseShutdown(before)
  await cloud.remove('Pod', pod?.metadata.name ?? '')
  await cloud.pass(3000)
  cloud.hypervisor.guestShutdown(before)
  await cloud.until('another run', async () => ![before, undefined].includes((await cloud.list('VirtualMachineInstance'))[0]?.metadata.uid))
  await cloud.inState('running')
  t.like((await cloud.read('Instance', 'web'))?.status, { state: 'running' })
  await cloud.end()
})

test.serial('security groups change while the instance runs', async t => {
  const cloud = await launched()
  const run = await uidOfRun(cloud)
  await cloud.apply('SecurityGroup', 'db', { vpcRef: { name: 'main' } })
  await cloud.apply('Instance', 'web', { ...web, securityGroupRefs: [{ name: 'db' }] })
  const group = await cloud.until('the group', async () => {
    const shown = (await cloud.read('Instance', 'web'))?.status?.['securityGroups'] as { groupID: string; groupName: string }[] | undefined
    return shown?.find(({ groupName }) => groupName === 'db')
  })
  await cloud.pass(1000)
  const labels = (await cloud.list('Pod')).map(({ metadata }) => Object.keys(metadata.labels ?? {}).filter(key => key.startsWith('sg.kumulus.dev/')))
  t.deepEqual(labels, [[`sg.kumulus.dev/${group.groupID}`]])
  t.is(await uidOfRun(cloud), run)
  await cloud.end()
})

test.serial('a new instance type waits for the next stop and start, and says so', async t => {
  const cloud = await launched()
  await cloud.apply('Instance', 'web', { ...web, instanceType: 't3.small' })
  await cloud.until('the pending change', async () => (await cloud.read('Instance', 'web'))?.status?.['pendingChanges'])
  t.like((await cloud.read('Instance', 'web'))?.status, { instanceType: 't3.micro', pendingChanges: [{ path: 'spec.instanceType', desired: 't3.small' }] })
  await cloud.apply('Instance', 'web', { ...web, instanceType: 't3.small', state: 'Stopped' })
  await cloud.inState('stopped')
  await cloud.apply('Instance', 'web', { ...web, instanceType: 't3.small' })
  const { status } = await cloud.inState('running')
  t.deepEqual([status?.['instanceType'], status?.['pendingChanges']], ['t3.small', undefined] as unknown)
  await cloud.end()
})

test.serial('a reboot keeps the instance running, by annotation and by action, which is over when the guest is back', async t => {
  const cloud = await launched({ userData: '#cloud-config\npackages: [qemu-guest-agent]\n' })
  const run = await uidOfRun(cloud)
  await cloud.apply('Instance', 'web', web, { annotations: { 'kumulus.dev/reboot-requested-at': '1' } })
  await cloud.until('the request', async () => (await cloud.read('Instance', 'web'))?.status?.['lastHandledRebootRequest'] === '1')
  const agent = async () => {
    const conditions = (await cloud.read('VirtualMachineInstance', 'web'))?.status?.['conditions'] as { type: string }[] | undefined
    return conditions?.some(({ type }) => type === 'AgentConnected') === true
  }
  await cloud.until('the agent to be gone', async () => !await agent())
  await cloud.until('the agent to be back', agent)
  await cloud.apply('InstanceAction', 'again', { instanceRef: { name: 'web' }, type: 'Reboot' })
  await cloud.until('the action', async () => (await cloud.read('InstanceAction', 'again'))?.status?.['phase'] === 'Completed')
  t.like((await cloud.read('InstanceAction', 'again'))?.status, { message: 'the guest has rebooted' })
  t.true(await agent())
  t.is(cloud.writes.filter(write => /softreboot|reset/.test(write)).length, 2)
  t.like((await cloud.read('Instance', 'web'))?.status, { state: 'running' })
  t.is(await uidOfRun(cloud), run)
  await cloud.end()
})

test.serial('a force-stop cuts the power and the instance stays stopped', async t => {
  const cloud = await launched()
  await cloud.apply('InstanceAction', 'off', { instanceRef: { name: 'web' }, type: 'ForceStop' })
  await cloud.inState('stopped')
  await cloud.until('the action', async () => (await cloud.read('InstanceAction', 'off'))?.status?.['phase'] === 'Completed')
  await cloud.pass(60_000)
  t.like((await cloud.read('Instance', 'web'))?.status, { state: 'stopped', stateReason: { code: 'Client.UserInitiatedShutdown' } })
  await cloud.end()
})

test.serial('termination takes the root disk with it and leaves the others', async t => {
  const cloud = await launched({ blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }, { deviceName: '/dev/sdb', size: '1Gi' }] })
  await cloud.remove('Instance', 'web')
  await cloud.until('the instance to be gone', async () => (await cloud.read('Instance', 'web')) === undefined)
  await cloud.pass(60_000)
  t.deepEqual((await cloud.list('Volume')).map(({ metadata }) => metadata.name), ['web-sdb'])
  t.deepEqual((await cloud.list('PersistentVolumeClaim')).map(({ metadata }) => metadata.name).filter(name => name.startsWith('web')), ['web-sdb'])
  t.deepEqual([...await cloud.list('VirtualMachine'), ...await cloud.list('Pod')], [])
  t.deepEqual((await cloud.list('Secret')).map(({ metadata }) => metadata.name).filter(name => name.startsWith('i-')), [])
  await cloud.end()
})

test.serial('an instance that is deleted while it launches is gone for good', async t => {
  for (const after of [50, 1000]) {
    const cloud = await prepared()
    await cloud.apply('Instance', 'web', web)
    await cloud.pass(after)
    await cloud.remove('Instance', 'web')
    await cloud.until('the instance to be gone', async () => (await cloud.read('Instance', 'web')) === undefined)
    await cloud.pass(60_000)
    t.deepEqual([...await cloud.list('VirtualMachine'), ...await cloud.list('Volume'), ...await cloud.list('Pod')], [], `deleted after ${after} ms`)
    await cloud.end()
  }
})

test.serial('bytes are kept when the namespace goes, and go when the Volume is deleted by name', async t => {
  const cloud = await launched()
  const own = async () => (await cloud.list('PersistentVolume')).filter(({ spec }) => (spec['claimRef'] as { name?: string } | undefined)?.name === 'web-sda1')
  t.like((await own())[0]?.spec, { persistentVolumeReclaimPolicy: 'Retain' })
  await cloud.remove('Namespace', 'a')
  await cloud.until('the instance to be gone', async () => (await cloud.list('Instance')).length === 0)
  await cloud.pass(60_000)
  t.is((await own()).length, 1)
  await cloud.end()
})

/** Lives of the operator until `check` holds, each ended at its n-th write. */
const livesUntil = async (cloud: InstanceCloud, n: number, when: 'before' | 'after', check: () => Promise<boolean>): Promise<number> => {
  for (let life = 1; life < 100; life++) {
    cloud.crashAt(n, when)
    cloud.startOperator()
    await cloud.until('the end of this life', async () => cloud.hasCrashed() || await check())
    if (!cloud.hasCrashed()) return life
    await cloud.pass(200)
  }
  throw new Error('it never came to an end')
}

for (const [n, when] of [[1, 'after'], [2, 'before']] as const) {
  test.serial(`an operator that dies ${when} write ${n} of each of its lives launches and terminates an instance, once`, async t => {
    const cloud = await prepared()
    cloud.crashAt(1, 'before')
    await cloud.apply('Instance', 'web', web)
    await cloud.until('the first death', async () => cloud.hasCrashed())
    const runs = new Set<string>()
    const lives = await livesUntil(cloud, n, when, async () => {
      runs.add(await uidOfRun(cloud))
      return (await cloud.read('Instance', 'web'))?.status?.['state'] === 'running'
    })
    t.true(lives > 5, `${lives} lives`)
    runs.delete('')
    t.is(runs.size, 1)
    t.is(cloud.hypervisor.starts([...runs][0] ?? ''), 1)
    t.deepEqual((await cloud.list('Volume')).map(({ metadata }) => metadata.name), ['web-sda1'])
    await cloud.remove('Instance', 'web')
    await cloud.pass(200)
    if (!cloud.hasCrashed()) cloud.crashAt(1, 'before')
    await cloud.until('a death', async () => cloud.hasCrashed())
    await livesUntil(cloud, n, when, async () => (await cloud.read('Instance', 'web')) === undefined)
    t.deepEqual([...await cloud.list('VirtualMachine'), ...await cloud.list('Volume'), ...await cloud.list('Pod')], [])
    await cloud.end()
  })
}
