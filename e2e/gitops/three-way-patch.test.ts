import test from 'ava'
import { argoDifference, said, threeWayPatch } from './three-way-patch.ts'

const live = { spec: { size: '1Gi', state: 'Running', disks: [{ name: 'a', encrypted: false }] }, metadata: { labels: { theirs: 'x' } } }

test('what others have added or defaulted is left alone', t => {
  const manifest = { spec: { size: '1Gi' } }
  t.deepEqual(threeWayPatch(manifest, manifest, live), {})
})

test('what the manifest changes is set, and what it has no more is taken away', t => {
  t.deepEqual(threeWayPatch({ spec: { size: '1Gi', state: 'Running' } }, { spec: { size: '2Gi' } }, live), { spec: { size: '2Gi', state: null } })
})

test('a default inside a list makes client-side apply write the whole list again, and Argo CD see nothing', t => {
  const manifest = { spec: { disks: [{ name: 'a' }] } }
  t.deepEqual(threeWayPatch(manifest, manifest, live), { spec: { disks: [{ name: 'a' }] } })
  t.deepEqual(argoDifference(manifest, manifest, live), {})
})

test('Argo CD sees a value that somebody has changed, and an item that somebody has added', t => {
  t.deepEqual(argoDifference({ spec: { size: '3Gi' } }, { spec: { size: '3Gi' } }, live), { spec: { size: '3Gi' } })
  t.deepEqual(argoDifference({ spec: { disks: [] } }, { spec: { disks: [] } }, live), { spec: { disks: [] } })
})

test('of a live object that is kept which a manifest speaks of', t => {
  t.deepEqual(said({ spec: { disks: [{ name: 'b' }], none: 1 } }, live), { spec: { disks: [{ name: 'a' }] } })
})
