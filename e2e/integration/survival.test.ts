import test, { type ExecutionContext } from 'ava'
import { startDisksAtStake, type Bytes, type DisksAtStake } from '../disks-at-stake.ts'
import { eventually } from '../eventually.ts'

let cloud: DisksAtStake
test.before(async () => {
  // What is pruned was deleted by name: where a platform keeps deleted volumes for a while, that can be mended too.
  process.env['KUMULUS_KEEP_DELETED_VOLUMES'] = '24h'
  cloud = await startDisksAtStake()
})
test.after.always(async () => {
  await cloud?.stop()
})

type Listed = { items: { metadata: { name: string; uid: string; labels?: Record<string, string> }; status?: { phase?: string } }[] }
type Conditions = { status?: { conditions?: { type: string; reason: string; message: string }[] } }

const readyOf = async (reference: string, namespace: string) =>
  (await cloud.get<Conditions>(reference, '-n', namespace)).status?.conditions?.find(({ type }) => type === 'Ready')
const uids = async (kind: string, namespace: string) => (await cloud.get<Listed>(kind, '-n', namespace)).items.map(({ metadata }) => metadata.uid).sort()
const uidOf = async (reference: string) => (await cloud.get<{ metadata: { uid: string } }>(reference, '-n', 'lost')).metadata.uid
const leftOf = (kind: string, namespace: string) => eventually(() => uids(kind, namespace), ({ length }) => length === 0)

/** Steps 2 to 5 of the handbook: nothing is made anew before the old is offered. */
const restore = async (namespace: string) => {
  await cloud.plane.operator.kill()
  await cloud.recipe('restore')
  await cloud.recipe('offer', { NAMESPACE: namespace })
  await cloud.recipe('owners', { NAMESPACE: namespace })
  await cloud.plane.operator.start()
}

const survived = async (t: ExecutionContext, before: Bytes) => t.deepEqual(await cloud.onDisk(before), before, 'what was on the disks is on them')

const backTo = async (t: ExecutionContext, namespace: string, before: Bytes) => {
  await cloud.wait('instance/web', 'condition=Ready', namespace)
  for (const name of Object.keys(before)) await cloud.wait(`volumes.kumulus.dev/${name}`, 'condition=Ready', namespace)
  t.deepEqual(await cloud.bytes(namespace), before, 'each volume has the bytes that it had')
}

test.serial('a namespace that was deleted comes back with its disks', async (t) => {
  const before = await cloud.launch('lost')
  t.is(Object.keys(before).length, 2)
  await cloud.recipe('backup')
  await cloud.kubectl.run(['delete', 'namespace', 'lost', '--timeout=120s'])
  await survived(t, before)
  t.regex(await cloud.recipe('kept'), /vol-[0-9a-f]{17} +lost +web-sdb +Released +Retain/)
  await restore('lost')
  await backTo(t, 'lost', before)
})

test.serial('a definition of Volumes that was deleted comes back with every Volume, and no machine notices', async (t) => {
  const before = await cloud.bytes('lost')
  await cloud.recipe('backup')
  const machines = await uids('virtualmachineinstances', 'lost')
  await cloud.kubectl.run(['delete', 'crd', 'volumes.kumulus.dev', '--timeout=60s'])
  await survived(t, before)
  await cloud.kubectl.run(['apply', '--server-side', '-f', 'crds/generated'])
  await cloud.kubectl.run(['wait', '--for=condition=Established', 'crd', 'volumes.kumulus.dev', '--timeout=60s'])
  await restore('lost')
  await backTo(t, 'lost', before)
  t.deepEqual(await uids('virtualmachineinstances', 'lost'), machines)
})

