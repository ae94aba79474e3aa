import test from 'ava'
import { aView, aVolume, aVolumeType, anImage, anInstance, aSubnet } from './samples.ts'
import { instanceActionVerdict } from './instance-action.ts'
import { instanceDeletionVerdict, instanceVerdict } from './instance.ts'
import { keyPairVerdict } from './key-pair.ts'
import { deletionViolationsOf, violationsOf, type View, type Violation } from './index.ts'
import { volumeAttachmentVerdict } from './volume-attachment.ts'
import { volumeVerdict } from './volume.ts'

const said = (violations: Violation[]): string[] => violations.map(({ field, message }) => `${field}: ${message}`)
const gp3 = aVolumeType('gp3', {
  iops: { perGiB: 500, min: 3000, max: 16000 }, throughput: { min: 125, max: 1000 }, sizeLimits: { min: '1Gi', max: '16Ti' },
})
const view = (more: Partial<View> = {}) => aView({ getVolumeType: name => name === 'gp3' ? gp3 : undefined, ...more })
const foreign = { imageRef: { name: 'debian', namespace: 'images' } }
const shared = (launchPermissions: object) => view({ getImage: () => anImage('debian', { launchPermissions }) })

test('A foreign image must be public or shared with the namespace', t => {
  const verdict = (launchPermissions: object) => said(instanceVerdict(anInstance('web', foreign), undefined, shared(launchPermissions)))
  t.deepEqual(verdict({ public: true }), [])
  t.deepEqual(verdict({ namespaces: ['green', 'blue'] }), [])
  t.deepEqual(verdict({ namespaces: ['green'] }), [
    'spec.imageRef: no image debian of the namespace images is shared with the namespace blue: ' +
      'ask its owner to add yours to launchPermissions.namespaces, or use an image of your own',
  ])
})

test('Nothing about an image that is not shared shows in a message', t => {
  const secret = anImage('debian', { minSize: '77Gi', architecture: 'arm64' })
  const spec = { ...foreign, blockDevices: [{ deviceName: '/dev/sda1', size: '10Gi' }] }
  const type = { metadata: { name: 't', uid: 'u' }, spec: { state: 'Active' as const, architecture: 'x86_64' as const } }
  t.is(instanceVerdict(anInstance('web', spec), undefined, view({ getImage: () => secret, getInstanceType: () => type })).length, 1)
})

test('What is made of an encrypted image is never plain: a root disk that does not say is encrypted, one that says no is refused', t => {
  const encrypted = view({ getImage: () => anImage('debian', {}, { status: { observedGeneration: 1, state: 'available', encrypted: true } }) })
  const root = (more: object) => said(instanceVerdict(anInstance('web', { blockDevices: [{ deviceName: '/dev/sda1', ...more }] }), undefined, encrypted))
  t.deepEqual(root({}), [])
  t.regex(root({ encrypted: false })[0] ?? '', /^spec\.blockDevices\[0\]\.encrypted: the image debian is encrypted .* set encrypted to true/)
  const volume = (spec: object) => said(volumeVerdict(aVolume('root', { imageRef: { name: 'debian' }, ...spec }), undefined, encrypted))
  t.regex(volume({})[0] ?? '', /^spec\.encrypted: the image debian is encrypted/)
})

test('An instance that is protected from being stopped is stopped for no image', t => {
  const around = view({ getInstance: () => anInstance('web', { disableAPIStop: true }) })
  const verdict = (noReboot: boolean) => said(violationsOf(anImage('golden', { source: { instanceRef: { name: 'web', noReboot } } }), undefined, around))
  t.deepEqual(verdict(true), [])
  t.regex(verdict(false)[0] ?? '', /^spec\.source\.instanceRef\.noReboot: the instance web is protected .* set noReboot to true/)
})

test('A missing image, type or subnet is waited for, not refused', t => t.deepEqual(instanceVerdict(anInstance('web'), undefined, view()), []))

test('Of another account\'s image a refusal is the same whether there is none or it is not shared: nobody learns its names', t => {
  const verdict = (around: View) => said(instanceVerdict(anInstance('web', foreign), undefined, around))
  t.deepEqual(verdict(view()), verdict(shared({})))
  t.is(verdict(view()).length, 1)
})

test('An instance that was launched stays when its image is no longer shared', t => {
  const launched = anInstance('web', foreign, { status: {
    observedGeneration: 1, blockDevices: [{ deviceName: '/dev/sda1', volumeName: 'web-sda1', volumeID: 'vol-1', state: 'attached', deleteOnTermination: true }],
  } })
  t.deepEqual(instanceVerdict(launched, undefined, shared({})), [])
  const asked = anInstance('web', foreign, { status: { observedGeneration: 1, state: 'pending', launchTime: '2026-01-01T00:00:00Z' } })
  t.is(instanceVerdict(asked, undefined, shared({})).length, 1, 'a launch that was asked for and got nowhere is judged like a new one')
})

