import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import { instance, type Instance } from '../../../crds/v1alpha1/instance.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { userDataApplied } from './annotations.ts'
import type { InstanceFacts } from './observe.ts'
import { isOff } from './power.ts'
import { type StoredInstance, userDataMark } from './store.ts'

type Context = StepContext<StoredInstance, InstanceFacts>

export const secretResource: ResourceType = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }

/**
 * UIDs of instances whose disks this process has just made: nobody has made a Secret for them either, so that it need not be looked for. Any later
 * attempt looks.
 */
export type Begun = Set<string>

/** Secrets are named by ID: no Secret of the tenant's own is in the way. */
export const userDataSecretName = (id: string): string => `${id}-user-data`
export const publicKeySecretName = (id: string): string => `${id}-public-key`

/**
 * Copies the user data into a Secret of ours that the machine's seed is made of, when it is launched and, if it has changed, when it is started. Read
 * live, at the time that it is needed: nothing of ours watches Secrets or keeps user data.
 */
export const ensureUserData = (begun: Begun) => async ({ object, facts, read, apply }: Context): Promise<Outcome> => {
  if (!isOff(facts) || object.userData === '' || facts.machine?.metadata.annotations?.[userDataApplied] === object.userData) return ready
  const found = object.spec.userDataSecretRef === undefined ? await inlineData(object, read) : await secretData(object, read)
  if ('kind' in found) return found
  const secret = buildSecret({ name: userDataSecretName(facts.id), object, data: { userdata: found.base64 } })
  await apply(secret, { owned: true, isNew: begun.has(object.metadata.uid) })
  return ready
}

/** The public key's own Secret: KubeVirt takes every value in it for a key. */
export const ensurePublicKey = (begun: Begun) => async ({ object, facts, apply }: Context): Promise<Outcome> => {
  const isNew = begun.delete(object.metadata.uid)
  const publicKey = facts.keyPair?.status?.publicKey
  if (facts.machine !== undefined || object.spec.keyPairRef === undefined || publicKey === undefined) return ready
  const data = { key: Buffer.from(publicKey.trim()).toString('base64') }
  await apply(buildSecret({ name: publicKeySecretName(facts.id), object, data }), { owned: true, isNew })
  return ready
}

export const buildSecret = ({ name, object, data }: { name: string; object: Pick<Instance, 'metadata'>; data: Record<string, string> }) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace } },
  type: 'Opaque',
  data,
})

type Found = { base64: string } | Outcome

const inlineData = async (object: StoredInstance, read: Context['read']): Promise<Found> => {
  const live = await read(instance, target(object, object.metadata.name)) as Instance | undefined
  const isSame = live?.metadata.uid === object.metadata.uid && userDataMark(live.metadata.uid, live.spec) === object.userData
  // It has changed since: what has changed it brings the key back too.
  return isSame ? { base64: Buffer.from(live.spec.userData ?? '').toString('base64') } : waiting('Pending', 'userData is being changed', 200)
}

const secretData = async (object: StoredInstance, read: Context['read']): Promise<Found> => {
  const { name = '', key = '' } = object.spec.userDataSecretRef ?? {}
  const secret = await read(secretResource, target(object, name)) as (KubeObject & { data?: Record<string, string> }) | undefined
  const base64 = secret?.data?.[key]
  if (base64 === undefined) {
    return waiting('DependencyNotFound', secret === undefined
      ? `waiting for Secret "${name}" of userDataSecretRef: there is none of this name in namespace "${object.metadata.namespace}"`
      : `waiting for key "${key}" of userDataSecretRef: Secret "${name}" has none of this name`, secretPollMs)
  }
  return Buffer.from(base64, 'base64').length <= maxBytes ? { base64 }
    : blocked('InvalidSpec', `userDataSecretRef: "${key}" of Secret "${name}" has more than 16384 bytes: let a short script download the rest`)
}

const target = ({ metadata: { namespace } }: StoredInstance, name: string) => ({ name, ...namespace === undefined ? {} : { namespace } })

const maxBytes = 16384

/** No watch tells of a Secret that comes. */
const secretPollMs = 5000
