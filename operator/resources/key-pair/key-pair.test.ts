import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { parsePublicKey } from '../../../crds/ssh-public-key.ts'
import type { KeyPair } from '../../../crds/v1alpha1/key-pair.ts'
import { ready } from '../../runtime/outcome.ts'
import { golden } from '../golden.ts'
import { made, recordingContext } from '../recording-context.ts'
import { generateKey } from './generate.ts'
import { observeKeyPair, type SeenKeys } from './observe.ts'
import { announce, checkPublicKey, ensurePrivateKey } from './private-key.ts'
import { buildSecret } from './secret.ts'
import { keyPairStatus } from './status.ts'

const now = Date.UTC(2026, 0, 1)
const keyPair = (spec: KeyPair['spec'], status?: KeyPair['status']): KeyPair => ({
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'KeyPair',
  metadata: { name: 'ops', namespace: 'team-a', uid: 'key-uid', resourceVersion: '3', generation: 1 },
  spec,
  ...(status === undefined ? {} : { status }),
})
const generated = keyPair({ generate: { type: 'ed25519' } })
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII7v8TJVaEenubHSl24wRmLma07xKesdHrYlEGhg2zdm me@laptop'

/** One pass as the runtime makes it: observe, the steps until one is not ready, observe again if any wrote, status. */
const pass = async (object: KeyPair, seen: SeenKeys, live: readonly KubeObject[]) => {
  const context = recordingContext(object, observeKeyPair(seen)(object), live)
  let outcome = ready
  for (const step of [checkPublicKey, ensurePrivateKey(seen), announce]) if (outcome.kind === 'ready') outcome = await step(context)
  const { acts, applied } = context.recording
  const facts = applied.length > 0 ? observeKeyPair(seen)(object) : context.facts
  return { outcome, acts, secrets: applied.map(secret => made(object, secret)), status: keyPairStatus({ object, facts, outcome, outcomes: {}, now }) }
}

test('an imported key is available at once, told by EC2\'s fingerprint, and its comment becomes the name of the KeyPair', async t => {
  const { outcome, acts, status } = await pass(keyPair({ publicKey }), new Map(), [])
  t.deepEqual(outcome, ready)
  t.deepEqual(acts, ['event Normal Available'])
  t.regex(status.keyPairID ?? '', /^key-[0-9a-f]{17}$/)
  t.like(status, { publicKey: publicKey.replace('me@laptop', 'ops'), fingerprint: 'Y+iPI5gwgoORBlo9+hvK23L45c3xybXfGQJvgMc21mI=' })
  t.is(status.secretRef, undefined)
  t.like(status.conditions?.[0], { type: 'Ready', status: 'True', reason: 'Available' })
})

test('a key that is none is refused with the way out, and no instance gets it', async t => {
  const { outcome, status } = await pass(keyPair({ publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA' }), new Map(), [])
  t.like(outcome, { kind: 'blocked', reason: 'InvalidPublicKey' })
  t.is(status.publicKey, undefined)
})

test('a key is made once, into a Secret that status names; later passes only look', async t => {
  const seen: SeenKeys = new Map()
  const first = await pass(generated, seen, [])
  const [secret] = first.secrets
  if (secret === undefined) return t.fail()
  t.deepEqual(first.acts.slice(1), [`apply Secret team-a/${first.status.secretRef?.name}`, 'event Normal Available'])
  t.regex(first.status.publicKey ?? '', /^ssh-ed25519 \S+ ops$/)
  const second = await pass(keyPair(generated.spec, first.status), seen, [secret])
  t.deepEqual(second.outcome, ready)
  t.deepEqual(second.acts, [`read Secret team-a/${secret.metadata.name}`])
  t.deepEqual(second.status, first.status)
  t.is(seen.size, 0)
})

test('a pass that died between the Secret and the status is taken up with the same key', async t => {
  const [secret] = (await pass(generated, new Map(), [])).secrets
  if (secret === undefined) return t.fail()
  const seen: SeenKeys = new Map()
  const found = await pass(generated, seen, [secret])
  t.like(found.outcome, { kind: 'waiting', after: 0 })
  const next = await pass(generated, seen, [secret])
  t.deepEqual(next.secrets, [])
  const data = (secret as unknown as { data: Record<string, string> }).data
  t.is(`${next.status.publicKey}\n`, Buffer.from(data['ssh-publickey'] ?? '', 'base64').toString())
})

test('a lost, emptied or exchanged Secret is said and never replaced by another key', async t => {
  const first = await pass(generated, new Map(), [])
  const other = await pass(generated, new Map(), [])
  const recorded = keyPair(generated.spec, first.status)
  const [secret] = first.secrets
  if (secret === undefined) return t.fail()
  for (const live of [[], [{ ...secret, data: {} }], other.secrets]) {
    const { outcome, secrets, status } = await pass(recorded, new Map(), live)
    t.like(outcome, { kind: 'blocked', reason: 'PrivateKeyLost' })
    t.deepEqual(secrets, [])
    t.is(status.publicKey, first.status.publicKey)
  }
})

test('a Secret of the same name that was not made for the KeyPair is left alone', async t => {
  const [secret] = (await pass(generated, new Map(), [])).secrets
  if (secret === undefined) return t.fail()
  const { outcome, secrets } = await pass(generated, new Map(), [{ ...secret, metadata: { ...secret.metadata, labels: {} } }])
  t.like(outcome, { kind: 'blocked', reason: 'NameConflict' })
  t.deepEqual(secrets, [])
})

test('what a Secret holds is as the golden file says, and can\'t be changed', t => {
  const key = { privateKey: 'private\n', publicKey: publicKey.replace('me@laptop', 'ops'), fingerprint: 'fingerprint' }
  const { actual, expected } = golden(import.meta.dirname, 'ops', buildSecret({ name: 'key-0-private-key', namespace: 'team-a', key }))
  t.deepEqual(actual, expected)
})

for (const [type, fingerprint] of [['ed25519', /^[A-Za-z0-9+/]{43}=$/], ['rsa', /^([0-9a-f]{2}:){19}[0-9a-f]{2}$/]] as const) {
  test(`a made ${type} key is one that ssh takes, and its fingerprint is EC2's`, async t => {
    const key = await generateKey(type, 'ops')
    t.regex(key.fingerprint, fingerprint)
    t.is(parsePublicKey(key.publicKey).kind, 'key')
    if (spawnSync('ssh-keygen', ['-?']).error !== undefined) return t.log('ssh-keygen is not installed: the private half was not tried')
    const directory = mkdtempSync(join(tmpdir(), 'kumulus-key-'))
    t.teardown(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'key')
    writeFileSync(file, key.privateKey, { mode: 0o600 })
    t.is(execFileSync('ssh-keygen', ['-y', '-f', file]).toString().trim(), key.publicKey)
    const signature = spawnSync('ssh-keygen', ['-Y', 'sign', '-n', 'test', '-f', file], { input: 'signed' })
    t.is(signature.status, 0, signature.stderr.toString())
    if (type === 'rsa') {
      execFileSync('ssh-keygen', ['-p', '-N', '', '-m', 'PKCS8', '-f', file])
      const der = execFileSync('sed', ['-e', '/-----/d', file]).toString().replaceAll('\n', '')
      t.is(key.fingerprint.replaceAll(':', ''), createHash('sha1').update(Buffer.from(der, 'base64')).digest('hex'))
    }
  })
}