test('A root disk smaller than its image is refused', t => {
  const small = anInstance('web', { blockDevices: [{ deviceName: '/dev/sda1', size: '4Gi' }] })
  const image = anImage('debian', { minSize: '5Gi' }, { status: { observedGeneration: 1, size: '8Gi' } })
  t.deepEqual(said(instanceVerdict(small, undefined, view({ getImage: () => image }))), [
    'spec.blockDevices[0].size: 4Gi is too small for the image debian: use at least 8Gi',
  ])
})

test('A disk that names no type is judged as one of the type that the platform has chosen', t => {
  const huge = anInstance('web', { blockDevices: [{ deviceName: '/dev/sda1', size: '32Ti' }] })
  const types: Record<string, ReturnType<typeof aVolumeType>> = { io2: aVolumeType('io2', { sizeLimits: { max: '16Ti' } }), gp3: aVolumeType('gp3') }
  const refusals = (defaultVolumeType: string) =>
    said(instanceVerdict(huge, undefined, view({ defaultVolumeType, getVolumeType: name => types[name] })))
  t.deepEqual(refusals('io2'), ['spec.blockDevices[0].size: volumes of type io2 have at most 16Ti: lower size or choose another volumeType'])
  t.deepEqual(refusals('gp3'), [])
})

const type = (state: 'Active' | 'Deprecated', architecture: 'x86_64' | 'arm64' = 'x86_64') =>
  view({ getInstanceType: () => ({ metadata: { name: 't3.micro', uid: 'u' }, spec: { state, architecture } }), getImage: () => anImage('debian') })

test('A deprecated instance type is refused to new instances and leaves running ones alone', t => {
  t.regex(said(instanceVerdict(anInstance('web'), undefined, type('Deprecated'))).join(), /spec\.instanceType: the instance type t3\.micro is deprecated/)
  const running = anInstance('web', {}, { status: { observedGeneration: 1, instanceType: 't3.micro' } })
  t.deepEqual(instanceVerdict(running, undefined, type('Deprecated')), [])
  t.deepEqual(instanceVerdict({ ...running, spec: { ...running.spec, state: 'Stopped' } }, running, type('Deprecated')), [])
})

test('Image and instance type must be of one architecture', t => {
  t.regex(said(instanceVerdict(anInstance('web'), undefined, type('Active', 'arm64'))).join(), /is arm64, the image debian x86_64/)
})

test('A protected instance can\'t be stopped or terminated, and the message says how', t => {
  const old = anInstance('web', { disableAPIStop: true, disableAPITermination: true })
  const stopped = anInstance('web', { disableAPIStop: true, state: 'Stopped' })
  t.regex(said(instanceVerdict(stopped, old, view())).join(), /spec\.state: the instance is protected from being stopped: set spec\.disableAPIStop to false/)
  t.deepEqual(instanceVerdict(anInstance('web', { state: 'Stopped' }), old, view()), [])
  t.regex(said(instanceDeletionVerdict(old, view())).join(), /spec\.disableAPITermination: web is protected from termination/)
  t.deepEqual(deletionViolationsOf(anInstance('web'), view()), [])
})

test('Stop protection holds against ForceStop, not against Reboot', t => {
  const action = (kind: 'ForceStop' | 'Reboot') => ({ ...anInstance('act'), kind: 'InstanceAction', spec: { instanceRef: { name: 'web' }, type: kind } })
  const protectedView = view({ getInstance: () => anInstance('web', { disableAPIStop: true }) })
  t.regex(said(instanceActionVerdict({ ...action('ForceStop'), status: undefined } as never, undefined, protectedView)).join(), /set its spec\.disableAPIStop to false/)
  t.deepEqual(instanceActionVerdict({ ...action('Reboot'), status: undefined } as never, undefined, protectedView), [])
})

