import { webcrypto } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

/** PEM texts: what the server shows, its key, and the authority that clients trust. */
export type ServerCertificate = { certificate: string; key: string; ca: string }

/** Who signs. `pem` is what others trust. */
export type Authority = { certificate: x509.X509Certificate; key: CryptoKey; pem: string }

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const year = 365 * 24 * 3600 * 1000

/**
 * A certificate for these names, by an authority of our own. In a directory the authority is kept, so that a restarted server is trusted by
 * the kubeconfigs it wrote before.
 *
 * @param now - milliseconds since the epoch.
 */
export const makeCertificate = async (names: string[], now: number, directory?: string): Promise<ServerCertificate> => {
  const authority = (directory === undefined ? undefined : await readAuthority(directory)) ?? (await makeAuthority('kumulus-sandbox', now, directory))
  return { ...(await issueCertificate(authority, { subject: 'CN=kube-apiserver', names, now })), ca: authority.pem }
}

/** A certificate that serves under these names, and shows a server who a client is. */
export const issueCertificate = async (
  authority: Authority,
  { subject, names, now }: { subject: string; names: readonly string[]; now: number },
): Promise<{ certificate: string; key: string }> => {
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: authority.certificate.subject,
    notBefore: new Date(now - 3600 * 1000),
    notAfter: new Date(now + year),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })))]),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** @param directory - where it is kept. */
export const makeAuthority = async (name: string, now: number, directory?: string): Promise<Authority> => {
  x509.cryptoProvider.set(webcrypto)
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    notBefore: new Date(now - 3600 * 1000),
    notAfter: new Date(now + 10 * year),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  })
  const pem = certificate.toString('pem')
  if (directory !== undefined) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(join(directory, 'ca.key'), await exportKey(keys.privateKey), { mode: 0o600 })
    writeFileSync(join(directory, 'ca.crt'), pem, { mode: 0o644 })
  }
  return { certificate, key: keys.privateKey, pem }
}

const readAuthority = async (directory: string): Promise<Authority | undefined> => {
  const [keyPath, certificatePath] = [join(directory, 'ca.key'), join(directory, 'ca.crt')]
  if (!existsSync(keyPath) || !existsSync(certificatePath)) return undefined
  x509.cryptoProvider.set(webcrypto)
  const der = x509.PemConverter.decodeFirst(readFileSync(keyPath, 'utf8'))
  const key = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
  const certificate = new x509.X509Certificate(readFileSync(certificatePath, 'utf8'))
  return { certificate, key, pem: certificate.toString('pem') }
}

const generateKeys = async (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

const exportKey = async (key: CryptoKey): Promise<string> => {
  const der = await webcrypto.subtle.exportKey('pkcs8', key)
  return x509.PemConverter.encode(der, 'PRIVATE KEY')
}

const serialNumber = (): string => Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString('hex').replace(/^[89a-f]/, '1')
