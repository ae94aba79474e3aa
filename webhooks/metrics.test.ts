import test from 'ava'
import { Registry } from 'prom-client'
import { CERTIFICATE_LIFE, makeServingCertificate } from './certificates.ts'
import { CERTIFICATE_SECRET, encodeData, type CertificateSecret } from './certificate-secret.ts'
import { measureAdmission } from './metrics.ts'
import { created } from './rotation.ts'

const now = Date.UTC(2026, 0, 1)
const valueOf = async (registry: Registry, name: string, labels: Record<string, string> = {}) => {
  const { values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {}
  return values.find((each) => Object.entries(labels).every(([label, value]) => each.labels[label] === value))?.value
}

test('verdicts are counted by what was asked and what was said', async (t) => {
  const registry = new Registry()
  const judged = measureAdmission(registry, { list: () => [] })
  judged('validate', true)
  judged('validate', false)
  judged('mutate', true)
  const count = (webhook: string, allowed: string) => valueOf(registry, 'kumulus_admission_reviews_total', { webhook, allowed })
  t.deepEqual([await count('validate', 'true'), await count('validate', 'false'), await count('mutate', 'true')], [1, 1, 1])
})

test("when the certificate ends is told, and 0 where there is none yet, so that an alert on it can't sleep", async (t) => {
  const name = 'kumulus_admission_certificate_expiry_timestamp_seconds'
  const secrets: CertificateSecret[] = []
  const registry = new Registry()
  measureAdmission(registry, { list: () => secrets })
  t.is(await valueOf(registry, name), 0)
  const data = encodeData(created(await makeServingCertificate(['a.svc'], now)))
  secrets.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: CERTIFICATE_SECRET, uid: 'u', resourceVersion: '1' }, data })
  t.is(await valueOf(registry, name), (now + CERTIFICATE_LIFE) / 1000)
})
