import test from 'ava'
import { keyPair, volumeType } from '../../crds/v1alpha1/index.ts'
import { secretResource } from '../../operator/resources/key-pair/secret.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import { type Anything, createWorld, type World } from './world.ts'

const ops = { apiVersion: '', kind: 'KeyPair', metadata: { name: 'ops' }, spec: { generate: { type: 'ed25519' } } }

const reasonOf = (object: Anything | undefined): string | undefined =>
  (object?.status?.['conditions'] as { type: string; reason: string }[] | undefined)?.find(({ type }) => type === 'Ready')?.reason

const secretsOf = async (world: World): Promise<(Anything & { data: Record<string, string> })[]> =>
  (await world.list(secretResource)).filter(({ metadata }) => metadata.name.startsWith('key-')) as (Anything & { data: Record<string, string> })[]

test('a key is made once, goes with its KeyPair, and is said to be lost when its Secret is', async t => {
  const world = await createWorld()
  await world.apply(ops)
  await world.until(async () => reasonOf(await world.get(keyPair, 'ops')) === 'Available')
  const [secret] = await secretsOf(world)
  const made = await world.get(keyPair, 'ops')
  t.is(secret?.metadata.name, (made?.status?.['secretRef'] as { name: string }).name)
  t.is(Buffer.from(secret?.data['ssh-publickey'] ?? '', 'base64').toString().trim(), made?.status?.['publicKey'] as string)
  await t.throwsAsync(world.client.mergePatch(secretResource, { name: secret?.metadata.name ?? '', namespace: 'default' }, { data: { 'ssh-privatekey': '' } }))

  await world.remove(secretResource, secret?.metadata.name ?? '')
  await world.client.mergePatch(keyPair, { name: 'ops', namespace: 'default' }, { spec: { tags: { looked: 'again' } } })
  await world.until(async () => reasonOf(await world.get(keyPair, 'ops')) === 'PrivateKeyLost')
  t.deepEqual(await secretsOf(world), [])
  t.is((await world.get(keyPair, 'ops'))?.status?.['publicKey'], made?.status?.['publicKey'])

  await world.apply({ ...ops, metadata: { name: 'short-lived' } })
  await world.until(async () => reasonOf(await world.get(keyPair, 'short-lived')) === 'Available')
  t.is((await secretsOf(world)).length, 1)
  await world.remove(keyPair, 'short-lived')
  await world.until(async () => (await secretsOf(world)).length === 0)
  await world.stop()
})

test('an operator that dies right after it made a key finds that key again, and makes no other', async t => {
  const left = { secrets: 1 }
  const world = await createWorld({ wrap: transport => dyingAtSecret(left, transport, () => world.crash()) })
  await world.apply(ops)
  await world.until(async () => left.secrets === 0)
  const [before] = await secretsOf(world)
  t.is((await world.get(keyPair, 'ops'))?.status?.['publicKey'], undefined)
  world.start()
  await world.until(async () => reasonOf(await world.get(keyPair, 'ops')) === 'Available')
  const after = await secretsOf(world)
  t.deepEqual(after.map(({ metadata, data }) => [metadata.uid, data]), [[before?.metadata.uid, before?.data]])
  t.is(Buffer.from(before?.data['ssh-publickey'] ?? '', 'base64').toString().trim(), (await world.get(keyPair, 'ops'))?.status?.['publicKey'] as string)
  await world.stop()
})

test('a VolumeType waits for its StorageClass and says which, and is ready as soon as it is there', async t => {
  const world = await createWorld()
  await world.apply({ apiVersion: '', kind: 'VolumeType', metadata: { name: 'gp3' }, spec: { storageClassName: 'brand-new' } })
  await world.until(async () => reasonOf(await world.get(volumeType, 'gp3')) === 'StorageClassNotFound')
  const storageClasses = { group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass', plural: 'storageclasses', namespaced: false }
  await world.client.create(storageClasses, {
    apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'brand-new' }, provisioner: 'csi.example.com',
  })
  await world.until(async () => reasonOf(await world.get(volumeType, 'gp3')) === 'Available')
  t.pass()
  await world.stop()
})

const dyingAtSecret = (left: { secrets: number }, transport: Transport, die: () => void): Transport => ({
  ...transport,
  request: async request => {
    const answer = await transport.request(request)
    if (request.method !== 'GET' && request.path.includes('/secrets/key-') && left.secrets > 0 && answer.status < 300) {
      left.secrets--
      die()
    }
    return answer
  },
})
