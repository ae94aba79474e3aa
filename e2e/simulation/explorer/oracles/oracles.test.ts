import test from 'ava'
import { atRest, notStuck } from './at-rest.ts'
import { noMoreCreations } from './creations.ts'
import { sameFinalState } from './final-state.ts'
import { oneMachine } from './one-machine.ts'
import { stillInTime } from './frozen.ts'
import { noOrphans } from './orphans.ts'
import { guarded } from './preconditions.ts'
import { everythingReady } from './ready.ts'
import { eventOf, objectOf, runOf, stored, writeOf } from './testing.ts'
import { allowedTransitions } from './transitions.ts'
import { bytesKept } from './volumes.ts'

const volumes = 'kumulus.dev/volumes'
const instances = 'kumulus.dev/instances'

test('an end that differs is found, and one that differs in UIDs and times alone is none', (t) => {
  const disk = (uid: string, size: string, time: string) =>
    runOf({ final: stored(volumes, objectOf('Volume', 'disk', { uid, spec: { size }, status: { since: time, self: uid } })) })
  const [one, other] = ['6f1b0bd4-0000-4000-8000-000000000001', '6f1b0bd4-0000-4000-8000-000000000002'] as const
  const reference = disk(one, '1Gi', '2026-01-01T00:00:00Z')
  t.deepEqual(sameFinalState(disk(other, '1Gi', '2026-02-02T00:00:00Z'), reference), [])
  t.regex(sameFinalState(disk(one, '2Gi', '2026-01-01T00:00:00Z'), reference).join(), /volumes a\/disk differs/)
  t.deepEqual(sameFinalState(runOf(), reference), ['kumulus.dev/volumes a/disk is missing'])
  t.deepEqual(sameFinalState(reference, runOf()), ['kumulus.dev/volumes a/disk should not be there'])
})

test('a reference to an object that is gone is not taken for one to its namesake', (t) => {
  const [dead, living] = ['6f1b0bd4-0000-4000-8000-00000000000a', '6f1b0bd4-0000-4000-8000-00000000000b'] as const
  const of = (owner: string) => runOf({
    events: [eventOf(instances, 'DELETED', objectOf('Instance', 'web', { uid: dead }))],
    final: new Map([...stored(instances, objectOf('Instance', 'web', { uid: living })), ...stored(volumes, objectOf('Volume', 'disk', { spec: { owner } }))]),
  })
  t.is(sameFinalState(of(dead), of(living)).length, 1)
})

test('a duplicate is found although it has gone again', (t) => {
  const disk = objectOf('Volume', 'disk')
  const made = eventOf(volumes, 'ADDED', disk)
  const reference = runOf({ events: [made] })
  t.deepEqual(noMoreCreations(reference, reference), [])
  const twice = runOf({ events: [made, eventOf(volumes, 'DELETED', disk), made] })
  t.deepEqual(noMoreCreations(twice, reference), ['kumulus.dev/volumes a/disk was created 2 times, not 1', 'kumulus.dev/volumes a/disk was deleted 1 times, not 0'])
  const plan = { scenario: 'made-up', seed: 1, perturbations: [{ kind: 'recreate', resource: volumes, event: 1 } as const] }
  t.deepEqual(noMoreCreations({ ...twice, plan }, reference), [])
})

test('what was made for an object that is gone is found', (t) => {
  const disk = runOf({ final: stored('cdi.kubevirt.io/datavolumes', objectOf('DataVolume', 'disk', { metadata: { labels: { 'kumulus.dev/owner-uid': 'gone' } } })) })
  t.is(noOrphans(disk, runOf()).length, 1)
  t.deepEqual(noOrphans(disk, disk), [])
})

test('a guest that is rebooted twice is found', (t) => {
  const reboot = writeOf('PUT', '/apis/subresources.kubevirt.io/v1/namespaces/a/virtualmachineinstances/web/softreboot')
  t.is(noMoreCreations(runOf({ writes: [reboot, reboot] }), runOf({ writes: [reboot] })).length, 1)
})

