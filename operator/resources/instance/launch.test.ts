import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { golden } from '../golden.ts'
import { recordingContext } from '../recording-context.ts'
import { ensureMachine, buildMachine } from './machine.ts'
import { awaitReferences, checkServed } from './references.ts'
import { cacheFor, factsFor, machineFor, runFor, stored, volumesFor, type world } from './sample.ts'
import { buildSecret, ensurePublicKey, ensureUserData } from './user-data.ts'
import { buildVolume, volumesOf } from './block-devices.ts'
import { ensureVolumes } from './volumes.ts'

const settings = { operatorNamespace: 'kumulus', imageSources: [], defaultVolumeType: 'gp3' }

test('what an instance becomes is as the golden file says', t => {
  const instance = stored({
    userData: '#!/bin/sh\necho hello', keyPairRef: { name: 'ops' }, securityGroupRefs: [{ name: 'web' }, { name: 'db' }],
    blockDevices: [{ deviceName: '/dev/sda1', size: '20Gi' }, { deviceName: '/dev/sdb', size: '50Gi', encrypted: true }],
  })
  const facts = factsFor(instance)
  const { actual, expected } = golden(import.meta.dirname, 'web', buildMachine(instance, facts),
    ...volumesOf(instance).map(disk => buildVolume(instance, disk, { availabilityZone: 'zone-a', defaultVolumeType: 'gp3' })),
    buildSecret({ name: 'i-1-user-data', object: instance, data: { userdata: 'IyEvYmluL3No' } }))
  t.deepEqual(actual, expected)
})

for (const [missing, named] of [
  ['subnet', 'Subnet "public-a"'], ['vpc', 'VPC "main"'], ['web', 'SecurityGroup "web"'], ['keyPair', 'KeyPair "ops"'],
  ['image', 'Image "debian"'], ['micro', 'InstanceType "t3.micro"'],
] satisfies [keyof typeof world, string][]) {
  test(`an instance waits for a missing ${named} and says so`, t => {
    const instance = stored({ keyPairRef: { name: 'ops' } })
    const outcome = awaitReferences(recordingContext(instance, factsFor(instance, { without: [missing], volumes: [] })))
    t.like(outcome, { kind: 'waiting', reason: 'DependencyNotFound' })
    t.true('message' in outcome && outcome.message.includes(named), JSON.stringify(outcome))
  })
}

test('an instance that runs needs its image, type and key no longer', t => {
  const instance = stored({ keyPairRef: { name: 'ops' } })
  const facts = factsFor(instance, { without: ['image', 'micro', 'keyPair'], machine: machineFor(instance), run: runFor(instance, 'Running') })
  t.is(awaitReferences(recordingContext(instance, facts)).kind, 'ready')
})

test('an instance without groups of its own is in the default group of its VPC', t => {
  const facts = factsFor({ ...stored(), spec: { ...stored().spec, securityGroupRefs: undefined } as never })
  t.deepEqual(facts.groups.map(({ name }) => name), ['main-default'])
})

test('an image of another namespace that is not shared is told from none by nobody', t => {
  const instance = stored({ imageRef: { name: 'debian', namespace: 'team-b' } })
  t.like(awaitReferences(recordingContext(instance, factsFor(instance, { volumes: [] }))), { kind: 'waiting', reason: 'DependencyNotFound' })
})

for (const [what, spec] of [
  ['hibernation', { state: 'Hibernated' }], ['Spot', { market: { type: 'Spot' } }], ['dedicated tenancy', { placement: { tenancy: 'Dedicated' } }],
  ['an instance profile', { instanceProfileRef: { name: 'app' } }],
] as const) {
  test(`${what}, which is not served yet, is refused in words and not passed over`, t => {
    const instance = stored(spec)
    t.like(checkServed(recordingContext(instance, factsFor(instance))), { kind: 'blocked', reason: 'NotSupportedYet' })
  })
}

test('each disk becomes a Volume once, and is never made anew for a machine that had it', async t => {
  const instance = stored()
  const first = recordingContext(instance, factsFor(instance, { volumes: [] }))
  t.is((await ensureVolumes(settings, new Set())(first)).kind, 'waiting')
  t.deepEqual(first.recording.acts, ['apply Volume team-a/web-sda1'])
  const again = recordingContext(instance, factsFor(instance))
  t.is((await ensureVolumes(settings, new Set())(again)).kind, 'ready')
  const lost = recordingContext(instance, factsFor(instance, { volumes: [], machine: machineFor(instance, { runStrategy: 'Halted', printableStatus: 'Stopped' }) }))
  t.like(await ensureVolumes(settings, new Set())(lost), { kind: 'blocked', reason: 'VolumeNotFound' })
  t.deepEqual([...again.recording.acts, ...lost.recording.acts], [])
})

