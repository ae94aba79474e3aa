import test from 'ava'
import { readFile } from 'node:fs/promises'
import { parseAllDocuments } from 'yaml'
import { chartFolder, releaseNamespace } from '../../charts/testing/helm.ts'
import { allExamples } from '../gitops/examples.ts'
import { startReleaseCluster, type ReleaseCluster } from './release.ts'

const onKubernetes = process.env['E2E_CLUSTER'] === 'kubernetes'

let cluster: ReleaseCluster
test.before(async () => {
  cluster = await startReleaseCluster(onKubernetes ? 'kubernetes' : 'sandbox')
})
test.after.always(async () => {
  await cluster?.stop()
})

const get = async <T>(...args: string[]): Promise<T> => JSON.parse(await cluster.kubectl.run(['get', ...args, '-o', 'json'])) as T
const wait = (reference: string, condition: string, ...rest: string[]) => cluster.kubectl.run(['wait', reference, `--for=${condition}`, '--timeout=120s', ...rest])

type Item = { metadata: { name: string; uid: string; resourceVersion: string; finalizers?: string[] } }
type Listed = { items: Item[] }
const uids = async (...args: string[]) => (await get<Listed>(...args)).items.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort()

/** What must not be touched by anything that happens to the release. */
const belongings = async () => ({
  machines: await uids('virtualmachines', '-A'),
  runs: await uids('virtualmachineinstances', '-A'),
  volumes: await uids('volumes.kumulus.dev', '-A'),
  disks: await uids('persistentvolumes'),
  claims: await uids('persistentvolumeclaims', '-A'),
})

/** The first version as it was released: whoever has it must be able to come to this one. */
const firstRelease = new URL('releases/kumulus-0.1.0.tgz', import.meta.url).pathname

test.serial('the first version, upgraded before it has run anything, brings a cloud that an example runs on', async (t) => {
  t.regex(await cluster.helm('install', firstRelease, ...cluster.values), /STATUS: deployed/)
  await cluster.kubectl.run(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])
  t.regex(await cluster.helm('upgrade', chartFolder, ...cluster.values), /STATUS: deployed/)
  await cluster.startPrograms()
  const items = parseAllDocuments(await readFile('examples/quickstart.yaml', 'utf8')).map((document) => document.toJS() as Record<string, unknown>)
  const local = items.map((item) => (item['kind'] === 'Image' ? { ...item, spec: { ...(item['spec'] as object), source: { http: { url: cluster.imageURL } } } } : item))
  await cluster.kubectl.run(['apply', { apiVersion: 'v1', kind: 'List', items: local }])
  await wait('instance/web', 'condition=Ready')
  await wait('kumulus/cluster', 'condition=Ready')
  t.is((await get<{ status: { state: string } }>('instance', 'web')).status.state, 'running')
})

test.serial('the types of the catalogue are offered, each ready', async (t) => {
  const types = await get<Listed>('instancetypes,volumetypes')
  t.is(types.items.length, 49)
  await cluster.kubectl.run(['wait', '--for=condition=Ready', 'instancetype,volumetype', '--all', '--timeout=60s'])
  const { spec } = await get<{ spec: { storageClassName: string } }>('volumetype', 'io2')
  t.is(spec.storageClassName, 'standard')
})

test.serial('the admission server is asked, with a certificate that nobody made by hand', async (t) => {
  const message = await cluster.kubectl.fails(['delete', 'securitygroup.kumulus.dev', 'main-default'])
  t.regex(message, /admission webhook "protect.kumulus.dev" denied the request/)
})

const tenant = (kind: string, apiVersion: string, metadata: object, spec: object) =>
  ({ apiVersion, kind, metadata: { name: 'forged', namespace: 'default', ...metadata }, spec })
const pod = { containers: [{ name: 'c', image: 'none' }] }
const machine = (template: object) => ({ runStrategy: 'Halted', template: { spec: { domain: { devices: {} } }, ...template } })

;(onKubernetes ? test.serial : test.serial.skip)('who may make pods and machines still writes no mark of ours, and nothing that reaches another network', async (t) => {
  const { kubectl } = cluster
  await kubectl.run(['create', 'role', 'machines', '-n', 'default', '--verb=*', '--resource=virtualmachines.kubevirt.io,pods'])
  await kubectl.run(['create', 'rolebinding', 'machines', '-n', 'default', '--role=machines', '--user=mallory'])
  const refused: [object, RegExp][] = [
    [tenant('Pod', 'v1', { labels: { 'sg.kumulus.dev/sg-0123456789abcdef0': '' } }, pod), /kumulus-marks.*sg\.kumulus\.dev/],
    [tenant('Pod', 'v1', { annotations: { 'ovn.kubernetes.io/logical_switch': 'x' } }, pod), /kumulus-machines.*logical_switch=x/],
    [tenant('VirtualMachine', 'kubevirt.io/v1', {}, machine({ metadata: { annotations: { 'hooks.kubevirt.io/hookSidecars': '[]' } } })), /kumulus-machines.*hookSidecars/],
    [tenant('VirtualMachine', 'kubevirt.io/v1', {}, machine({ spec: { domain: { devices: {} }, networks: [{ name: 'a', multus: { networkName: 'x/y' } }] } })), /x\/y is another namespace/],
  ]
  for (const [object, words] of refused) t.regex(await kubectl.fails(['create', '--as', 'mallory', object as Record<string, unknown>]), words)
  await kubectl.run(['create', '--as', 'mallory', tenant('Pod', 'v1', {}, pod)])
  t.regex(await kubectl.fails(['label', '--as', 'mallory', 'pod', 'forged', 'sg.kumulus.dev/sg-0123456789abcdef0=']), /kumulus-marks/)
  await kubectl.run(['label', '--as', 'mallory', 'pod', 'forged', 'app=x'])
  await kubectl.run(['delete', 'pod', 'forged', '--wait=false'])
})