test('a guest that stands still for too long is found, and a snapshot that was taken while it did not', (t) => {
  const runs = 'kubevirt.io/virtualmachineinstances'
  const [still, going] = [objectOf('VirtualMachineInstance', 'web', { status: { fsFreezeStatus: 'frozen' } }), objectOf('VirtualMachineInstance', 'web')]
  const at = (time: number, object: typeof still) => ({ ...eventOf(runs, 'MODIFIED', object), time })
  t.deepEqual(stillInTime(runOf({ events: [at(0, still), at(60_000, going)] }), runOf()), [])
  t.regex(stillInTime(runOf({ events: [at(0, still), at(70_000, going)] }), runOf()).join(), /stood still for 70000 ms/)
  t.regex(stillInTime(runOf({ final: stored(runs, still) }), runOf()).join(), /stands still at the end/)
  const kept = 'snapshot.storage.k8s.io/volumesnapshots'
  const bare = objectOf('VolumeSnapshot', 's', { metadata: { labels: { 'kumulus.dev/owner-uid': 'uid-moment' } } })
  const cut = [eventOf(kept, 'ADDED', bare), eventOf(kept, 'MODIFIED', { ...bare, status: { creationTime: 'now' } }, bare)]
  const done = eventOf('kumulus.dev/snapshots', 'MODIFIED', objectOf('Snapshot', 'moment', { status: { state: 'completed', consistency: 'Filesystem' } }))
  t.deepEqual(stillInTime(runOf({ events: [at(0, still), ...cut, at(1, going), done] }), runOf()), [])
  t.regex(stillInTime(runOf({ events: [at(0, still), at(1, going), ...cut, done] }), runOf()).join(), /taken while the guest wrote/)
})

test('a write without preconditions is found', (t) => {
  const apply = { contentType: 'application/apply-patch+yaml' }
  const disk = '/apis/kumulus.dev/v1alpha1/namespaces/a/volumes/disk'
  const good = [
    writeOf('DELETE', disk, { preconditions: { uid: 'u', resourceVersion: '7' } }),
    writeOf('PATCH', disk, { metadata: { uid: 'u', resourceVersion: '7' } }, { contentType: 'application/merge-patch+json' }),
    writeOf('PATCH', disk, { metadata: { uid: 'u' } }, apply),
    writeOf('PATCH', disk, { metadata: { resourceVersion: '1' } }, apply),
    writeOf('PATCH', `${disk}/status`, { metadata: { uid: 'u', resourceVersion: '7' } }, apply),
    writeOf('POST', '/apis/kumulus.dev/v1alpha1/namespaces/a/volumes'),
    writeOf('PUT', '/apis/subresources.kubevirt.io/v1/namespaces/a/virtualmachineinstances/web/softreboot'),
  ]
  t.deepEqual(guarded(runOf({ writes: good }), runOf()), [])
  const bad = [
    writeOf('DELETE', disk, { preconditions: { uid: 'u' } }),
    writeOf('DELETE', disk, { preconditions: { resourceVersion: '7' } }),
    writeOf('DELETE', disk),
    writeOf('PATCH', disk, { metadata: { uid: 'u' } }, { contentType: 'application/merge-patch+json' }),
    writeOf('PATCH', disk, { metadata: { name: 'disk' } }, apply),
    writeOf('PATCH', `${disk}/status`, { metadata: { uid: 'u' } }, apply),
    writeOf('PUT', disk, { metadata: { uid: 'u' } }),
  ]
  t.is(guarded(runOf({ writes: bad }), runOf()).length, bad.length)
})

test('bytes that nobody named are missed, by deletion, by policy and by request', (t) => {
  const claim = objectOf('PersistentVolumeClaim', 'web-sda1', { metadata: { ownerReferences: [{ uid: 'x' }] } })
  const volume = (persistentVolumeReclaimPolicy: string) => objectOf('PersistentVolume', 'pvc-1', { spec: { persistentVolumeReclaimPolicy, claimRef: { name: 'web-sda1', namespace: 'a' } } })
  const deleted = eventOf('/persistentvolumeclaims', 'DELETED', claim)
  const letGo = eventOf('/persistentvolumes', 'MODIFIED', volume('Delete'), volume('Retain'))
  const request = writeOf('DELETE', '/api/v1/namespaces/a/persistentvolumeclaims/web-sda1')
  t.is(bytesKept(runOf({ events: [deleted] }), runOf()).length, 1)
  t.is(bytesKept(runOf({ events: [letGo] }), runOf()).length, 1)
  t.is(bytesKept(runOf({ writes: [request] }), runOf()).length, 1)
  const web = objectOf('Instance', 'web', { spec: { blockDevices: [{ deviceName: '/dev/sda1' }, { deviceName: '/dev/sdb' }] } })
  const terminated = eventOf(instances, 'DELETED', web)
  t.deepEqual(bytesKept(runOf({ events: [terminated, deleted, letGo], writes: [request] }), runOf()), [])
  const second = writeOf('DELETE', '/apis/kumulus.dev/v1alpha1/namespaces/a/volumes/web-sdb')
  t.is(bytesKept(runOf({ events: [terminated], writes: [second] }), runOf()).length, 1, 'a second disk stays unless it says otherwise')
  const byOperator = writeOf('DELETE', '/apis/kumulus.dev/v1alpha1/namespaces/a/volumes/disk')
  t.is(bytesKept(runOf({ events: [eventOf(volumes, 'DELETED', objectOf('Volume', 'disk'))], writes: [byOperator] }), runOf()).length, 2)
})

