import test from 'ava'
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { CERTIFICATE_LIFE, makeServingCertificate, readCertificate } from './certificates.ts'
import { created, nextRotationStep, prepared, promoted } from './rotation.ts'

const now = Date.UTC(2026, 10, 22)
const hosts = ['admission.kumulus-system.svc', '127.0.0.1']
const due = now + (CERTIFICATE_LIFE * 2) / 3 + 1000

test('a certificate is for its names and addresses, signed by its authority, and not one itself', async (t) => {
  const made = await makeServingCertificate(hosts, now)
  const certificate = new X509Certificate(made.certificate)
  const authority = new X509Certificate(made.authority)
  t.is(certificate.checkHost('admission.kumulus-system.svc'), 'admission.kumulus-system.svc')
  t.is(certificate.checkIP('127.0.0.1'), '127.0.0.1')
  t.true(certificate.verify(authority.publicKey))
  t.true(authority.ca)
  t.false(certificate.ca)
  t.true(certificate.checkPrivateKey(createPrivateKey(made.key)))
})

test('nothing, or rubbish, leads to a new certificate', (t) => {
  t.is(nextRotationStep(undefined, hosts, now, []).step, 'create')
  t.is(nextRotationStep({ 'tls.crt': 'rubbish', 'tls.key': 'x', 'ca.crt': 'x' }, hosts, now, []).step, 'create')
})

test('a fresh certificate is kept until a third of its life is left', async (t) => {
  const data = created(await makeServingCertificate(hosts, now))
  t.deepEqual(nextRotationStep(data, hosts, now, []), { step: 'keep', after: (CERTIFICATE_LIFE * 2) / 3 })
  t.is(nextRotationStep(data, hosts, due, []).step, 'prepare')
})

test('the next certificate is served only after every webhook trusts its authority, and has for a while', async (t) => {
  const data = created(await makeServingCertificate(hosts, now))
  const next = await makeServingCertificate(hosts, due)
  const ready = prepared(data, next)
  const later = due + 600_000
  t.is(ready['tls.crt'], data['tls.crt'])
  t.is(nextRotationStep(ready, hosts, later, [data['ca.crt'] ?? '']).step, 'keep')
  t.is(nextRotationStep(ready, hosts, later, []).step, 'keep')
  t.is(nextRotationStep(ready, hosts, later, [ready['ca.crt'] ?? '', data['ca.crt'] ?? '']).step, 'keep')
  t.is(nextRotationStep(ready, hosts, due, [ready['ca.crt'] ?? '', ready['ca.crt'] ?? '']).step, 'keep')
  t.is(nextRotationStep(ready, hosts, later, [ready['ca.crt'] ?? '', ready['ca.crt'] ?? '']).step, 'promote')
})

test('after the change both authorities are trusted, and no third', async (t) => {
  let data = created(await makeServingCertificate(hosts, now))
  for (let round = 1; round <= 3; round++) {
    const next = await makeServingCertificate(hosts, now + round)
    const before = data['ca.crt']?.split('-----END CERTIFICATE-----')[0] ?? ''
    data = promoted(prepared(data, next))
    t.is(data['tls.crt'], next.certificate)
    t.is(data['ca.crt']?.match(/BEGIN CERTIFICATE/g)?.length, 2)
    t.true(data['ca.crt']?.startsWith(next.authority))
    t.true(data['ca.crt']?.includes(before))
    t.is(data['next.key'], undefined)
  }
})

test('another address needs another certificate, at once', async (t) => {
  const data = created(await makeServingCertificate(hosts, now))
  t.is(nextRotationStep(data, ['10.0.0.1'], now, []).step, 'prepare')
  const ready = prepared(data, await makeServingCertificate(['10.0.0.1'], now))
  t.is(nextRotationStep(ready, ['10.0.0.1'], now, [ready['ca.crt'] ?? '']).step, 'promote')
})

test('an expired certificate does not wait for the new one to settle', async (t) => {
  const data = created(await makeServingCertificate(hosts, now))
  const end = now + CERTIFICATE_LIFE + 1000
  const ready = prepared(data, await makeServingCertificate(hosts, end))
  t.is(nextRotationStep(ready, hosts, end, [ready['ca.crt'] ?? '']).step, 'promote')
})

test('a certificate names its hosts as they were asked for, IPv6 addresses too', async (t) => {
  const asked = [...hosts, '::1', 'fd00::5']
  t.deepEqual(readCertificate((await makeServingCertificate(asked, now)).certificate)?.hosts, asked)
})
