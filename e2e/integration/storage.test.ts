/** The life of disks and images in a cluster of real processes: changed, frozen, copied, moved, shared and deleted; at the end nothing is left. */
import test from 'ava'
import { idOf, idPrefixes } from '../../crds/ids.ts'
import { attributesClassName } from '../../operator/providers/csi/attributes-class.ts'
import { startCloud, type Cloud } from '../cloud.ts'
import { eventually } from '../eventually.ts'

let cloud: Cloud
test.before(async () => {
  cloud = await startCloud()
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.apply(ours('VolumeType', 'tuned', {
    storageClassName: 'standard', iops: { min: 100, max: 16_000 }, volumeAttributeParameters: { iops: '{iops}' },
  }))
  // The simulated guest has an agent where its user data speaks of one.
  await cloud.apply(ours('Instance', 'books', {
    instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: 'public-a' }, userData: '#!/bin/sh\n# qemu-guest-agent',
    blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi', volumeType: 'tuned' }, { deviceName: '/dev/sdf', size: '1Gi', deleteOnTermination: true }],
  }))
  await cloud.wait('instance/books', 'condition=Ready')
  await cloud.wait('virtualmachineinstance/books', 'condition=AgentConnected')
})
test.after.always(async () => {
  await cloud?.stop()
})

type Item = { kind: string; metadata: { name: string; uid: string }; spec: Record<string, unknown>; status?: Record<string, unknown> }

const ours = (kind: string, name: string, spec: Record<string, unknown>) => ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec })
const referenceOf = (kind: string, name: string) => `${kind.toLowerCase()}.kumulus.dev/${name}`
const become = (kind: string, name: string, reason: string, ...rest: string[]) =>
  cloud.wait(referenceOf(kind, name), `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`, ...rest)
const items = async (...args: string[]): Promise<Item[]> => (JSON.parse(await cloud.kubectl('get', ...args, '-o', 'json')) as { items: Item[] }).items
/** Unlike kubectl's own waiting it says what keeps an object that does not go. */
const remove = async (kind: string, name: string, ...rest: string[]): Promise<void> => {
  await cloud.kubectl('delete', referenceOf(kind, name), '--wait=false', ...rest)
  await cloud.wait(referenceOf(kind, name), 'delete', ...rest)
}

test.serial('a volume under a running instance grows and is given other performance', async (t) => {
  await cloud.patch('volume.kumulus.dev/books-sda1', { spec: { size: '2Gi', iops: 300 } })
  await cloud.wait('volume.kumulus.dev/books-sda1', 'jsonpath={.status.iops}=300')
  await cloud.wait('volume.kumulus.dev/books-sda1', 'jsonpath={.status.size}=2Gi')
  t.is((await items('volumeattributesclasses')).length, 1)
})

test.serial('all disks of an instance are snapshotted with its file systems standing still, and each becomes a volume again', async (t) => {
  await cloud.apply(ours('Snapshot', 'before', { instanceRef: { name: 'books' } }))
  await become('Snapshot', 'before', 'Completed')
  t.is(((await cloud.get('snapshot/before')) as Item).status?.['consistency'], 'Filesystem')
  await cloud.apply(ours('Volume', 'restored', { availabilityZone: 'zone-a', size: '2Gi', snapshotRef: { name: 'before', deviceName: '/dev/sdf' } }))
  await become('Volume', 'restored', 'Available')
  t.is(((await cloud.get('volume.kumulus.dev/restored')) as Item).status?.['size'], '2Gi')
})

test.serial('a volume moves from one running instance to another, and is never of two', async (t) => {
  await cloud.apply(ours('VolumeAttachment', 'here', { volumeRef: { name: 'restored' }, instanceRef: { name: 'books' }, device: '/dev/sdh' }))
  await become('VolumeAttachment', 'here', 'Attached')
  const there = ours('VolumeAttachment', 'there', { volumeRef: { name: 'restored' }, instanceRef: { name: 'web' }, device: '/dev/sdh' })
  t.regex(await cloud.fails('create', there), /spec\.volumeRef: the volume restored is attached to books/)
  await remove('VolumeAttachment', 'here')
  await cloud.kubectl('create', there)
  await become('VolumeAttachment', 'there', 'Attached')
  await remove('VolumeAttachment', 'there')
  await become('Volume', 'restored', 'Available')
})

