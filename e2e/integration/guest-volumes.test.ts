import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parseAllDocuments } from 'yaml'
import { qemuInstalled } from '../../sandbox/hypervisor/qemu.ts'
import { installKubectl } from '../../sandbox/tools/kubectl.ts'
import { startControlPlane } from '../control-plane.ts'
import { freePorts } from '../free-ports.ts'
import { createGuestLogin } from '../guest-login.ts'
import { kubectlOn } from '../kubectl.ts'

const withQemu = qemuInstalled() ? test : test.skip

type Manifest = { kind: string; metadata: { name: string }; spec: Record<string, unknown> }

/** Shell that mounts, at /mnt, the disk which a guest was given as a volume, found by the serial that it has of the volume's ID. */
const mounting = (volumeID: string, prepare = ':') => `
  for n in $(seq 60); do
    disk=$(grep -la ${volumeID.replace('-', '')} /sys/class/block/sd*/device/vpd_pg80 | cut -d / -f 5)
    [ -n "$disk" ] && break
    sleep 1
  done
  disk=/dev/$disk && ${prepare} && mount $disk /mnt`

withQemu('what a real guest wrote on a volume is in its snapshot of that moment, and on the volume wherever it is attached next', async t => {
  // Two guests boot, by software where there is no KVM.
  t.timeout(600_000)
  const directory = await mkdtemp(join(tmpdir(), 'kumulus-guest-'))
  const kubeconfig = join(directory, 'kubeconfig')
  const { kubectl: binary } = await installKubectl()
  const [port = 0] = await freePorts(1)
  const guests = await createGuestLogin(directory)
  const plane = await startControlPlane({
    data: join(directory, 'data'), kubeconfig, kubectl: binary, hypervisor: 'qemu', sandboxArguments: ['--image-port', `${port}`], step: () => undefined,
  })
  t.teardown(async () => {
    await plane.stop()
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  })
  const kubectl = kubectlOn(binary, kubeconfig)
  const apply = (...items: object[]) => kubectl.run(['apply', { apiVersion: 'v1', kind: 'List', items }])
  const ready = (...references: string[]) => kubectl.run(['wait', '--for=condition=Ready', ...references, '--timeout=180s'])
  const fieldOf = (reference: string, path: string) => kubectl.run(['get', reference, '-o', `jsonpath={${path}}`])
  const runIn = async (name: string, command: string) =>
    guests.run(await fieldOf(`virtualmachineinstance/${name}`, '.metadata.annotations.sandbox\\.kumulus\\.dev/ssh-endpoint'), command)
  const ours = (kind: string, name: string, spec: object) => ({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec })
  const attachment = (name: string, instance: string, volume: string, device: string) =>
    ours('VolumeAttachment', name, { volumeRef: { name: volume }, instanceRef: { name: instance }, device })

  const quickstart = parseAllDocuments(await readFile('examples/quickstart.yaml', 'utf8')).map(document => document.toJS() as Manifest)
  const spec: Record<string, object> = { KeyPair: { publicKey: guests.publicKey }, Image: { source: { http: { url: plane.imageURL } } } }
  const web = quickstart.find(({ kind }) => kind === 'Instance')
  await apply(
    ...quickstart.map(each => ({ ...each, spec: { ...each.spec, ...spec[each.kind] } })),
    { ...web, metadata: { name: 'other' }, spec: { ...web?.spec, privateIPAddress: '10.0.1.6' } },
    ours('Volume', 'data', { availabilityZone: 'zone-a', size: '1Gi' }), attachment('first', 'web', 'data', '/dev/sdf'),
  )
  await ready('instance/web', 'instance/other', 'volumeattachment.kumulus.dev/first')
  const disk = mounting(await fieldOf('volume/data', '.status.volumeID'), 'mkfs.ext4 -q $disk')
  // Not written out by its user: the guest does so as it is frozen.
  const hash = await runIn('web', `${disk} && dd if=/dev/urandom of=/mnt/payload bs=64k count=16 2>/dev/null && sha256sum /mnt/payload`)
  t.regex(hash, /^[0-9a-f]{64} /)

  // A guest lets people in before its agent has said that it is there.
  await kubectl.run(['wait', 'virtualmachineinstance/web', '--for=condition=AgentConnected', '--timeout=120s'])
  await apply(ours('Snapshot', 'moment', { volumeRef: { name: 'data' } }))
  await ready('snapshot/moment')
  t.is(await fieldOf('snapshot/moment', '.status.consistency'), 'Filesystem')
  t.is(await runIn('web', 'cp /mnt/payload /mnt/later && umount /mnt && echo written'), 'written')
  await kubectl.run(['delete', 'volumeattachment.kumulus.dev/first', '--timeout=120s'])

  await apply(
    attachment('second', 'other', 'data', '/dev/sdf'),
    ours('Volume', 'restored', { availabilityZone: 'zone-a', snapshotRef: { name: 'moment' } }), attachment('third', 'other', 'restored', '/dev/sdg'),
  )
  await ready('volumeattachment.kumulus.dev/second', 'volumeattachment.kumulus.dev/third')
  const lookAt = async (volume: string) =>
    runIn('other', `${mounting(await fieldOf(`volume/${volume}`, '.status.volumeID'))} && ls /mnt && sha256sum /mnt/payload; umount /mnt`)
  t.deepEqual((await lookAt('data')).split('\n'), ['later', 'lost+found', 'payload', hash])
  t.deepEqual((await lookAt('restored')).split('\n'), ['lost+found', 'payload', hash])
})
