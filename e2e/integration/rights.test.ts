/** Everything that our programs have a right for, done once: `make test-kubernetes` holds it against the API server's audit log. */
import test from 'ava'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import { startCloud, type Cloud } from '../cloud.ts'
import { eventually } from '../eventually.ts'

let cloud: Cloud
test.before(async () => {
  cloud = await startCloud()
})
test.after.always(async () => {
  await cloud?.stop()
})

type Manifest = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string }; spec?: Record<string, unknown> }
type Condition = { type: string; reason: string; message: string }
type Item = Manifest & { metadata: { uid: string }; status?: { conditions?: Condition[] } }

const ours = (kind: string, name: string, spec: Record<string, unknown>): Manifest => ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec })
const spec = { instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: 'public-a' } }
const reason = (kind: string, name: string, expected: string) => cloud.wait(`${kind}/${name}`, `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${expected}`)
const items = async (...args: string[]): Promise<Item[]> => (JSON.parse(await cloud.kubectl('get', ...args, '-o', 'json')) as { items: Item[] }).items

test.serial('user data of a Secret, a paused guest that is reset, and a plug that is pulled', async (t) => {
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'seed' }, stringData: { script: '#!/bin/sh' } })
  await cloud.apply(ours('Instance', 'seeded', { ...spec, userDataSecretRef: { name: 'seed', key: 'script' } }))
  await cloud.wait('instance/seeded', 'condition=Ready')
  const path = '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/seeded/pause'
  await cloud.kubectl('replace', '--raw', path, {})
  await cloud.apply(ours('InstanceAction', 'paused', { instanceRef: { name: 'seeded' }, type: 'Reboot' }))
  await reason('instanceaction', 'paused', 'Completed')
  await cloud.apply(ours('InstanceAction', 'unplugged', { instanceRef: { name: 'seeded' }, type: 'ForceStop' }))
  await reason('instance', 'seeded', 'Stopped')
  t.pass()
})

test.serial('user data that is changed while an instance is stopped is what its next start is given', async (t) => {
  const seed = async () => {
    const [secret] = (await items('secrets', '-l', 'kumulus.dev/owner-name=seeded')).filter(({ metadata }) => metadata.name.endsWith('-user-data'))
    return Buffer.from((secret as { data?: { userdata?: string } } | undefined)?.data?.userdata ?? '', 'base64').toString()
  }
  t.is(await seed(), '#!/bin/sh')
  await cloud.patch('instance/seeded', { spec: { state: 'Stopped', userDataSecretRef: null, userData: '#!/bin/sh\n# again' } })
  await reason('instance', 'seeded', 'Stopped')
  await cloud.patch('instance/seeded', { spec: { state: 'Running' } })
  await cloud.wait('instance/seeded', 'jsonpath={.status.state}=running')
  t.is(await seed(), '#!/bin/sh\n# again')
})

test.serial('a guest that shuts itself down is terminated where its spec says so', async (t) => {
  await cloud.apply(ours('Instance', 'brief', { ...spec, instanceInitiatedShutdownBehavior: 'Terminate', userData: '#!/bin/sh\npoweroff\n' }))
  await cloud.kubectl('wait', '--for=delete', 'instance/brief', '--timeout=60s')
  t.pass()
})

test.serial('a guest whose pod is deleted is started again, and never terminated', async (t) => {
  await cloud.apply(ours('Instance', 'kept', { ...spec, instanceInitiatedShutdownBehavior: 'Terminate' }))
  await cloud.wait('instance/kept', 'condition=Ready')
  const run = async () => (await items('virtualmachineinstances')).find(({ metadata }) => metadata.name === 'kept')?.metadata.uid
  const before = await run()
  await cloud.kubectl('delete', 'pod', '-l', 'kumulus.dev/owner-name=kept,kubevirt.io=virt-launcher')
  const isAnother = (uid: string | undefined) => ![before, undefined].includes(uid)
  t.true(isAnother(await eventually(run, isAnother)), 'the guest is not started again')
  await cloud.wait('instance/kept', 'jsonpath={.status.state}=running')
  await cloud.wait('instance/kept', 'condition=Ready')
  t.pass()
})

test.serial('a volume grows under its instance, and one whose claim has lost its DataVolume takes the claim with it', async (t) => {
  await cloud.patch('volume.kumulus.dev/kept-sda1', { spec: { size: '2Gi' } })
  await cloud.wait('volume.kumulus.dev/kept-sda1', 'jsonpath={.status.size}=2Gi')
  await cloud.apply(ours('Volume', 'copy', { availabilityZone: 'zone-a', imageRef: { name: 'linux' } }))
  await reason('volume.kumulus.dev', 'copy', 'Available')
  await cloud.kubectl('delete', 'datavolume', 'copy', '--cascade=orphan')
  await cloud.kubectl('delete', 'volume.kumulus.dev', 'copy', '--timeout=60s')
  t.deepEqual((await items('persistentvolumeclaims')).filter(({ metadata }) => metadata.name === 'copy'), [])
})

