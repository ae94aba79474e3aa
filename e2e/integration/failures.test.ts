import test from 'ava'
import { startCloud, type Cloud } from '../cloud.ts'

/** So many that their addresses, hosts and disks are contended for; that more of them are no burden is the sandbox's to show. */
const fleet = process.env['E2E_CLUSTER'] === 'kubernetes' ? 60 : 200

let cloud: Cloud
test.before(async () => {
  cloud = await startCloud({ nodes: { count: 4, cpu: '256', memory: '1Ti' } })
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.wait('instance/web', 'condition=Ready')
})
test.after.always(async () => {
  await cloud?.stop()
})

test.serial('an operator killed again and again while it launches leaves one of everything', async (t) => {
  await cloud.apply(list(10, 'crash'))
  for (const pause of [150, 400, 900]) {
    await new Promise((resolve) => setTimeout(resolve, pause))
    await cloud.operator.kill('SIGKILL')
    await cloud.operator.start()
  }
  await Promise.all(names(10, 'crash').map((name) => cloud.wait(`instance/${name}`, 'condition=Ready')))
  await oneOfEach(t, names(10, 'crash'))
})

test.serial('the API server restarted under everything is picked up again', async (t) => {
  if (cloud.apiServer === undefined) return t.pass('the API server is somebody else’s')
  await cloud.apply(list(5, 'restart'))
  await cloud.apiServer.kill('SIGKILL')
  await cloud.apiServer.start()
  await Promise.all(names(5, 'restart').map((name) => cloud.wait(`instance/${name}`, 'condition=Ready')))
  await oneOfEach(t, names(5, 'restart'))
})

test.serial(`${fleet} instances applied at once all run, each with an address of its own`, async (t) => {
  await cloud.apply(list(fleet, 'fleet'))
  await cloud.wait('instance', 'condition=Ready', '--all', '--timeout=150s')
  const { items } = JSON.parse(await cloud.kubectl('get', 'instances', '-o', 'json')) as {
    items: { metadata: { name: string }; status: { privateIPAddress: string; macAddress: string; state: string } }[]
  }
  const found = items.filter(({ metadata }) => metadata.name.startsWith('fleet-'))
  t.is(found.length, fleet)
  t.true(found.every(({ status }) => status.state === 'running'))
  t.is(new Set(items.map(({ status }) => status.privateIPAddress)).size, items.length)
  t.is(new Set(items.map(({ status }) => status.macAddress)).size, items.length)
})

test.serial('what the admission server could not see while it was down is caught by the operator', async (t) => {
  await cloud.admission.kill()
  await cloud.apply({
    apiVersion: 'kumulus.dev/v1alpha1',
    kind: 'Subnet',
    metadata: { name: 'outside' },
    spec: { vpcRef: { name: 'main' }, cidrBlock: '192.168.0.0/24', availabilityZone: 'zone-a' },
  })
  await cloud.wait('subnet.kumulus.dev/outside', 'condition=Stalled')
  const { status } = (await cloud.get('subnet.kumulus.dev/outside')) as { status: { conditions: { type: string; message: string }[] } }
  t.regex(status.conditions.find(({ type }) => type === 'Stalled')?.message ?? '', /cidrBlock/)
  // Without it nothing can be deleted: where the cluster is somebody else's, the tests would leave all that they made.
  await cloud.admission.start()
})

const names = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, index) => `${prefix}-${index}`)

const list = (count: number, prefix: string) => ({
  apiVersion: 'v1',
  kind: 'List',
  items: names(count, prefix).map((name) => ({
    apiVersion: 'kumulus.dev/v1alpha1',
    kind: 'Instance',
    metadata: { name },
    spec: { instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }] },
  })),
})

/** One VirtualMachine, one VirtualMachineInstance and one root volume an instance, and none besides. */
const oneOfEach = async (t: { is: (actual: unknown, expected: unknown, message?: string) => boolean }, expected: string[]) => {
  for (const kind of ['virtualmachines', 'virtualmachineinstances', 'volumes.kumulus.dev', 'datavolumes']) {
    const found = (await cloud.kubectl('get', kind, '-o', 'name')).trim().split('\n').map((line) => line.split('/')[1] ?? '')
    for (const name of expected) {
      t.is(found.filter((each) => each === name || each.startsWith(`${name}-`)).length, 1, `${kind} of ${name}`)
    }
  }
}
