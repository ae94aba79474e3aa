import test from 'ava'
import { violationsOf } from './index.ts'
import { aView, aVolume, aVolumeType, anImage, anInstance } from './samples.ts'

const limits = { iops: { min: 3000, max: 16000 }, throughput: { min: 125, max: 1000 } }
const types = {
  gp3: aVolumeType('gp3', limits),
  told: aVolumeType('told', { ...limits, volumeAttributeParameters: { iops: '{iops}', bandwidth: '{throughputBytes}' } }),
  half: aVolumeType('half', { ...limits, volumeAttributeParameters: { iops: '{iops}' } }),
  bare: aVolumeType('bare', { iops: { max: 16000 } }),
}
const device = (name: string, more: object) => ({ deviceName: name, snapshotID: 'snap-1', size: '8Gi', encrypted: false, deleteOnTermination: true, ...more })
const image = anImage('golden', {}, { status: { observedGeneration: 1, state: 'available', size: '8Gi', blockDevices: [device('/dev/sda1', {}), device('/dev/sdb', { volumeType: 'told' })] } })
const view = aView({ getVolumeType: name => types[name as 'gp3'], getImage: () => image, defaultVolumeType: 'gp3' })
const said = (object: object, old?: object) => violationsOf(object as never, old as never, view).map(({ field, message }) => `${field}: ${message}`).join('; ')
const volume = (spec: object) => aVolume('data', { ...spec })

for (const [title, spec, refused] of [
  ['nothing', { volumeType: 'gp3' }, undefined],
  ['what its type gives to all', { volumeType: 'gp3', iops: 3000, throughput: 125 }, undefined],
  ['more than the storage can be told of', { volumeType: 'gp3', iops: 4000 },
    /^spec\.iops: volumes of type gp3 have iops 3000, and their storage can't be told otherwise: leave iops out, choose another volumeType, or have the platform team set volumeAttributeParameters/],
  ['more, of which the storage is told', { volumeType: 'told', iops: 4000, throughput: 250 }, undefined],
  ['two things, of one of which the storage is told', { volumeType: 'half', iops: 4000, throughput: 250 }, /^spec\.throughput: volumes of type half have throughput 125, [^;]*$/],
  ['a figure of which nothing is known', { volumeType: 'bare', iops: 100 }, /^spec\.iops: volumes of type bare have the iops that their storage gives/],
  ['more than any has', { volumeType: 'told', iops: 16001 }, /^spec\.iops: volumes of type told have at most 16000 iops: lower it$/],
] as const) {
  test(`a volume that asks for ${title} is ${refused === undefined ? 'let through' : 'refused at the door'}`, t => {
    if (refused === undefined) t.is(said(volume(spec)), '')
    else t.regex(said(volume(spec)), refused)
  })
}

test('a volume that asked before its type said nothing of it any more may change otherwise, and not ask for another', t => {
  const old = volume({ volumeType: 'gp3', iops: 4000 })
  t.is(said(volume({ volumeType: 'gp3', iops: 4000, size: '40Gi' }), old), '')
  t.is(said(volume({ volumeType: 'gp3' }), old), '')
  t.regex(said(volume({ volumeType: 'gp3', iops: 5000 }), old), /^spec\.iops:/)
  t.regex(said(volume({ volumeType: 'bare', iops: 4000 }), old), /^spec\.iops:/)
})

test('the disks of a launch are asked the same, each of the type that it will have', t => {
  const launch = (...blockDevices: object[]) => anInstance('web', { imageRef: { name: 'golden' }, blockDevices })
  t.regex(said(launch({ deviceName: '/dev/sda1', iops: 4000 })), /^spec\.blockDevices\[0\]\.iops: volumes of type gp3/)
  t.is(said(launch({ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdb', iops: 4000 })), '', 'its type is the image\'s')
  t.regex(said(launch({ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdb', iops: 4000, volumeType: 'gp3' })), /^spec\.blockDevices\[1\]\.iops: volumes of type gp3/)
  const old = launch({ deviceName: '/dev/sda1', iops: 4000 })
  t.false(said({ ...old, spec: { ...old.spec, state: 'Stopped' } }, old).includes('can\'t be told'), 'what was launched may be stopped')
})
