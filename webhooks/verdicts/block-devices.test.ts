import test from 'ava'
import { blockDeviceViolations } from './block-devices.ts'
import { aView, aVolume, aVolumeType, anImage, anInstance } from './samples.ts'
import { volumeVerdict } from './volume.ts'

const device = (deviceName: string, more: object = {}) =>
  ({ deviceName, snapshotID: 'snap-1', size: '8Gi', encrypted: false, deleteOnTermination: true, ...more })
const imageWith = (...blockDevices: ReturnType<typeof device>[]) =>
  anImage('golden', {}, { status: { observedGeneration: 1, state: 'available', size: '8Gi', blockDevices } })
const golden = imageWith(device('/dev/sda1'), device('/dev/sdb', { size: '20Gi', encrypted: true, volumeType: 'gp3', iops: 3000 }))
const types = { gp3: aVolumeType('gp3', { iops: { min: 3000, max: 16000, perGiB: 500 }, encryptedStorageClassName: 'safe' }), st1: aVolumeType('st1', { sizeLimits: { min: '125Gi' } }) }
const around = (image = golden) => aView({ getImage: () => image, getVolumeType: name => types[name as 'gp3'] })

const said = (devices: object[], image = golden): string => {
  const instance = anInstance('web', { imageRef: { name: 'golden' }, blockDevices: [{ deviceName: '/dev/sda1' }, ...devices] })
  return blockDeviceViolations(instance, around(image)).map(({ field, message }) => `${field}: ${message}`).join('; ')
}
const verdicts: [string, object, RegExp | undefined][] = [
  ['larger', { size: '50Gi' }, undefined],
  ['smaller', { size: '19Gi' }, /^spec\.blockDevices\[1\]\.size: 19Gi is too small for the disk \/dev\/sdb of the image golden: use at least 20Gi$/],
  ['as it is', {}, undefined],
  ['not at all', { noDevice: true }, undefined],
  ['of another type', { volumeType: 'st1', encrypted: true, size: '20Gi' }, /at least 125Gi/],
  ['of a type that its size does not suit', { volumeType: 'st1' }, /at least 125Gi/],
  ['with more iops than its size gives', { iops: 10001 }, /so 10000 at 20Gi/],
  ['in plain', { encrypted: false }, /^spec\.blockDevices\[1\]\.encrypted: the image golden is encrypted/],
  ['out of a Snapshot of any size', { snapshotRef: { name: 'own' }, size: '1Gi' }, undefined],
]
for (const [how, more, refused] of verdicts) {
  test(`A disk of the image can be had ${how}${refused === undefined ? '' : ', which is refused'}`, t => {
    const message = said([{ deviceName: '/dev/sdb', ...more }])
    if (refused === undefined) t.is(message, '')
    else t.regex(message, refused)
  })
}

test('A disk that is of neither image nor Snapshot needs a size, and the message names what the image has', t => {
  t.is(said([{ deviceName: '/dev/sdc' }]),
    'spec.blockDevices[1].size: a disk needs a size or a snapshotRef, unless the image has it; the image golden has beside its root /dev/sdb')
  t.is(said([{ deviceName: '/dev/sdc', noDevice: true }]), 'spec.blockDevices[1].noDevice: the image golden has beside its root /dev/sdb: name one of these, or remove the entry')
  t.regex(said([{ deviceName: '/dev/sdb' }], imageWith()), /has no disk but its root$/)
  const unfinished = anImage('golden', {}, { status: { observedGeneration: 1, state: 'pending' } })
  t.is(said([{ deviceName: '/dev/sdb' }], unfinished), '', 'what it will have is not known yet')
})

test('A root has a name that no other disk of the image has', t => {
  const image = imageWith(device('/dev/sda1'), device('/dev/sdb'))
  const rootAt = (deviceName: string) =>
    blockDeviceViolations(anInstance('web', { imageRef: { name: 'golden' }, blockDevices: [{ deviceName }] }), around(image)).map(({ message }) => message).join()
  t.regex(rootAt('/dev/sdb'), /another disk at \/dev\/sdb: name the root otherwise, with blockDevices: \[\{deviceName: \/dev\/sda1\}\]/)
  t.is(rootAt('/dev/xvda'), '')
})

test('The disks of the image count with those that are named', t => {
  const many = imageWith(device('/dev/sda1'), ...Array.from({ length: 20 }, (_, n) => device(`/dev/sd${String.fromCharCode(98 + n)}`)))
  const more = (count: number) => Array.from({ length: count }, (_, n) => ({ deviceName: `/dev/xvd${String.fromCharCode(98 + n)}`, size: '1Gi' }))
  t.is(said(more(6), many), '')
  t.regex(said(more(7), many), /these are 28 disks, and an instance has at most 27/)
  t.is(said([...more(7), { deviceName: '/dev/sdb', noDevice: true }], many), '')
})

test('A Volume of one disk of an image is as large and as encrypted as that, and of a disk that the image has', t => {
  const verdict = (spec: object) => volumeVerdict(aVolume('data', { imageRef: { name: 'golden', deviceName: '/dev/sdb' }, encrypted: true, ...spec }), undefined, around())
    .map(({ field, message }) => `${field}: ${message}`).join('; ')
  t.is(verdict({}), '')
  t.regex(verdict({ size: '8Gi' }), /too small for the disk \/dev\/sdb/)
  t.regex(verdict({ encrypted: false }), /^spec\.encrypted/)
  t.regex(verdict({ imageRef: { name: 'golden', deviceName: '/dev/sdc' } }), /^spec\.imageRef\.deviceName: the image golden has beside its root \/dev\/sdb/)
  t.is(verdict({ imageRef: { name: 'golden', deviceName: '/dev/sda1' }, encrypted: false }), '')
})
