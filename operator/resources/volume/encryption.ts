import type { Volume } from '../../../crds/v1alpha1/volume.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready } from '../../runtime/outcome.ts'
import type { VolumeFacts } from './observe.ts'

/**
 * A key of one's own is the StorageClass's to take: which Secret of the account it is, the class says, and nobody else could. Asked before there are
 * bytes; from then on they have the key that they have.
 */
export const checkKey = ({ object: { spec }, facts: { claim, storageClass } }: StepContext<Volume, VolumeFacts>): Outcome => {
  const { kmsKeyRef, encrypted, volumeType } = spec
  if (kmsKeyRef === undefined || !encrypted || claim !== undefined || storageClass === undefined) return ready
  const { keySecret, metadata: { name } } = storageClass
  if (keySecret === undefined) {
    return blocked('KeyNotSupported', `kmsKeyRef: encrypted volumes of type ${volumeType} have the platform's key: their StorageClass "${name}" takes none of an account's. ` +
      'Create the Volume without kmsKeyRef, or with another volumeType')
  }
  return keySecret === kmsKeyRef.name ? ready : blocked('KeyNotSupported', `kmsKeyRef: the key of encrypted volumes of type ${volumeType} is in the Secret "${keySecret}" of each account: ` +
    `put yours there and create the Volume with kmsKeyRef: {name: ${keySecret}}`)
}
