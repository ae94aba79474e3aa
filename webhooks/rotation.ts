import { CERTIFICATE_LIFE, readCertificate } from './certificates.ts'
import type { ServingCertificate } from './certificates.ts'

/**
 * The certificate's Secret, decoded. `ca.crt` is what API servers are to trust: the authority in use, the one before it, and the next one as soon as
 * it is prepared.
 */
export type CertificateData = {
  'tls.crt'?: string
  'tls.key'?: string
  'ca.crt'?: string
  'next.crt'?: string
  'next.key'?: string
  'next-ca.crt'?: string
}

/**
 * - `create`: nothing usable is there;
 * - `prepare`: a new certificate is due; its authority must be trusted everywhere before it is served;
 * - `promote`: the prepared one is trusted; serve it;
 * - `keep`: nothing to do for `after` milliseconds, or until the trust has been published.
 */
export type RotationStep = { step: 'create' | 'prepare' | 'promote' } | { step: 'keep'; after: number }

const RENEW_BEFORE = CERTIFICATE_LIFE / 3
/** What we read as published may still be on its way to some API server of several. */
const SETTLING = 300_000

/**
 * Decides the next step of a rotation without a gap: no API server ever meets a certificate that it does not trust yet.
 * @param published - the caBundle of every webhook of ours, decoded.
 */
export const nextRotationStep = (
  data: CertificateData | undefined,
  hosts: readonly string[],
  now: number,
  published: readonly string[],
): RotationStep => {
  const current = data?.['tls.crt'] === undefined ? undefined : readCertificate(data['tls.crt'])
  if (current === undefined || data?.['tls.key'] === undefined || data['ca.crt'] === undefined) return { step: 'create' }
  const nextAuthority = data['next-ca.crt']
  const next = data['next.crt'] === undefined ? undefined : readCertificate(data['next.crt'])
  if (next !== undefined && nextAuthority !== undefined && covers(next.hosts, hosts) && next.notAfter > now) {
    const trusted = published.length > 0 && published.every((bundle) => bundle.includes(nextAuthority.trim()))
    const urgent = current.notAfter <= now || !covers(current.hosts, hosts)
    const settled = next.madeAt + SETTLING
    return trusted && (urgent || settled <= now) ? { step: 'promote' } : { step: 'keep', after: Math.max(SETTLING / 5, settled - now) }
  }
  const due = current.notAfter - RENEW_BEFORE
  return due <= now || !covers(current.hosts, hosts) ? { step: 'prepare' } : { step: 'keep', after: due - now }
}

export const created = ({ certificate, key, authority }: ServingCertificate): CertificateData =>
  ({ 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority })

export const prepared = (data: CertificateData, next: ServingCertificate): CertificateData => ({
  ...created({ certificate: data['tls.crt'] ?? '', key: data['tls.key'] ?? '', authority: bundle(firstAuthority(data['ca.crt']), next.authority) }),
  'next.crt': next.certificate,
  'next.key': next.key,
  'next-ca.crt': next.authority,
})

/** The authority before stays trusted until the next rotation: some replica may still serve the old certificate. */
export const promoted = (data: CertificateData): CertificateData => ({
  'tls.crt': data['next.crt'] ?? '',
  'tls.key': data['next.key'] ?? '',
  'ca.crt': bundle(data['next-ca.crt'] ?? '', firstAuthority(data['ca.crt'])),
})

const covers = (certified: readonly string[], hosts: readonly string[]): boolean => hosts.every((host) => certified.includes(host))

const bundle = (...authorities: string[]): string => authorities.map((each) => `${each.trim()}\n`).join('')

/** The authority in use comes first. */
const firstAuthority = (authorities: string | undefined): string => `${(authorities ?? '').split(/(?<=-----END CERTIFICATE-----)\n?/)[0] ?? ''}\n`