test.serial('an interface comes to a running instance and leaves it with its address', async (t) => {
  const attachment = { instanceRef: { name: 'books' }, deviceIndex: 1 }
  await cloud.apply(ours('NetworkInterface', 'second', { subnetRef: { name: 'public-a' }, attachment }))
  await become('NetworkInterface', 'second', 'InUse')
  await cloud.patch('networkinterface/second', { spec: { attachment: null } })
  await become('NetworkInterface', 'second', 'Available')
  await remove('NetworkInterface', 'second')
  t.pass()
})

test.serial('an image of an instance that is stopped for it launches another, also in the account it is shared with', async (t) => {
  await cloud.openAccount('branch')
  await cloud.apply(ours('Image', 'golden', { source: { instanceRef: { name: 'books' } }, launchPermissions: { namespaces: ['branch'] } }))
  await become('Image', 'golden', 'Available')
  await become('Instance', 'books', 'Running')
  await cloud.apply(ours('Volume', 'copy', { availabilityZone: 'zone-a', imageRef: { name: 'golden', namespace: 'default' } }), 'branch')
  await become('Volume', 'copy', 'Available', '-n', 'branch')
  await remove('Volume', 'copy', '-n', 'branch')
  t.pass()
})

test.serial('an image whose share is taken back is launched where a role lets the account clone, and nowhere else', async (t) => {
  await cloud.patch('image/golden', { spec: { launchPermissions: { namespaces: null } } })
  const copy = ours('Volume', 'copy', { availabilityZone: 'zone-a', imageRef: { name: 'golden', namespace: 'default' } })
  t.regex(await cloud.fails('apply', '-n', 'branch', copy), /spec\.imageRef: no image golden of the namespace default is shared with the namespace branch/)
  const access = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'cloners', namespace: 'default' } }
  const rules = [{ apiGroups: ['cdi.kubevirt.io'], resources: ['datavolumes/source'], verbs: ['create'] }]
  const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: 'branch' }]
  await cloud.apply({ ...access, kind: 'Role', rules })
  await cloud.apply({ ...access, kind: 'RoleBinding', roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'cloners' }, subjects })
  await cloud.apply(copy, 'branch')
  await become('Volume', 'copy', 'Available', '-n', 'branch')
  await remove('Volume', 'copy', '-n', 'branch')
  await remove('Image', 'golden')
})

test.serial('a snapshot that an account was given is a volume there, and stays until that has its own bytes or is gone', async (t) => {
  await cloud.patch('snapshot.kumulus.dev/before', { spec: { createVolumePermissions: { namespaces: ['branch'] } } })
  await cloud.apply(ours('Volume', 'given', {
    availabilityZone: 'zone-a', snapshotRef: { name: 'before', namespace: 'default', deviceName: '/dev/sdf' },
  }), 'branch')
  await become('Volume', 'given', 'Available', '-n', 'branch')
  await cloud.kubectl('delete', 'snapshot.kumulus.dev/before', '--wait=false')
  await become('Snapshot', 'before', 'DependencyViolation')
  t.regex(JSON.stringify(await cloud.get('snapshot.kumulus.dev/before')), /a Volume of another account \(copied when it is first attached\)/)
  await remove('Volume', 'given', '-n', 'branch')
  await cloud.wait('snapshot.kumulus.dev/before', 'delete')
})

