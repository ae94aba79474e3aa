import { webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** A serving certificate and the authority that signed it, all PEM. The authority's key is thrown away: it signs once. */
export type ServingCertificate = { certificate: string; key: string; authority: string }

const DAY = 86_400_000
/** A serving certificate's life; a new one is prepared when a third of it is left. */
export const CERTIFICATE_LIFE = 90 * DAY
/** Clocks of API servers may be behind ours. */
const BACKDATED = 3_600_000

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/**
 * Makes an authority and a serving certificate for `hosts` (names and IP addresses).
 * @param now - milliseconds since the epoch.
 */
export const makeServingCertificate = async (hosts: readonly string[], now: number): Promise<ServingCertificate> => {
  const x509 = await loadX509()
  const notBefore = new Date(now - BACKDATED)
  const notAfter = new Date(now + CERTIFICATE_LIFE)
  const authorityKeys = await generateKeys()
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=kumulus-admission-ca',
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    keys: authorityKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  })
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=kumulus-admission',
    issuer: authority.subject,
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }))),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  })
  return { certificate: pem(certificate), key: await keyPEM(keys.privateKey), authority: pem(authority) }
}

/** When a PEM certificate was made and ends, in milliseconds since the epoch, and what it is for. Undefined for what is not a certificate. */
export const readCertificate = (text: string): { madeAt: number; notAfter: number; hosts: string[] } | undefined => {
  try {
    const { validFromDate, validToDate, subjectAltName = '' } = new X509Certificate(text)
    const hosts = subjectAltName.split(', ').flatMap((name) => hostOf(/^(?:DNS|IP Address):(.+)$/.exec(name)?.[1]) ?? [])
    return { madeAt: validFromDate.getTime() + BACKDATED, notAfter: validToDate.getTime(), hosts }
  } catch {
    return undefined
  }
}

/** OpenSSL writes IPv6 addresses out in full. */
const hostOf = (name: string | undefined): string | undefined =>
  name !== undefined && isIP(name) === 6 ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name

/** Takes 20 MB, and is needed once in two months. */
const loadX509 = async () => {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

const generateKeys = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

/** 127 random bits: positive, and never the same twice. */
const serialNumber = (): string => {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  bytes[0] = (bytes[0] ?? 0) & 0x7f
  return Buffer.from(bytes).toString('hex')
}

const pem = (certificate: { toString: (format: 'pem') => string }): string => `${certificate.toString('pem').trim()}\n`

const keyPEM = async (key: webcrypto.CryptoKey): Promise<string> => {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})(?=.)/g, '$1\n')}\n-----END PRIVATE KEY-----\n`
}
