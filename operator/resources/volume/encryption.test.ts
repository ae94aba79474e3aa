import test from 'ava'
import { type Volume, volumeSpec } from '../../../crds/v1alpha1/volume.ts'
import { keySecretOf } from '../../providers/csi/key-secret.ts'
import { volumeVerdict } from '../../../webhooks/verdicts/volume.ts'
import { aView, aVolume } from '../../../webhooks/verdicts/samples.ts'
import { recordingContext } from '../recording-context.ts'
import { checkKey } from './encryption.ts'
import type { VolumeFacts } from './observe.ts'

const use = (kind: string, name: string, namespace: string) => ({ [`csi.storage.k8s.io/${kind}-secret-name`]: name, [`csi.storage.k8s.io/${kind}-secret-namespace`]: namespace })

const classes: readonly [title: string, parameters: Record<string, string>, keySecret: string | undefined][] = [
  ['no Secret', { encrypted: 'true' }, undefined],
  ['a Secret of the platform', use('node-stage', 'ceph', 'storage'), undefined],
  ['a fixed Secret of the claim\'s namespace', use('node-stage', 'volume-key', '${pvc.namespace}'), 'volume-key'],
  ['the platform\'s own to make volumes and the account\'s to open them', { ...use('provisioner', 'ceph', 'storage'), ...use('node-stage', 'volume-key', '${pvc.namespace}') }, 'volume-key'],
  ['a Secret named by the claim, which CDI fills under another name', use('node-stage', '${pvc.name}', '${pvc.namespace}'), undefined],
  ['a Secret named by an annotation, which CDI doesn\'t hand on', use('node-stage', "${pvc.annotations['key']}", '${pvc.namespace}'), undefined],
  ['a fixed Secret of a namespace that is made up', use('node-stage', 'volume-key', '${pvc.namespace}-keys'), undefined],
]
for (const [title, parameters, keySecret] of classes) {
  test(`a StorageClass that takes ${title} ${keySecret === undefined ? 'takes no key of an account\'s' : 'takes an account\'s own key'}`, t => {
    t.deepEqual(keySecretOf(parameters), keySecret === undefined ? {} : { keySecret })
  })
}

const outcomeOf = (spec: object, storageClass: object, more: Partial<VolumeFacts> = {}) => {
  const volume = { ...aVolume('data'), spec: volumeSpec.parse({ availabilityZone: 'zone-a', size: '1Gi', ...spec }) } as Volume
  return checkKey(recordingContext(volume, { storageClass: { metadata: { name: 'luks' }, ...storageClass }, claim: undefined, ...more } as unknown as VolumeFacts))
}

test('a key that the storage doesn\'t take is refused with the way out, before there are bytes, and no volume is made plain in its stead', t => {
  const asked = { encrypted: true, kmsKeyRef: { name: 'mine' } }
  const none = outcomeOf(asked, {})
  t.like(none, { kind: 'blocked', reason: 'KeyNotSupported' })
  t.regex(none.kind === 'blocked' ? none.message : '', /have the platform's key: their StorageClass "luks" takes none.*without kmsKeyRef, or with another volumeType/)
  const other = outcomeOf(asked, { keySecret: 'volume-key' })
  t.regex(other.kind === 'blocked' ? other.message : '', /in the Secret "volume-key" of each account.*kmsKeyRef: \{name: volume-key\}/)
  t.is(outcomeOf({ encrypted: true, kmsKeyRef: { name: 'volume-key' } }, { keySecret: 'volume-key' }).kind, 'ready')
  t.is(outcomeOf(asked, {}, { claim: {} as never }).kind, 'ready', 'what there is keeps the key that it has')
})

test('a key is for an encrypted volume alone', t => {
  const plain = aVolume('data', { kmsKeyRef: { name: 'mine' } })
  t.deepEqual(volumeVerdict(plain, undefined, aView()).map(({ field }) => field), ['spec.kmsKeyRef'])
  t.deepEqual(volumeVerdict(aVolume('data', { kmsKeyRef: { name: 'mine' }, encrypted: true }), undefined, aView()), [])
})