test.serial('a certificate that somebody has spoilt is made anew, and admission goes on', async (t) => {
  const secret = ['secret', 'kumulus-admission-certificate', '-n', 'kumulus-system'] as const
  const certificate = () => cloud.kubectl('get', ...secret, '-o', 'jsonpath={.data.tls\\.crt}')
  await cloud.kubectl('patch', ...secret, '--type=merge', '-p', JSON.stringify({ data: { 'tls.crt': '' } }))
  t.not(await eventually(certificate, (text) => text !== ''), '')
  // Until the API server has the new authority.
  t.regex(await eventually(() => cloud.fails('create', ours('VPC', 'large', { cidrBlocks: ['10.0.0.0/8'] })), (message) => message.includes('/16')), /\/16/)
})

test.serial('what is deleted goes, with what was made for it in the cluster', async (t) => {
  for (const kind of ['instances', 'images', 'keypairs']) await cloud.kubectl('delete', kind, '--all', '--timeout=60s')
  await cloud.kubectl('delete', 'subnets.kumulus.dev,vpcs.kumulus.dev', '--all', '--wait=false')
  await cloud.kubectl('delete', 'securitygroups.kumulus.dev', 'web', '--timeout=60s')
  await cloud.kubectl('delete', 'instancetypes,volumetypes', '--all', '--timeout=60s')
  await cloud.kubectl('wait', '--for=delete', 'vpcs.kumulus.dev/main', '--timeout=60s')
  t.deepEqual(await items('virtualmachineclusterinstancetypes'), [])
})

test.serial('strangers under every name that is wanted are met, named and left alone, and all goes on when they have gone', async (t) => {
  await cloud.operator.kill()
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.apply(ours('Volume', 'spare', { availabilityZone: 'zone-a', size: '1Gi' }))
  const planted = await strangers()
  for (const stranger of planted) await cloud.kubectl('create', stranger)
  let left = planted
  // Whoever waits behind one comes to the next when that has gone.
  while (left.length > 0) {
    await cloud.operator.start()
    const met = await eventually(async () => {
      const messages = await conflicts()
      return left.filter((stranger) => messages.some((message) => message.startsWith(`${titleOf(stranger)} exists`)))
    }, ({ length }) => length > 0)
    if (met.length === 0) return t.deepEqual(left, [], 'nobody says that these are in the way')
    for (const stranger of met) await cloud.kubectl('delete', '--timeout=60s', stranger)
    left = left.filter((stranger) => !met.includes(stranger))
    // A conflict is looked at again after minutes: a new process looks at once.
    await cloud.operator.kill()
  }
  await cloud.operator.start()
  await cloud.wait('instance/web', 'condition=Ready')
  t.deepEqual(await conflicts(), [])
})

const titleOf = ({ kind, metadata: { name, namespace } }: Manifest): string => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const conflicts = async (): Promise<string[]> => (await items('kumulus'))
  .flatMap(({ status }) => status?.conditions ?? []).filter(({ type, reason: why }) => type === 'Ready' && why === 'NameConflict').map(({ message }) => message)

/** One under each name that the quickstart and a spare volume will want. */
const strangers = async (): Promise<Manifest[]> => {
  const all = await items('kumulus')
  const id = (kind: string, name: string, prefix: Parameters<typeof idOf>[0]) =>
    idOf(prefix, all.find((item) => item.kind === kind && item.metadata.name === name)?.metadata.uid ?? '')
  const inside = (apiVersion: string, kind: string, name: string, body: object): Manifest => ({ apiVersion, kind, metadata: { name, namespace: 'default' }, ...body })
  const image = id('Image', 'linux', idPrefixes.image)
  const claim = { resources: { requests: { storage: '1Gi' } } }
  return [
    { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: id('VPC', 'main', idPrefixes.vpc) }, spec: {} },
    { apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name: id('Subnet', 'public-a', idPrefixes.subnet) }, spec: { cidrBlock: '10.77.0.0/24' } },
    {
      apiVersion: 'instancetype.kubevirt.io/v1beta1', kind: 'VirtualMachineClusterInstancetype', metadata: { name: 'kumulus.t3.micro' },
      spec: { cpu: { guest: 1 }, memory: { guest: '1Gi' } },
    },
    inside('kumulus.dev/v1alpha1', 'SecurityGroup', 'main-default', { spec: { vpcRef: { name: 'main' }, description: 'mine' } }),
    inside('k8s.cni.cncf.io/v1', 'NetworkAttachmentDefinition', 'public-a', { spec: { config: '{}' } }),
    inside('networking.k8s.io/v1', 'NetworkPolicy', id('SecurityGroup', 'web', idPrefixes.securityGroup), { spec: { podSelector: { matchLabels: { a: 'b' } } } }),
    inside('cdi.kubevirt.io/v1beta1', 'DataVolume', 'spare', { spec: { source: { blank: {} }, storage: claim } }),
    inside('snapshot.storage.k8s.io/v1', 'VolumeSnapshot', image, { spec: { source: { persistentVolumeClaimName: 'x' } } }),
    inside('cdi.kubevirt.io/v1beta1', 'DataSource', image, { spec: { source: { pvc: { namespace: 'default', name: 'x' } } } }),
    inside('kumulus.dev/v1alpha1', 'Volume', 'web-sda1', { spec: { availabilityZone: 'zone-a', size: '1Gi' } }),
    inside('kubevirt.io/v1', 'VirtualMachine', 'web', { spec: { runStrategy: 'Halted', template: { spec: { domain: { devices: {} } } } } }),
  ]
}
