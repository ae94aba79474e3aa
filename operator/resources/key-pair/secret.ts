import type { KubeObject, ResourceType } from '../../../crds/kubernetes.ts'
import { parsePublicKey } from '../../../crds/ssh-public-key.ts'
import type { GeneratedKey } from './generate.ts'

export const secretResource: ResourceType = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }

/** Named by ID: no Secret of the tenant's own is in the way. */
export const secretNameOf = (keyPairID: string): string => `${keyPairID}-private-key`

/** What of a made key is no secret. */
export type PublicPart = Pick<GeneratedKey, 'publicKey' | 'fingerprint'>

/**
 * Where a made key is kept, once and for all: immutable, so that no second pass, of whichever process, can put another key in its place. The
 * public half is beside it, so that a pass that finds the Secret without a status that tells of it goes on from there.
 */
export const buildSecret = ({ name, namespace, key }: { name: string; namespace: string; key: GeneratedKey }) => ({
  apiVersion: 'v1',
  kind: secretResource.kind,
  metadata: { name, namespace, annotations: { [fingerprintAnnotation]: key.fingerprint } },
  type: 'kubernetes.io/ssh-auth',
  immutable: true,
  data: { 'ssh-privatekey': base64(key.privateKey), 'ssh-publickey': base64(`${key.publicKey}\n`) },
})

/** The public half of the key in a Secret of ours; undefined where it holds none that can be read. */
export const publicPartOf = (secret: KubeObject): PublicPart | undefined => {
  const { data } = secret as KubeObject & { data?: Record<string, string> }
  const publicKey = Buffer.from(data?.['ssh-publickey'] ?? '', 'base64').toString().trim()
  const fingerprint = secret.metadata.annotations?.[fingerprintAnnotation]
  if (fingerprint === undefined || data?.['ssh-privatekey'] === undefined || parsePublicKey(publicKey).kind !== 'key') return undefined
  return { publicKey, fingerprint }
}

const fingerprintAnnotation = 'kumulus.dev/fingerprint'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
