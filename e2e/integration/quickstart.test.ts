import test from 'ava'
import { startCloud, type Cloud } from '../cloud.ts'
import { eventually } from '../eventually.ts'

let cloud: Cloud
test.before(async () => {
  cloud = await startCloud()
})
test.after.always(async () => {
  await cloud?.stop()
})

test.serial('the quickstart applied in one go becomes a running instance', async (t) => {
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.wait('instance/web', 'condition=Ready')
  const table = await cloud.kubectl('get', 'instances')
  const [header, row] = table.trim().split('\n').map((line) => line.trim().split(/\s{2,}/))
  t.deepEqual(header, ['NAME', 'STATE', 'TYPE', 'PRIVATE-IP', 'ZONE', 'ID', 'AGE'])
  t.deepEqual(row?.slice(0, 5), ['web', 'running', 't3.micro', '10.0.1.5', 'zone-a'])
  t.regex(row?.[5] ?? '', /^i-[0-9a-f]{17}$/)
})

test.serial('every object of the quickstart becomes Ready', async (t) => {
  for (const kind of ['vpc.kumulus.dev/main', 'subnet.kumulus.dev/public-a', 'securitygroup.kumulus.dev/web', 'keypair/ops', 'instancetype/t3.micro', 'volumetype/gp3', 'image/linux']) {
    await cloud.wait(kind, 'condition=Ready')
  }
  await cloud.wait('volume', 'condition=Ready', '--all')
  t.pass()
})

test.serial('describe shows what happened to an instance', async (t) => {
  const text = await cloud.kubectl('describe', 'instance', 'web')
  t.regex(text, /State:\s+running/)
  t.regex(text, /Private IPAddress:\s+10\.0\.1\.5/)
  t.regex(text, /Events:\n[\s\S]*Normal/)
})

test.serial('an instance stops, keeps its address and starts again', async (t) => {
  await cloud.patch('instance/web', { spec: { state: 'Stopped' } })
  await cloud.wait('instance/web', 'jsonpath={.status.state}=stopped')
  const stopped = await cloud.get('instance/web')
  t.like(stopped, { status: { privateIPAddress: '10.0.1.5' } })
  t.like(readyOf(stopped), { status: 'True', reason: 'Stopped' })
  await cloud.patch('instance/web', { spec: { state: 'Running' } })
  await cloud.wait('instance/web', 'jsonpath={.status.state}=running')
  t.like(await cloud.get('instance/web'), { status: { privateIPAddress: '10.0.1.5' } })
})

test.serial('a new instance type waits for the next stop and start, and says so', async (t) => {
  await cloud.apply({
    apiVersion: 'kumulus.dev/v1alpha1',
    kind: 'InstanceType',
    metadata: { name: 't3.small' },
    spec: { family: 'GeneralPurpose', architecture: 'x86_64', vcpus: 2, memory: '2Gi' },
  })
  await cloud.patch('instance/web', { spec: { instanceType: 't3.small' } })
  await cloud.wait('instance/web', 'jsonpath={.status.pendingChanges[0].desired}=t3.small')
  t.like(await cloud.get('instance/web'), {
    status: { instanceType: 't3.micro', pendingChanges: [{ current: 't3.micro', desired: 't3.small', takesEffect: 'StopStart' }] },
  })
  await cloud.patch('instance/web', { spec: { state: 'Stopped' } })
  await cloud.wait('instance/web', 'jsonpath={.status.state}=stopped')
  await cloud.patch('instance/web', { spec: { state: 'Running' } })
  await cloud.wait('instance/web', 'jsonpath={.status.state}=running')
  const changed = await cloud.get('instance/web')
  t.like(changed, { status: { instanceType: 't3.small' } })
  t.deepEqual((changed.status as { pendingChanges?: unknown[] }).pendingChanges ?? [], [])
})

test.serial('security groups change while the instance runs', async (t) => {
  await cloud.apply({
    apiVersion: 'kumulus.dev/v1alpha1',
    kind: 'SecurityGroup',
    metadata: { name: 'db' },
    spec: { vpcRef: { name: 'main' }, description: 'PostgreSQL', ingressRules: [{ protocol: 'tcp', fromPort: 5432, toPort: 5432, cidr: '10.0.0.0/16' }] },
  })
  await cloud.patch('instance/web', { spec: { securityGroupRefs: [{ name: 'db' }] } })
  await cloud.wait('instance/web', 'jsonpath={.status.securityGroups[0].groupName}=db')
  const group = await cloud.get('securitygroup.kumulus.dev/db')
  const label = `sg.kumulus.dev/${(group.status as { groupID: string }).groupID}`
  const pods = JSON.parse(await cloud.kubectl('get', 'pods', '-l', label, '-o', 'json')) as { items: unknown[] }
  t.is(pods.items.length, 1, 'the running launcher pod carries the label of the new group')
})

test.serial('a reboot is asked for once and done once', async (t) => {
  await cloud.kubectl('annotate', 'instance', 'web', 'kumulus.dev/reboot-requested-at=2026-11-22T10:00:00Z')
  await cloud.wait('instance/web', 'jsonpath={.status.lastHandledRebootRequest}=2026-11-22T10:00:00Z')
  await cloud.apply({
    apiVersion: 'kumulus.dev/v1alpha1',
    kind: 'InstanceAction',
    metadata: { name: 'reboot-1' },
    spec: { instanceRef: { name: 'web' }, type: 'Reboot' },
  })
  await cloud.wait('instanceaction/reboot-1', 'jsonpath={.status.phase}=Completed')
  t.like(await cloud.get('instance/web'), { status: { state: 'running' } })
})

test.serial('termination protection refuses the delete and says how to lift it', async (t) => {
  await cloud.patch('instance/web', { spec: { disableAPITermination: true } })
  const refused = await cloud.fails('delete', 'instance', 'web')
  t.regex(refused, /disableAPITermination/)
  await cloud.patch('instance/web', { spec: { disableAPITermination: false } })
})

test.serial('terminating the instance and deleting the rest leaves nothing behind', async (t) => {
  await cloud.kubectl('delete', 'instance', 'web', '--timeout=60s')
  await cloud.kubectl('delete', 'images,keypairs,subnets.kumulus.dev,vpcs.kumulus.dev', '--all', '--wait=false')
  await cloud.kubectl('delete', 'securitygroups.kumulus.dev', 'web', 'db', '--timeout=60s')
  await cloud.kubectl('wait', '--for=delete', 'images/linux', 'vpcs.kumulus.dev/main', '--timeout=60s')
  for (const kind of ['virtualmachines', 'virtualmachineinstances', 'pods', 'datavolumes', 'persistentvolumeclaims', 'persistentvolumes', 'secrets',
    'networkpolicies', 'vpcs.kubeovn.io', 'subnets.kubeovn.io', 'volumes.kumulus.dev', 'securitygroups.kumulus.dev']) {
    const left = async () => (await cloud.kubectl('get', kind, '-n', 'default', '-l', 'app.kubernetes.io/managed-by=kumulus', '-o', 'name')).trim()
    // What has an owner goes when the garbage collector comes to it.
    t.is(await eventually(left, (names) => names === ''), '', `${kind} left behind`)
  }
})

const readyOf = (object: Record<string, unknown>): unknown =>
  (object.status as { conditions: { type: string }[] }).conditions.find(({ type }) => type === 'Ready')
