import test from 'ava'
import { buildDataVolume, isAttachable, progressOf } from './data-volume.ts'
import { dataVolumeInformer } from './informers.ts'

const raw = (status: object) => dataVolumeInformer.trim({
  ...buildDataVolume({ name: 'a', namespace: 'team-a', source: { blank: {} }, size: '1Gi' }), metadata: { name: 'a', namespace: 'team-a', uid: 'u', resourceVersion: '1' }, status,
} as never)

for (const [text, shown] of [['45.10%', '45%'], ['100.0%', '100%'], ['N/A', undefined], ['', undefined], ['140%', '100%'], ['-1%', '0%']] as const) {
  test(`CDI's progress "${text}" is shown as ${shown}`, t => t.is(progressOf(raw({ phase: 'ImportInProgress', progress: text })), shown))
}

test('a volume that waits for its first consumer can be attached, one that is being filled can\'t', t => {
  t.true(isAttachable(raw({ phase: 'WaitForFirstConsumer' })))
  t.true(isAttachable(raw({ phase: 'PendingPopulation' })))
  t.false(isAttachable(raw({ phase: 'CloneInProgress' })))
  t.false(isAttachable(raw({})))
})

const prime = '[prime-6a7b] : '
for (const [title, said, told] of [
  ['full storage', `${prime}failed to provision volume with StorageClass "fast": rpc error: code = ResourceExhausted desc = full`,
    'failed to provision volume with StorageClass "fast": rpc error: code = ResourceExhausted desc = full'],
  ['full storage, to a newer provisioner', `${prime}rpc error: code = ResourceExhausted desc = full`, 'rpc error: code = ResourceExhausted desc = full'],
  ['a claim that CDI fills without another', 'rpc error: code = InvalidArgument desc = no such pool', 'rpc error: code = InvalidArgument desc = no such pool'],
  ['a provisioner at work', `${prime}External provisioner is provisioning volume for claim "a/b"`, undefined],
  ['one that waits for a machine', `${prime}waiting for first consumer to be created before binding`, undefined],
  ['one that did not answer in time and goes on', `${prime}rpc error: code = DeadlineExceeded desc = context deadline exceeded: failed`, undefined],
] as const) {
  test(`of a claim that isn't bound only a failure is told: ${title}`, t => {
    const bound = (status: string) => [{ type: 'Bound', status, reason: 'Pending', message: `target PVC a Pending and ${said}` }]
    t.is(raw({ phase: 'ImportScheduled', conditions: bound('False') }).status.unprovisioned, told)
    t.is(raw({ phase: 'Succeeded', conditions: bound('True') }).status.unprovisioned, undefined)
  })
}

test('a transfer that fails and is tried again tells why', t => {
  const conditions = [{ type: 'Running', status: 'False', reason: 'Error', message: 'got 404' }]
  t.is(raw({ phase: 'ImportInProgress', conditions }).status.failure, 'got 404')
  t.is(raw({ phase: 'ImportInProgress', conditions: [{ ...conditions[0], reason: 'Pending' }] }).status.failure, undefined)
  t.is(raw({ phase: 'Failed' }).status.failure, 'the transfer failed')
})