test.serial('a definition of Instances that was deleted takes the machines, which come back on their disks', async (t) => {
  const before = await cloud.bytes('lost')
  await cloud.recipe('backup')
  await cloud.kubectl.run(['delete', 'crd', 'instances.kumulus.dev', '--timeout=60s'])
  await survived(t, before)
  await cloud.kubectl.run(['apply', '--server-side', '-f', 'crds/generated'])
  await cloud.kubectl.run(['wait', '--for=condition=Established', 'crd', 'instances.kumulus.dev', '--timeout=60s'])
  await restore('lost')
  await backTo(t, 'lost', before)
})

test.serial('what is deleted while the operator is away destroys nothing when it is back, and one disk can be given to another account', async (t) => {
  const before = await cloud.launch('away')
  const id = (await cloud.get<{ status: { volumeID: string } }>('volumes.kumulus.dev/web-sdb', '-n', 'away')).status.volumeID
  await cloud.plane.operator.kill()
  await cloud.kubectl.run(['delete', 'volumes.kumulus.dev', 'web-sdb', '-n', 'away', '--wait=false'])
  await cloud.kubectl.run(['delete', 'namespace', 'away', '--wait=false'])
  await cloud.plane.operator.start()
  await cloud.kubectl.run(['wait', '--for=delete', 'namespace/away', '--timeout=120s'])
  await survived(t, before)
  await cloud.recipe('give-back', { VOLUME_ID: id, NAMESPACE: 'lost', NAME: 'rescued' })
  await cloud.kubectl.run(['apply', '-n', 'lost', volume('rescued')])
  await cloud.wait('volumes.kumulus.dev/rescued', 'condition=Ready', 'lost')
  t.deepEqual((await cloud.bytes('lost'))['rescued'], before['web-sdb'])
})

test.serial('a stranger in the way is left alone, and the bytes are neither lost nor replaced meanwhile', async (t) => {
  const before = { rescued: (await cloud.bytes('lost'))['rescued'] ?? { disk: '', content: '' } }
  const id = (await cloud.get<{ status: { volumeID: string } }>('volumes.kumulus.dev/rescued', '-n', 'lost')).status.volumeID
  await cloud.kubectl.run(['patch', 'volumes.kumulus.dev/rescued', '-n', 'lost', '--type=merge', '-p', '{"spec":{"deletionPolicy":"Retain"}}'])
  await cloud.kubectl.run(['delete', 'volumes.kumulus.dev/rescued', '-n', 'lost', '--timeout=60s'])
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', resources: { requests: { storage: '1Gi' } } }
  await cloud.kubectl.run(['create', '-n', 'lost', { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'taken' }, spec }])
  const stranger = await uidOf('persistentvolumeclaims/taken')
  await cloud.recipe('give-back', { VOLUME_ID: id, NAMESPACE: 'lost', NAME: 'taken' })
  await cloud.kubectl.run(['apply', '-n', 'lost', volume('taken')])
  await cloud.wait('volumes.kumulus.dev/taken', 'condition=Stalled', 'lost')
  t.like(await readyOf('volumes.kumulus.dev/taken', 'lost'), { reason: 'NameConflict' })
  t.is(await uidOf('persistentvolumeclaims/taken'), stranger)
  await survived(t, before)
  await cloud.kubectl.run(['delete', 'persistentvolumeclaims/taken', '-n', 'lost', '--timeout=60s'])
  await cloud.wait('volumes.kumulus.dev/taken', 'condition=Ready', 'lost')
  t.deepEqual((await cloud.bytes('lost'))['taken'], before.rescued)
})

test.serial('old manifests over a newer state shrink nothing, replace nothing and destroy nothing', async (t) => {
  await cloud.recipe('backup')
  await cloud.kubectl.run(['patch', 'volumes.kumulus.dev/web-sdb', '-n', 'lost', '--type=merge', '-p', '{"spec":{"size":"2Gi"}}'])
  await cloud.wait('volumes.kumulus.dev/web-sdb', 'jsonpath={.status.size}=2Gi', 'lost')
  const before = await cloud.bytes('lost')
  t.regex(await cloud.kubectl.fails(['apply', '-f', `${cloud.backup}/volumes.yaml`]), /size can only grow/)
  for (const kind of ['vpcs', 'subnets', 'securitygroups', 'keypairs', 'images', 'instances']) await cloud.kubectl.run(['apply', '-f', `${cloud.backup}/${kind}.yaml`])
  await backTo(t, 'lost', before)
})

