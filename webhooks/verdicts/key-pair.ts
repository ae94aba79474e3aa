import type { KeyPair } from '../../crds/v1alpha1/index.ts'
import type { Verdict } from './view.ts'

/** A public key is whole: what is encoded says the same type as what is written before it, to the last byte. */
export const keyPairVerdict: Verdict<KeyPair> = ({ spec }) => {
  if (spec.publicKey === undefined || isWhole(spec.publicKey)) return []
  return [{ field: 'spec.publicKey', message: 'not a whole public key in OpenSSH format: copy all of the .pub file, for example ssh-ed25519 AAAA… you@host' }]
}

const isWhole = (publicKey: string): boolean => {
  const [type = '', encoded = ''] = publicKey.trim().split(' ')
  const fields = sshFields(Buffer.from(encoded, 'base64'))
  return fields !== undefined && fields.length >= 2 && fields[0]?.toString('latin1') === type
}

/** Length-prefixed fields of the SSH wire format (RFC 4251); undefined when they don't end where the data ends. */
const sshFields = (data: Buffer): Buffer[] | undefined => {
  const fields: Buffer[] = []
  let offset = 0
  while (offset < data.length) {
    if (offset + 4 > data.length) return undefined
    const end = offset + 4 + data.readUInt32BE(offset)
    if (end > data.length) return undefined
    fields.push(data.subarray(offset + 4, end))
    offset = end
  }
  return fields
}
