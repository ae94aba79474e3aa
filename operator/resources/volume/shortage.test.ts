import test from 'ava'
import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import { notProvisioned, unmadeWhy } from './shortage.ts'

const facts = { id: 'vol-1', claim: { spec: { requested: '8Gi', storageClassName: 'fast' } } } as Parameters<typeof notProvisioned>[0]
const volumeWith = (reason: string, type = 'Stalled') => ({ status: { conditions: [{ type, status: 'True', reason, message: 'why' }] } }) as unknown as Volume

for (const [why, reason] of [
  ['rpc error: code = ResourceExhausted desc = 8 bytes are asked for and 4 are free', 'InsufficientVolumeCapacity'],
  ['rpc error: code = Internal desc = not enough free space in pool', 'InsufficientVolumeCapacity'],
  ['rpc error: code = InvalidArgument desc = no such pool', 'ProvisioningFailed'],
] as const) {
  test(`storage that makes no volume is told with the way out: ${why}`, t => {
    const outcome = notProvisioned(facts, why)
    t.like(outcome, { kind: 'blocked', reason })
    t.true('message' in outcome && outcome.message.includes(why) && /another volumeType, or have the platform team/.test(outcome.message))
  })
}

test('a volume for which the account has no quota says so, with the way out, though it has no claim yet', t => {
  const why = 'persistentvolumeclaims "data" is forbidden: exceeded quota: disks, requested: requests.storage=8Gi, used: requests.storage=4Gi, limited: requests.storage=10Gi'
  const outcome = notProvisioned({ id: 'vol-1', claim: undefined }, why)
  t.like(outcome, { kind: 'blocked', reason: 'QuotaExceeded' })
  t.true('message' in outcome && outcome.message.includes(why) && /delete Volumes, .* smaller, or have the platform team raise the quota/.test(outcome.message))
  t.is(unmadeWhy(volumeWith('QuotaExceeded')), 'why')
})

test('a volume that lacks its bytes is told from one that works on as it is', t => {
  t.is(unmadeWhy(volumeWith('InsufficientVolumeCapacity')), 'why')
  t.is(unmadeWhy(volumeWith('ProvisioningFailed')), 'why')
  t.is(unmadeWhy(volumeWith('NotModifiable')), undefined)
  t.is(unmadeWhy(volumeWith('InsufficientVolumeCapacity', 'Ready')), undefined)
})
