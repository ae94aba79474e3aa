import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'
import type { Store } from '../operator/runtime/store.ts'
import { decodeData, type CertificateSecret } from './certificate-secret.ts'
import { readCertificate } from './certificates.ts'

/** Told of every verdict: the path that was asked, and whether the object was let through. */
export type Judged = (webhook: 'validate' | 'mutate', allowed: boolean) => void

/** What the admission server tells of its verdicts, and of the certificate that it serves. */
export const measureAdmission = (registry: Registry, certificates: Pick<Store<CertificateSecret>, 'list'>): Judged => {
  const reviews = new Counter({
    name: 'kumulus_admission_reviews_total', help: 'Number of admission reviews that were answered', labelNames: ['webhook', 'allowed'], registers: [registry],
  })
  // Without a sample nothing could be said of a server that has not refused yet.
  for (const allowed of ['true', 'false']) reviews.inc({ webhook: 'validate', allowed }, 0)
  void new Gauge({
    name: 'kumulus_admission_certificate_expiry_timestamp_seconds', help: 'When the serving certificate ends, in seconds since the epoch', registers: [registry],
    collect() {
      const [secret] = certificates.list()
      const read = readCertificate(decodeData(secret)?.['tls.crt'] ?? '')
      this.set(read === undefined ? 0 : read.notAfter / 1000)
    },
  })
  return (webhook, allowed) => reviews.inc({ webhook, allowed: `${allowed}` })
}