const limits: [string, Record<string, unknown>, RegExp | undefined][] = [
  ['the largest iops at its size', { size: '20Gi', iops: 10000 }, undefined],
  ['the iops that every volume gets, at any size', { size: '1Gi', iops: 3000 }, undefined],
  ['more iops than its size gives', { size: '20Gi', iops: 10001 }, /spec\.iops: .*500 iops for each GiB, so 10000 at 20Gi/],
  ['more iops than any', { size: '10Ti', iops: 16001 }, /spec\.iops: .*at most 16000 iops/],
  ['fewer iops than all', { iops: 100 }, /spec\.iops: .*at least 3000 iops/],
  ['too much throughput', { throughput: 1001 }, /spec\.throughput: .*at most 1000 MiB\/s/],
  ['too little throughput', { throughput: 1 }, /spec\.throughput: .*at least 125 MiB\/s/],
  ['too small a size', { size: '512Mi' }, /spec\.size: .*at least 1Gi/],
  ['too large a size', { size: '17Ti' }, /spec\.size: .*at most 16Ti/],
  ['encryption that the type lacks', { encrypted: true }, /spec\.encrypted: .*can't be encrypted/],
  ['several instances that the type does not allow', { multiAttach: true }, /spec\.multiAttach: .*can't be on several instances/],
]

for (const [title, spec, expected] of limits) {
  test(`A volume that asks for ${title} is ${expected === undefined ? 'accepted' : 'refused'}`, t => {
    const messages = said(volumeVerdict(aVolume('data', spec), undefined, view()))
    if (expected === undefined) t.deepEqual(messages, [])
    else t.regex(messages.join('; '), expected)
  })
}

test('A volume of a type that takes no iops or throughput is refused when it asks for some', t => {
  const plain = view({ getVolumeType: () => aVolumeType('st1') })
  t.is(volumeVerdict(aVolume('data', { volumeType: 'st1', iops: 100, throughput: 100 }), undefined, plain).length, 2)
})

test('A volume smaller than its snapshot or its own size now is refused', t => {
  const snapshot = { metadata: { name: 's', uid: 'u' }, spec: {}, status: { size: '30Gi' } }
  const fromSnapshot = aVolume('data', { snapshotRef: { name: 's' } })
  t.regex(said(volumeVerdict(fromSnapshot, undefined, view({ getSnapshot: () => snapshot }))).join(), /20Gi is too small for the snapshot s: use at least 30Gi/)
  const grown = { ...fromSnapshot, status: { observedGeneration: 1, size: '40Gi' } }
  t.deepEqual(said(volumeVerdict(grown, undefined, view({ getSnapshot: () => snapshot }))), [
    'spec.size: the volume has 40Gi and can only grow: use at least that, or create a new Volume and copy the data',
  ])
})

test('A volume from a foreign image that is not shared is refused', t => {
  t.regex(said(volumeVerdict(aVolume('data', foreign), undefined, shared({}))).join(), /spec\.imageRef: no image debian of the namespace images is shared/)
})

test('A volume is attached in its zone and at a free device only', t => {
  const attachment = (device: string) => ({
    ...aVolume('va'), kind: 'VolumeAttachment',
    spec: { volumeRef: { name: 'data' }, instanceRef: { name: 'web' }, device, deleteOnTermination: false, readOnly: false },
  })
  const web = anInstance('web', { blockDevices: [{ deviceName: '/dev/sda1' }] })
  const seen = (zone: string) => view({ getInstance: () => web, getSubnet: () => aSubnet('public'), getVolume: () => aVolume('data', { availabilityZone: zone }) })
  const verdict = (device: string, zone: string) => said(volumeAttachmentVerdict(attachment(device) as never, undefined, seen(zone)))
  t.deepEqual(verdict('/dev/sdf', 'zone-a'), [])
  t.regex(verdict('/dev/sdf', 'zone-b').join(), /spec\.volumeRef: the volume data is in zone-b, the instance web in zone-a/)
  t.regex(verdict('/dev/sda1', 'zone-a').join(), /spec\.device: the instance web has a disk at \/dev\/sda1/)
})

test('A public key that is cut off or says another type is refused', t => {
  const field = (text: string | Buffer) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)])
  const encoded = Buffer.concat([field('ssh-ed25519'), field(Buffer.alloc(32, 7))]).toString('base64')
  const verdict = (publicKey: string) => keyPairVerdict({ ...aVolume('k'), spec: { publicKey } }, undefined, view()).length
  t.is(verdict(`ssh-ed25519 ${encoded} me@example.com\n`), 0)
  t.is(verdict(`ssh-ed25519 ${encoded.slice(0, -12)}`), 1)
  t.is(verdict(`ssh-rsa ${encoded}`), 1)
})

test('What was wrong before keeps nobody from cleaning up', t => {
  const wrong = anInstance('web', foreign)
  const label = { ...wrong, metadata: { ...wrong.metadata, labels: { a: 'b' } } }
  t.is(violationsOf(wrong, undefined, shared({})).length, 1)
  t.deepEqual(violationsOf(label, wrong, shared({})), [])
  const going = { ...wrong, spec: { ...wrong.spec, state: 'Stopped' as const }, metadata: { ...wrong.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  t.deepEqual(violationsOf(going, wrong, shared({})), [])
})

test('Kinds without verdicts pass', t => t.deepEqual(violationsOf({ ...aVolumeType('gp3') }, undefined, view()), []))
