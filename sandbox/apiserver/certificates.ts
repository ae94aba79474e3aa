import { webcrypto } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

/** PEM texts: what the server shows, its key, and the authority that clients trust. */
export type ServerCertificate = { certificate: string; key: string; ca: string }

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const year = 365 * 24 * 3600 * 1000

/**
 * A certificate for these names, by an authority of our own. In a directory the authority is kept, so that a restarted server is trusted by
 * the kubeconfigs it wrote before.
 *
 * @param now - milliseconds since the epoch.
 */
export const makeCertificate = async (names: string[], now: number, directory?: string): Promise<ServerCertificate> => {
  x509.cryptoProvider.set(webcrypto)
  const authority = (directory === undefined ? undefined : await readAuthority(directory)) ?? (await makeAuthority(now, directory))
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=kube-apiserver',
    issuer: authority.certificate.subject,
    notBefore: new Date(now - 3600 * 1000),
    notAfter: new Date(now + year),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey), ca: authority.certificate.toString('pem') }
}

type Authority = { certificate: x509.X509Certificate; key: CryptoKey }

const makeAuthority = async (now: number, directory: string | undefined): Promise<Authority> => {
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=kumulus-sandbox',
    notBefore: new Date(now - 3600 * 1000),
    notAfter: new Date(now + 10 * year),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  })
  if (directory !== undefined) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(join(directory, 'ca.key'), await exportKey(keys.privateKey), { mode: 0o600 })
    writeFileSync(join(directory, 'ca.crt'), certificate.toString('pem'), { mode: 0o644 })
  }
  return { certificate, key: keys.privateKey }
}

const readAuthority = async (directory: string): Promise<Authority | undefined> => {
  const [keyPath, certificatePath] = [join(directory, 'ca.key'), join(directory, 'ca.crt')]
  if (!existsSync(keyPath) || !existsSync(certificatePath)) return undefined
  const der = x509.PemConverter.decodeFirst(readFileSync(keyPath, 'utf8'))
  const key = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
  return { certificate: new x509.X509Certificate(readFileSync(certificatePath, 'utf8')), key: key }
}

const generateKeys = async (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

const exportKey = async (key: CryptoKey): Promise<string> => {
  const der = await webcrypto.subtle.exportKey('pkcs8', key)
  return x509.PemConverter.encode(der, 'PRIVATE KEY')
}

const serialNumber = (): string => Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString('hex').replace(/^[89a-f]/, '1')
