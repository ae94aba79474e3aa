import test from 'ava'
import { startCloud, type Cloud } from '../cloud.ts'

let cloud: Cloud
test.before(async () => {
  cloud = await startCloud()
})
test.after.always(async () => {
  await cloud?.stop()
})

test.serial('two accounts use the same names and the same address range and share nothing', async (t) => {
  for (const namespace of ['alpha', 'beta']) {
    await cloud.openAccount(namespace)
    await cloud.applyFile('examples/quickstart.yaml', namespace)
  }
  await cloud.wait('instance/web', 'condition=Ready', '-n', 'alpha')
  await cloud.wait('instance/web', 'condition=Ready', '-n', 'beta')
  const [alpha, beta] = await Promise.all(['alpha', 'beta'].map((namespace) => cloud.get('instance/web', namespace)))
  const fields = ['instanceID', 'vpcID', 'subnetID', 'imageID', 'macAddress'] as const
  for (const field of fields) t.not(statusOf(alpha)[field], statusOf(beta)[field], `${field} is an account's own`)
  t.is(statusOf(alpha).privateIPAddress, statusOf(beta).privateIPAddress)
})

test.serial("an account's namespace can be deleted whole, which leaves the other's instance running", async (t) => {
  await cloud.kubectl('delete', 'namespace', 'alpha', '--timeout=60s')
  t.like(await cloud.get('instance/web', 'beta'), { status: { state: 'running' } })
})

test.serial('an image of another account that is not shared is refused by name', async (t) => {
  const manifest = instance('borrowed', { imageRef: { name: 'linux', namespace: 'beta' } })
  await cloud.openAccount('alpha')
  await cloud.applyFile('examples/quickstart.yaml', 'alpha')
  const refused = await cloud.fails('apply', '-n', 'alpha', manifest)
  t.regex(refused, /imageRef/)
  t.regex(refused, /launchPermissions/)
})

test.serial('an image shared with the account launches there', async (t) => {
  await cloud.patch('image/linux', { spec: { launchPermissions: { namespaces: ['alpha'] } } }, 'beta')
  await cloud.apply(instance('borrowed', { imageRef: { name: 'linux', namespace: 'beta' } }), 'alpha')
  await cloud.wait('instance/borrowed', 'condition=Ready', '-n', 'alpha')
  t.like(await cloud.get('instance/borrowed', 'alpha'), { status: { state: 'running' } })
})

const instance = (name: string, spec: Record<string, unknown>) => ({
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'Instance',
  metadata: { name },
  spec: { instanceType: 't3.micro', subnetRef: { name: 'public-a' }, ...spec },
})

const statusOf = (object: Record<string, unknown> | undefined): Record<string, unknown> => object?.status as Record<string, unknown>
