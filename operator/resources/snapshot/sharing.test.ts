import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts'
import { createHolds } from './holds.ts'
import { mayCreateVolume, sharesOf, unshared } from './sharing.ts'
import { wayOutOf } from './users.ts'

const snapshot = (createVolumePermissions: NonNullable<Snapshot['spec']['createVolumePermissions']>, sharedWith: { namespace: string; uid: string }[] = []): Snapshot => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Snapshot', metadata: { name: 'daily', namespace: 'team-a', uid: 'u', resourceVersion: '1' },
  spec: { volumeRef: { name: 'data' }, createVolumePermissions }, status: { observedGeneration: 1, sharedWith },
})
const namespace = (uid: string, more: object = {}) => (name: string): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid, resourceVersion: '1', ...more } })

test('a share is with the namespace that was there when it was given, not with whoever has its name later', t => {
  const given = snapshot({ public: false, namespaces: ['team-b'] })
  const shares = sharesOf(given, namespace('first'))
  t.deepEqual(shares, [{ namespace: 'team-b', uid: 'first' }])
  const shared = snapshot(given.spec.createVolumePermissions ?? { public: false }, shares)
  t.deepEqual(sharesOf(shared, namespace('second')), shares)
  t.true(mayCreateVolume(shared, 'team-b', 'first'))
  t.false(mayCreateVolume(shared, 'team-b', 'second'))
  t.false(mayCreateVolume(shared, 'team-b', undefined))
  t.false(mayCreateVolume(given, 'team-b', 'first'), 'nobody has looked yet')
})

test('a share that is taken back ends at once, and given again it is with who is there then', t => {
  const shares = [{ namespace: 'team-b', uid: 'first' }]
  t.false(mayCreateVolume(snapshot({ public: false, namespaces: [] }, shares), 'team-b', 'first'))
  t.deepEqual(sharesOf(snapshot({ public: false }, shares), namespace('second')), [])
  t.deepEqual(sharesOf(snapshot({ public: false, namespaces: ['team-b'] }), namespace('second')), [{ namespace: 'team-b', uid: 'second' }])
})

test('a namespace that is not there or is going is given nothing', t => {
  const given = snapshot({ public: false, namespaces: ['team-b'] })
  t.deepEqual(sharesOf(given, () => undefined), [])
  t.deepEqual(sharesOf(given, namespace('u', { deletionTimestamp: '2026-01-01T00:00:00Z' })), [])
})

test('an owner is told of a name that nobody has, and of one that somebody else has now', t => {
  const given = snapshot({ public: false, namespaces: ['team-b', 'typo'] })
  const there = (name: string) => name === 'typo' ? undefined : namespace('first')(name)
  const shares = sharesOf(given, there)
  t.regex(unshared(given, shares, there), /^there is no namespace typo: it is shared with one of that name once there is/)
  t.is(unshared(snapshot({ public: false, namespaces: ['team-b'] }), shares, there), '')
  t.regex(unshared(snapshot({ public: false, namespaces: ['team-b'] }), shares, namespace('second')), /^it was shared with another namespace team-b, which is gone: take the name out/)
})

test('an owner is not told to delete what another account has, but by whom it goes', t => {
  t.is(wayOutOf(['Volume "copy"', 'Image "golden"']), undefined)
  t.regex(wayOutOf(['a Volume of another account (copied when it is first attached)', 'Volume "copy"']) ?? '', /when the accounts that it is shared with have attached or deleted theirs/)
})

test('the own namespace may always, and of a public one everybody', t => {
  t.true(mayCreateVolume(snapshot({ public: false }), 'team-a', undefined))
  t.true(mayCreateVolume(snapshot({ public: true }), 'team-z', 'any'))
})

test('one snapshot at a time has the guest of an instance, until it gives it back or is gone', t => {
  const holds = createHolds()
  t.true(holds.take('team-a/web', 'one', () => true))
  t.true(holds.take('team-a/web', 'one', () => true))
  t.false(holds.take('team-a/web', 'two', () => true))
  t.true(holds.take('team-a/db', 'two', () => true))
  holds.release('two')
  t.false(holds.take('team-a/web', 'two', () => true))
  holds.release('one')
  t.true(holds.take('team-a/web', 'two', () => true))
  t.true(holds.take('team-a/web', 'three', uid => uid !== 'two'))
})
