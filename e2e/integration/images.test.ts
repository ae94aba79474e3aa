/** Images of several disks and families of images, with real processes, real rights and a real web server. */
import test from 'ava'
import { startCloud, type Cloud } from '../cloud.ts'

let cloud: Cloud
test.before(async () => {
  cloud = await startCloud()
  await cloud.applyFile('examples/quickstart.yaml')
})
test.after.always(async () => {
  await cloud?.stop()
})

type Item = { metadata: { name: string; annotations?: Record<string, string> }; spec: Record<string, unknown>; status: Record<string, unknown> }

const ours = (kind: string, name: string, spec: Record<string, unknown>) => ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec })
const get = async (kind: string, name: string, namespace = 'default') => await cloud.get(`${kind.toLowerCase()}.kumulus.dev/${name}`, namespace) as Item
const become = (kind: string, name: string, reason: string, ...rest: string[]) =>
  cloud.wait(`${kind.toLowerCase()}.kumulus.dev/${name}`, `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`, ...rest)

test.serial('a family asks its web server which file it has, and what is launched from it names the version', async (t) => {
  const { source } = (await get('Image', 'linux')).spec as { source: { http: object } }
  await cloud.apply(ours('Image', 'nightly', { source: { http: { ...source.http, refresh: '0 4 * * *' } }, minSize: '256Mi' }))
  await become('Image', 'nightly', 'Available')
  const family = await get('Image', 'nightly')
  const latest = family.status['latest'] as { name: string; imageID: string }
  t.regex((await get('Image', latest.name)).metadata.annotations?.['kumulus.dev/source-etag'] ?? '', /^"\d+-\d+"$/)
  t.regex(String((family.status['refresh'] as { etag: string }).etag), /^"\d+-\d+"$/)
  await cloud.apply(ours('Instance', 'books', {
    instanceType: 't3.micro', imageRef: { name: 'nightly' }, subnetRef: { name: 'public-a' },
    blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }, { deviceName: '/dev/sdb', size: '2Gi', deleteOnTermination: true }],
  }))
  await become('Instance', 'books', 'Running')
  t.is((await get('Instance', 'books')).status['imageID'], latest.imageID)
  t.deepEqual((await get('Volume', 'books-sda1')).spec['imageRef'], { name: latest.name })
})

test.serial('all disks of an image are launched in the account that it is shared with, with no right to its Snapshot', async (t) => {
  await cloud.openAccount('branch')
  await cloud.apply(ours('Image', 'golden', { source: { instanceRef: { name: 'books', noReboot: true } }, launchPermissions: { namespaces: ['branch'] } }))
  await become('Image', 'golden', 'Available')
  await cloud.apply(ours('VPC', 'main', { cidrBlocks: ['10.0.0.0/16'] }), 'branch')
  await cloud.apply(ours('Subnet', 'a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' }), 'branch')
  const launch = (name: string, blockDevices: object[]) =>
    ours('Instance', name, { instanceType: 't3.micro', imageRef: { name: 'golden', namespace: 'default' }, subnetRef: { name: 'a' }, blockDevices })
  await cloud.apply(launch('clone', [{ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdb', size: '3Gi' }]), 'branch')
  await become('Instance', 'clone', 'Running', '-n', 'branch')
  const disks = (await get('Instance', 'clone', 'branch')).status['blockDevices'] as { volumeName: string; fromImage: boolean }[]
  t.deepEqual(disks.map(({ volumeName, fromImage }) => [volumeName, fromImage]), [['clone-sda1', true], ['clone-sdb', true]])
  t.is((await get('Volume', 'clone-sdb', 'branch')).status['size'], '3Gi')
  t.regex(await cloud.fails('create', '-n', 'branch', launch('small', [{ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdb', size: '1Gi' }])),
    /spec\.blockDevices\[1\]\.size: 1Gi is too small for the disk \/dev\/sdb of the image golden: use at least 2Gi/)
  t.regex(await cloud.fails('create', '-n', 'branch', launch('odd', [{ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdz', noDevice: true }])),
    /noDevice: the image golden has beside its root \/dev\/sdb/)
})

test.serial('with a family go its versions, and what runs goes on', async (t) => {
  await cloud.kubectl('delete', 'image.kumulus.dev/nightly', '--timeout=120s')
  const { items } = JSON.parse(await cloud.kubectl('get', 'images.kumulus.dev', '-o', 'json')) as { items: Item[] }
  t.deepEqual(items.map(({ metadata }) => metadata.name).sort(), ['golden', 'linux'])
  await become('Instance', 'books', 'Running')
})