test.serial('a volume that is to leave a last snapshot leaves it, and goes', async (t) => {
  await cloud.patch('volume.kumulus.dev/restored', { spec: { deletionPolicy: 'Snapshot' } })
  await remove('Volume', 'restored')
  const [last, ...others] = await items('snapshots.kumulus.dev')
  t.deepEqual(others, [])
  await become('Snapshot', last?.metadata.name ?? '', 'Completed')
  await remove('Snapshot', last?.metadata.name ?? '')
})

/** One under each name that is wanted next, after who complains of it. */
const strangersOf = (all: readonly Item[]) => {
  const id = (kind: string, name: string, prefix: Parameters<typeof idOf>[0]) =>
    idOf(prefix, all.find((item) => item.kind === kind && item.metadata.name === name)?.metadata.uid ?? '')
  const snapshot = { source: { persistentVolumeClaimName: 'x' } }
  const inside = (apiVersion: string, kind: string, name: string, spec: object) => ({ apiVersion, kind, metadata: { name, namespace: 'default' }, spec })
  const tuned = { name: 'tuned', uid: all.find(({ kind, metadata }) => kind === 'VolumeType' && metadata.name === 'tuned')?.metadata.uid ?? '' }
  return [
    {
      apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttributesClass', driverName: 'stranger', parameters: { iops: '400' },
      metadata: { name: attributesClassName(tuned, { driver: 'sandbox.kumulus.dev', parameters: { iops: '400' } }) },
    },
    inside('snapshot.storage.k8s.io/v1', 'VolumeSnapshot', `${id('Snapshot', 'single', idPrefixes.snapshot)}-${id('Volume', 'web-sda1', idPrefixes.volume)}`, snapshot),
    inside('k8s.cni.cncf.io/v1', 'NetworkAttachmentDefinition', id('NetworkInterface', 'third', idPrefixes.networkInterface), { config: '{}' }),
  ]
}

test.serial('strangers under the names of a class, a snapshot and an interface are named and left alone, and all goes on when they have gone', async (t) => {
  await cloud.operator.kill()
  await cloud.apply(ours('Snapshot', 'single', { volumeRef: { name: 'web-sda1' } }))
  await cloud.apply(ours('NetworkInterface', 'third', { subnetRef: { name: 'public-a' } }))
  const strangers = strangersOf(await items('kumulus'))
  for (const stranger of strangers) await cloud.kubectl('create', stranger)
  await cloud.apply(ours('Volume', 'fast', { availabilityZone: 'zone-a', size: '1Gi', volumeType: 'tuned', iops: 400 }))
  await cloud.operator.start()
  for (const [kind, name] of [['VolumeType', 'tuned'], ['Snapshot', 'single'], ['NetworkInterface', 'third']] as const) await become(kind, name, 'NameConflict')
  for (const stranger of strangers) await cloud.kubectl('delete', '--timeout=60s', stranger)
  // A conflict is looked at again after minutes: a new process looks at once.
  await cloud.operator.kill()
  await cloud.operator.start()
  await become('VolumeType', 'tuned', 'Available')
  await become('Snapshot', 'single', 'Completed')
  await become('NetworkInterface', 'third', 'Available')
  t.pass()
})

test.serial('when all that was made is deleted by name, no claim, volume, snapshot or content is left', async (t) => {
  const attachment = { instanceRef: { name: 'books' }, deviceIndex: 1, deleteOnTermination: true }
  await cloud.apply(ours('NetworkInterface', 'fourth', { subnetRef: { name: 'public-a' }, attachment }))
  await become('NetworkInterface', 'fourth', 'InUse')
  await remove('NetworkInterface', 'third')
  const kinds = ['instances', 'images', 'snapshots', 'volumes', 'keypairs'].map((kind) => `${kind}.kumulus.dev`).join(',')
  await cloud.kubectl('delete', kinds, '--all', '--timeout=120s')
  await cloud.wait('networkinterface/fourth', 'delete')
  const left = async () => (await items('persistentvolumeclaims,persistentvolumes,datavolumes,volumesnapshots,volumesnapshotcontents', '-A'))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
  t.deepEqual(await eventually(left, ({ length }) => length === 0), [])
})
