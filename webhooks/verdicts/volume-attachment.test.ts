import test from 'ava'
import { volumeAttachment, type VolumeAttachment } from '../../crds/v1alpha1/index.ts'
import { anInstance, aSubnet, aView, aVolume, ofKind } from './samples.ts'
import type { View } from './view.ts'
import { volumeAttachmentVerdict } from './volume-attachment.ts'

type Seed = { volume?: string; instance?: string; device?: string; born?: string; going?: boolean }

const attachment = (name: string, { volume = 'data', instance = 'web', device = '/dev/sdf', born = '2026-01-01T00:00:00Z', going = false }: Seed = {}): VolumeAttachment => {
  const made = ofKind<VolumeAttachment>(volumeAttachment, name, { volumeRef: { name: volume }, instanceRef: { name: instance }, device })
  return { ...made, metadata: { ...made.metadata, creationTimestamp: born, ...going ? { deletionTimestamp: '2026-01-02T00:00:00Z' } : {} } }
}

type Given = { volume?: Record<string, unknown>; instance?: Record<string, unknown>; zone?: string; others?: readonly VolumeAttachment[] }

const viewWith = ({ volume = {}, instance = {}, zone = 'zone-a', others = [] }: Given = {}): View => aView({
  getVolume: (_, name) => aVolume(name, volume),
  getInstance: (_, name) => anInstance(name, instance),
  getSubnet: (_, name) => aSubnet(name, { availabilityZone: zone }),
  attachmentsOfVolume: (_, name) => others.filter(({ spec }) => spec.volumeRef.name === name),
  attachmentsOfInstance: (_, name) => others.filter(({ spec }) => spec.instanceRef.name === name),
})

/** Of one that is being created: everything else came first. */
const said = (seed: Seed, given?: Given): string => {
  const { metadata: { creationTimestamp: _, ...metadata }, ...rest } = attachment('new', seed)
  return volumeAttachmentVerdict({ ...rest, metadata }, undefined, viewWith(given)).map(({ field, message }) => `${field}: ${message}`).join('\n')
}
const many = (count: number, seed: (index: number) => Seed) => Array.from({ length: count }, (_, index) => attachment(`other-${index}`, seed(index)))
const devices = Array.from({ length: 26 }, (_, index) => `/dev/xvdb${String.fromCharCode(97 + index)}`)

const cases: readonly [title: string, seed: Seed, given: Given | undefined, refusal: RegExp | undefined][] = [
  ['a volume that nobody has, to an instance in its zone', {}, undefined, undefined],
  ['a volume of another zone', {}, { zone: 'zone-b' }, /spec\.volumeRef: the volume data is in zone-a, the instance web in zone-b.*make a Snapshot/],
  ['the root\'s device', { device: '/dev/sda1' }, undefined, /spec\.device: \/dev\/sda1 is kept for root disks/],
  ['the root\'s device by its other name', { device: '/dev/xvda' }, undefined, /kept for root disks/],
  ['a device of a disk that the instance was launched with', {}, { instance: { blockDevices: [{ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdf', size: '1Gi' }] } }, /has a disk at \/dev\/sdf/],
  ['the same place by its other name', { device: '/dev/xvdf' }, { instance: { blockDevices: [{ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdf', size: '1Gi' }] } }, /has a disk at/],
  ['a device of another attachment', {}, { others: [attachment('old', { volume: 'logs' })] }, /spec\.device: the VolumeAttachment old is at \/dev\/sdf of the instance web/],
  ['a device of an attachment of another instance', {}, { others: [attachment('old', { volume: 'logs', instance: 'db' })] }, undefined],
  ['a device of an attachment that is going', {}, { others: [attachment('old', { volume: 'logs', going: true })] }, undefined],
  ['a volume that another instance has', {}, { others: [attachment('old', { instance: 'db' })] }, /spec\.volumeRef: the volume data is attached to db: delete the VolumeAttachment old first, or use a volume with multiAttach/],
  ['a volume that another instance is letting go of', {}, { others: [attachment('old', { instance: 'db', going: true })] }, undefined],
  ['the same volume to the same instance', { device: '/dev/sdg' }, { volume: { multiAttach: true }, others: [attachment('old')] }, /old attaches the volume data to web already/],
  ['a 16th instance of a volume for several', {}, { volume: { multiAttach: true }, others: many(15, index => ({ instance: `db-${index}` })) }, undefined],
  ['a 17th', {}, { volume: { multiAttach: true }, others: many(16, index => ({ instance: `db-${index}` })) }, /is on 16 instances and can be on no more/],
  ['a 27th volume of an instance', {}, { others: many(25, index => ({ volume: `v-${index}`, device: devices[index] ?? '' })) }, undefined],
  ['a 28th', {}, { others: many(26, index => ({ volume: `v-${index}`, device: devices[index] ?? '' })) }, /spec\.instanceRef: the instance web has 27 volumes, its root among them/],
]

for (const [title, seed, given, refusal] of cases) {
  test(`${refusal === undefined ? 'attached is' : 'refused is'} ${title}`, t => {
    if (refusal === undefined) t.is(said(seed, given), '')
    else t.regex(said(seed, given), refusal)
  })
}

test('of two that were admitted at once the younger is refused, whoever asks', t => {
  const [older, younger] = [attachment('older'), attachment('younger', { instance: 'db', born: '2026-01-01T00:00:01Z' })]
  const view = viewWith({ others: [older, younger] })
  t.deepEqual(volumeAttachmentVerdict(older, undefined, view), [])
  t.is(volumeAttachmentVerdict(younger, undefined, view).length, 1)
})

test('what is attached can be tagged whatever else has changed', t => {
  t.deepEqual(volumeAttachmentVerdict(attachment('old'), attachment('old'), viewWith({ zone: 'zone-b' })), [])
})

test('what is not there yet is waited for', t => {
  t.deepEqual(volumeAttachmentVerdict(attachment('new'), undefined, aView()), [])
})