;(onKubernetes ? test.serial : test.serial.skip)('the pods of the release are what a namespace takes that enforces Pod Security restricted', async (t) => {
  const { items } = await get<Listed>('pods', '-n', releaseNamespace, '-l', 'app.kubernetes.io/name=kumulus')
  t.is(items.length, 4)
})

// The programs are today's throughout: what rights they have goes back with the chart, and what they made must not.
test.serial('a rollback to the first version and an upgrade from it leave everything that runs as it is', async (t) => {
  const replicas = async () => (await get<{ spec: { replicas: number } }>('deployment', 'kumulus-operator', '-n', releaseNamespace)).spec.replicas
  const before = await belongings()
  t.regex(await cluster.helm('rollback', '1'), /Rollback was a success/)
  t.is(await replicas(), 2)
  t.deepEqual(await belongings(), before)
  await cluster.stopPrograms()
  t.regex(await cluster.helm('upgrade', chartFolder, ...cluster.values, '--set', 'logLevel=debug', '--set', 'operator.replicas=3'), /STATUS: deployed/)
  await cluster.startPrograms()
  await wait('instance/web', 'condition=Ready')
  t.deepEqual(await belongings(), before)
  t.is(await replicas(), 3)
})

test.serial('an uninstall takes the release and leaves every object, machine and disk', async (t) => {
  const before = await belongings()
  const said = await cluster.helm('uninstall')
  t.regex(said, /kept due to the resource policy/)
  t.regex(said, /\[CustomResourceDefinition\] volumes\.kumulus\.dev/)
  await cluster.stopPrograms()
  t.deepEqual(await belongings(), before)
  for (const kind of ['deployments', 'services', 'serviceaccounts', 'roles', 'networkpolicies', 'poddisruptionbudgets']) {
    const { items } = await get<Listed>(kind, '-n', releaseNamespace, '-l', 'app.kubernetes.io/part-of=kumulus')
    t.deepEqual(items.map(({ metadata }) => metadata.name), [], kind)
  }
  for (const kind of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations', 'validatingadmissionpolicies']) {
    t.deepEqual((await get<Listed>(kind)).items.filter(({ metadata }) => metadata.name.startsWith('kumulus')), [], kind)
  }
})

test.serial('what is deleted while nothing is installed is not destroyed behind anybody’s back: it waits', async (t) => {
  await cluster.kubectl.run(['delete', 'instance', 'web', '--wait=false'])
  const { metadata } = await get<Item>('instance', 'web')
  t.true((metadata.finalizers ?? []).length > 0)
  t.is((await uids('virtualmachines', '-n', 'default')).length, 1)
})

test.serial('a new release takes up where the old one ended', async (t) => {
  t.regex(await cluster.helm('install', chartFolder, ...cluster.values), /STATUS: deployed/)
  await cluster.startPrograms()
  await wait('instance/web', 'delete')
  t.deepEqual(await uids('virtualmachines', '-n', 'default'), [])
})

test.serial('all examples, applied in one go to what one helm install has brought, end with everything ready', async (t) => {
  const examples = allExamples({ http: { url: cluster.imageURL } })
  await cluster.kubectl.run(['apply', examples])
  const ours = examples.items.filter(({ apiVersion }) => apiVersion.startsWith('kumulus.dev/')).map(({ kind }) => `${kind.toLowerCase()}.kumulus.dev`)
  for (const kind of new Set([...ours, 'volume.kumulus.dev'])) await wait(kind, 'condition=Ready', '--all', '-A')
  t.true(examples.items.length > 30)
})

test.serial('an uninstall that takes the definitions too destroys no disk and stops no machine', async (t) => {
  await cluster.helm('upgrade', chartFolder, ...cluster.values, '--set', 'crds.keep=false')
  const before = await belongings()
  t.true(before.runs.length > 2)
  await cluster.helm('uninstall')
  await cluster.stopPrograms()
  const going = await get<Listed>('customresourcedefinitions', '-l', 'app.kubernetes.io/part-of=kumulus')
  t.true(going.items.some(({ metadata }) => metadata.name === 'volumes.kumulus.dev'), 'they wait for what there is of them')
  t.deepEqual({ ...await belongings(), volumes: before.volumes }, before)
  const { items } = await get<{ items: { spec: { persistentVolumeReclaimPolicy: string; claimRef: { name: string } } }[] }>('persistentvolumes')
  t.deepEqual(items.filter(({ spec }) => spec.persistentVolumeReclaimPolicy !== 'Retain' && !spec.claimRef.name.startsWith('ami-')), [])
})
