import type { KeyPair } from '../../../crds/v1alpha1/key-pair.ts'
import { madeFor } from '../../providers/made.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { generateKey } from './generate.ts'
import type { KeyPairFacts, SeenKeys } from './observe.ts'
import { buildSecret, publicPartOf, secretResource } from './secret.ts'

type Context = StepContext<KeyPair, KeyPairFacts>

/** A key that came with the spec. */
export const checkPublicKey = ({ facts: { problem } }: Context): Outcome =>
  problem === undefined ? ready : blocked('InvalidPublicKey', `spec.publicKey ${problem}; create a new KeyPair with it`)

/**
 * A key of our making, made once. The Secret is read live every time, and what it holds is the key: a pass that died between the Secret and the
 * status is taken up by the next, and a key that somebody may have put to use is never replaced by another.
 */
export const ensurePrivateKey = (seen: SeenKeys) => async (context: Context): Promise<Outcome> => {
  const { object, facts: { secretName, key }, read } = context
  if (secretName === undefined) return ready
  const namespace = object.metadata.namespace ?? ''
  const present = await read(secretResource, { name: secretName, namespace })
  if (present === undefined) return key === undefined ? make(context, seen, secretName, namespace) : lost(secretName, 'is gone')
  if (madeFor(object, present) === undefined) {
    return blocked('NameConflict', `the Secret "${secretName}" is in the way of the private key and was not made for this KeyPair: delete it if nobody needs it, or create another KeyPair`)
  }
  const found = publicPartOf(present)
  if (found === undefined) return lost(secretName, 'holds no key any more')
  if (key === undefined) {
    seen.set(object.metadata.uid, found)
    // Seen, not written: only the next look at the object brings it into the status.
    return waiting('Progressing', `taking up the key in the Secret "${secretName}"`, 0)
  }
  return found.publicKey === key.publicKey ? ready : lost(secretName, 'holds another key')
}

/** Said once: the step before it is done and the status doesn't know yet. */
export const announce = ({ object, facts: { id, secretName }, event }: Context): Outcome => {
  if (object.status?.publicKey !== undefined) return ready
  event('Normal', 'Available', secretName === undefined ? `${id} is imported` : `${id} is made; its private key is in the Secret "${secretName}"`)
  return ready
}

const make = async ({ object, apply }: Context, seen: SeenKeys, name: string, namespace: string): Promise<Outcome> => {
  const key = await generateKey(object.spec.generate?.type ?? 'ed25519', object.metadata.name)
  await apply(buildSecret({ name, namespace, key }), { owned: true })
  seen.set(object.metadata.uid, { publicKey: key.publicKey, fingerprint: key.fingerprint })
  return ready
}

const lost = (secretName: string, what: string): Outcome => blocked('PrivateKeyLost',
  `the Secret "${secretName}" with the private key ${what}. No other key is made in its place: instances have the public half. Create a new KeyPair`)