test('two machines of one Instance are found, and a guest that is started twice', (t) => {
  const bucket = 'kubevirt.io/virtualmachineinstances'
  const run = (name: string, phase: string) =>
    objectOf('VirtualMachineInstance', name, { metadata: { labels: { 'kumulus.dev/owner-uid': 'uid-web' } }, status: { phase } })
  t.deepEqual(oneMachine(runOf({ events: [
    eventOf(bucket, 'ADDED', run('web', 'Running')), eventOf(bucket, 'MODIFIED', run('web', 'Succeeded')), eventOf(bucket, 'ADDED', run('web-2', 'Running')),
  ] }), runOf()), [])
  t.is(oneMachine(runOf({ events: [eventOf(bucket, 'ADDED', run('web', 'Running')), eventOf(bucket, 'ADDED', run('web-2', 'Pending'))] }), runOf()).length, 1)
  t.is(oneMachine(runOf({ starts: new Map([['uid-run', 2]]) }), runOf()).length, 1)
  t.is(oneMachine(runOf({ twins: ['two guests of web run at once'] }), runOf()).length, 1)
})

test('a state that may not follow is found', (t) => {
  const web = (state: string) => objectOf('Instance', 'web', { status: { state } })
  const change = (from: string, to: string) => runOf({ events: [eventOf(instances, 'MODIFIED', web(to), web(from))] })
  t.deepEqual(allowedTransitions(change('running', 'stopping'), runOf()), [])
  t.is(allowedTransitions(change('running', 'pending'), runOf()).length, 1)
  t.is(allowedTransitions(change('stopped', 'running'), runOf()).length, 1)
  t.is(allowedTransitions(runOf({ events: [eventOf(instances, 'ADDED', web('running'))] }), runOf()).length, 1)
  const golden = (state: string, reason: string) => objectOf('Image', 'golden', { status: { state, conditions: [{ type: 'Ready', reason }] } })
  const failing = (reason: string) =>
    runOf({ events: [eventOf('kumulus.dev/images', 'MODIFIED', golden('failed', reason), golden('available', 'Available'))] })
  t.deepEqual(allowedTransitions(failing('SnapshotLost'), runOf()), [], 'whose bytes somebody has deleted')
  t.is(allowedTransitions(failing('ImportFailed'), runOf()).length, 1)
})

test('what is not Ready in the end is found, and what says so of an older spec', (t) => {
  const web = (status: string, observedGeneration: number) =>
    runOf({ final: stored(instances, objectOf('Instance', 'web', { status: { observedGeneration, conditions: [{ type: 'Ready', status }] } })) })
  t.deepEqual(everythingReady(web('True', 1), runOf()), [])
  t.is(everythingReady(web('False', 1), web('True', 1)).length, 1)
  t.is(everythingReady(web('True', 0), web('True', 1)).length, 1)
  t.deepEqual(everythingReady(web('False', 1), web('False', 1)), [], 'nor is it where nothing goes wrong')
})

test('a write in the hour of quiet is found, and a user who waits in vain', (t) => {
  const writes = [writeOf('PATCH', '/one'), writeOf('PATCH', '/two')]
  t.is(atRest(runOf({ writes, rest: { writes: 1, events: 0, time: 0 } }), runOf()).length, 1)
  t.deepEqual(atRest(runOf({ writes, rest: { writes: 2, events: 0, time: 0 } }), runOf()), [])
  t.deepEqual(notStuck(runOf({ stuck: 'waited in vain' }), runOf()), ['waited in vain'])
})