test.serial('a volume whose claim was deleted from under it says where its bytes are, and has them back from there', async (t) => {
  const before = await cloud.bytes('lost')
  await cloud.kubectl.run(['patch', 'instance/web', '-n', 'lost', '--type=merge', '-p', '{"spec":{"state":"Stopped"}}'])
  await cloud.wait('instance/web', 'jsonpath={.status.state}=stopped', 'lost')
  const { volumeID } = (await cloud.get<{ status: { volumeID: string } }>('volumes.kumulus.dev/web-sdb', '-n', 'lost')).status
  await cloud.kubectl.run(['delete', 'datavolumes,persistentvolumeclaims', 'web-sdb', '-n', 'lost', '--ignore-not-found', '--timeout=60s'])
  await cloud.wait('volumes.kumulus.dev/web-sdb', 'condition=Stalled', 'lost')
  const lost = await readyOf('volumes.kumulus.dev/web-sdb', 'lost')
  t.is(lost?.reason, 'VolumeLost')
  t.true(lost?.message.includes('kumulus.dev/adoptable-by=lost/web-sdb'))
  await cloud.recipe('give-back', { VOLUME_ID: volumeID, NAMESPACE: 'lost', NAME: 'web-sdb' })
  await cloud.wait('volumes.kumulus.dev/web-sdb', 'condition=Ready', 'lost')
  await cloud.kubectl.run(['patch', 'instance/web', '-n', 'lost', '--type=merge', '-p', '{"spec":{"state":"Running"}}'])
  await backTo(t, 'lost', before)
})

test.serial('everything of an account pruned, in any order, comes back while deleted volumes are kept', async (t) => {
  const before = await cloud.bytes('lost')
  await cloud.recipe('backup')
  const kinds = ['images', 'instances', 'keypairs', 'securitygroups.kumulus.dev', 'subnets.kumulus.dev', 'volumes.kumulus.dev', 'vpcs.kumulus.dev']
  await Promise.all(kinds.map((kind) => cloud.kubectl.run(['delete', kind, '--all', '-n', 'lost', '--wait=false']).catch(() => '')))
  for (const kind of [...kinds, 'persistentvolumeclaims']) t.deepEqual(await leftOf(kind, 'lost'), [], `${kind} left behind`)
  await survived(t, before)
  await restore('lost')
  await backTo(t, 'lost', before)
})

test.serial('definitions of Images and VPCs that were deleted take no disk and no machine', async (t) => {
  const before = await cloud.bytes('lost')
  await cloud.recipe('backup')
  const machines = await uids('virtualmachineinstances', 'lost')
  await cloud.kubectl.run(['delete', 'crd', 'images.kumulus.dev', 'vpcs.kumulus.dev', '--timeout=60s'])
  await survived(t, before)
  await cloud.kubectl.run(['apply', '--server-side', '-f', 'crds/generated'])
  await cloud.kubectl.run(['wait', '--for=condition=Established', 'crd', 'images.kumulus.dev', 'vpcs.kumulus.dev', '--timeout=60s'])
  await restore('lost')
  await cloud.wait('image/linux', 'condition=Ready', 'lost')
  await cloud.wait('vpc.kumulus.dev/main', 'condition=Ready', 'lost')
  await survived(t, before)
  t.deepEqual(await uids('virtualmachineinstances', 'lost'), machines)
})

const volume = (name: string) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Volume', metadata: { name }, spec: { availabilityZone: 'zone-a', size: '1Gi', volumeType: 'gp3' },
})