test('a Volume of the same name that was made for somebody else is not taken for the disk', t => {
  const instance = stored()
  const strangers = volumesFor({ ...instance, metadata: { ...instance.metadata, uid: 'another' } })
  t.is(factsFor(instance, { volumes: strangers }).disks[0]?.volume, undefined)
})

test('a launch that goes well says the same from its first pass to its last, so that the status is not written in between', async t => {
  const instance = stored()
  const cloning = await ensureVolumes(settings, new Set())(recordingContext(instance, factsFor(instance, { volumes: volumesFor(instance, 'creating') })))
  const starting = await ensureMachine(recordingContext(instance, factsFor(instance)))
  t.deepEqual(cloning, starting)
})

test('a launch says what its disks are waiting for where the user may have to do something about it', async t => {
  const instance = stored()
  const message = 'waiting for VolumeType "gp4": there is none of this name; create it, before or after, or correct the reference'
  const waitingFor = (reason: string) => volumesFor(instance, 'creating').map(volume => ({
    ...volume, status: { state: 'creating', conditions: [{ type: 'Reconciling', status: 'True', reason, message }] },
  }))
  const outcomeOf = (reason: string) =>
    ensureVolumes(settings, new Set())(recordingContext(instance, factsFor(instance, { volumes: waitingFor(reason) })))
  t.like(await outcomeOf('DependencyNotFound'), { kind: 'waiting', reason: 'DependencyNotReady' })
  t.regex((await outcomeOf('DependencyNotFound') as { message: string }).message, /VolumeType "gp4"/)
  t.like(await outcomeOf('Creating'), { kind: 'waiting', reason: 'Pending' })
})

test('user data is read when it is needed, copied into a Secret of ours, and is in no store', async t => {
  const userData = '#!/bin/sh\necho s3cr3t'
  const instance = stored({ userData })
  t.false(JSON.stringify(instance).includes('s3cr3t'))
  t.false(JSON.stringify([...cacheFor(instance).of((await import('./store.ts')).instanceInformer).list()]).includes('s3cr3t'))
  const live = { ...instance, spec: { ...instance.spec, userData } } as KubeObject
  const context = recordingContext(instance, factsFor(instance), [live])
  t.is((await ensureUserData(new Set())(context)).kind, 'ready')
  t.deepEqual(context.recording.applied.map(({ data }) => data), [{ userdata: Buffer.from(userData).toString('base64') }])
  t.false(JSON.stringify(buildMachine(instance, factsFor(instance))).includes('s3cr3t'))
})

test('user data that changed between two looks is not mixed up', async t => {
  const instance = stored({ userData: 'one' })
  const context = recordingContext(instance, factsFor(instance), [{ ...instance, spec: { ...instance.spec, userData: 'two' } } as KubeObject])
  t.is((await ensureUserData(new Set())(context)).kind, 'waiting')
  t.deepEqual(context.recording.applied, [])
})

test('a Secret that userDataSecretRef names is waited for, and one that is too big is refused', async t => {
  const instance = stored({ userDataSecretRef: { name: 'boot', key: 'script' } })
  const secret = (data: Record<string, string>) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'boot', namespace: 'team-a', uid: 's', resourceVersion: '1' }, data })
  const outcome = async (...live: KubeObject[]) => ensureUserData(new Set())(recordingContext(instance, factsFor(instance), live))
  t.like(await outcome(), { kind: 'waiting', reason: 'DependencyNotFound' })
  t.like(await outcome(secret({})), { kind: 'waiting', reason: 'DependencyNotFound' })
  t.like(await outcome(secret({ script: Buffer.alloc(16385).toString('base64') })), { kind: 'blocked', reason: 'InvalidSpec' })
  t.is((await outcome(secret({ script: 'IyEvYmluL3No' }))).kind, 'ready')
})

test('the public key has a Secret that holds nothing else, made at launch', async t => {
  const instance = stored({ keyPairRef: { name: 'ops' } })
  const context = recordingContext(instance, factsFor(instance))
  await ensurePublicKey(new Set())(context)
  t.deepEqual(context.recording.applied.map(({ data }) => Object.keys(data as object)), [['key']])
  const later = recordingContext(instance, factsFor(instance, { machine: machineFor(instance) }))
  await ensurePublicKey(new Set())(later)
  t.deepEqual(later.recording.acts, [])
})

test('a machine that runs is never written whole', async t => {
  const instance = stored({ instanceType: 't3.small' })
  const context = recordingContext(instance, factsFor(instance, { machine: machineFor(instance), run: runFor(instance, 'Running') }))
  t.is((await ensureMachine(context)).kind, 'ready')
  t.deepEqual(context.recording.acts, [])
})
