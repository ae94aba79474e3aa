import test from 'ava'
import type { SnapshotSource } from '../../crds/v1alpha1/index.ts'
import { aView } from './samples.ts'
import { snapshotSourceViolations } from './snapshot-source.ts'
import type { SeenSnapshot } from './view.ts'

type Kept = { deviceName?: string; size?: string; encrypted?: boolean }
const snapshot = (volumes: readonly Kept[], createVolumePermissions: Partial<NonNullable<SeenSnapshot['spec']['createVolumePermissions']>> = {}): SeenSnapshot => ({
  metadata: { name: 'daily', uid: 'uid-daily' },
  spec: { createVolumePermissions: { public: false, ...createVolumePermissions } },
  status: {
    volumes: volumes.map(({ deviceName = '', size = '10Gi', encrypted = false }, index) =>
      ({ volumeID: `vol-${index}`, volumeName: `v-${index}`, deviceName, size, encrypted, state: 'completed' })),
  },
})
const said = (found: SeenSnapshot | undefined, ref: Partial<SnapshotSource> = {}, disk: { size?: string; encrypted?: boolean } = {}): string =>
  snapshotSourceViolations('team-a', { encrypted: false, ...disk, snapshotRef: { name: 'daily', ...ref } }, aView({ getSnapshot: () => found }), 'spec')
    .map(({ field, message }) => `${field}: ${message}`).join('; ')

test('a disk has at least the size of the volume that it is made from, and any larger one', t => {
  const of = snapshot([{ deviceName: '/dev/sda1', size: '8Gi' }, { deviceName: '/dev/sdb', size: '50Gi' }])
  t.regex(said(of, { deviceName: '/dev/sdb' }, { size: '49Gi' }), /^spec\.size: 49Gi is too small for the snapshot daily: use at least 50Gi$/)
  t.is(said(of, { deviceName: '/dev/sdb' }, { size: '64Ti' }), '')
  t.is(said(of, { deviceName: '/dev/sda1' }, { size: '8Gi' }), '')
  t.is(said(of, { deviceName: '/dev/sda1' }), '')
})

test('of several volumes one is named by its device, of one none has to be', t => {
  const of = snapshot([{ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdb' }])
  t.regex(said(of), /^spec\.snapshotRef\.deviceName: .*has several volumes: name one by its device, \/dev\/sda1, \/dev\/sdb$/)
  t.regex(said(of, { deviceName: '/dev/sdz' }), /has no volume of the device \/dev\/sdz: use \/dev\/sda1, \/dev\/sdb$/)
  t.is(said(snapshot([{}])), '')
  t.regex(said(snapshot([{}]), { deviceName: '/dev/sdz' }), /no volume of the device \/dev\/sdz: use it without deviceName$/)
})

test('what is encrypted never becomes plain', t => {
  t.regex(said(snapshot([{ encrypted: true }])), /^spec\.encrypted: .*set encrypted to true$/)
  t.is(said(snapshot([{ encrypted: true }]), {}, { encrypted: true }), '')
  t.is(said(snapshot([{}]), {}, { encrypted: true }), '')
})

test('a stranger\'s snapshot is refused in the same words whether it is there or not', t => {
  const ref = { namespace: 'team-b' }
  const hidden = said(snapshot([{}]), ref)
  t.regex(hidden, /^spec\.snapshotRef: no snapshot daily of the namespace team-b is shared with the namespace team-a: ask its owner/)
  t.is(said(undefined, ref), hidden)
  t.is(said(snapshot([{}], { namespaces: ['team-c'] }), ref), hidden)
  t.is(said(snapshot([{}], { namespaces: ['team-a'] }), ref), '')
  t.is(said(snapshot([{}], { public: true }), ref), '')
})

test('one of the own namespace may come later', t => {
  t.is(said(undefined), '')
  t.is(said(undefined, { namespace: 'team-a' }), '')
})
