import test from 'ava'
import type { ExecutionContext } from 'ava'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { FakeClock } from '../operator/runtime/fake-clock.ts'
import { createLog, silentLog } from '../operator/runtime/log.ts'
import { ObjectStore } from '../operator/runtime/object-store.ts'
import { CERTIFICATE_SECRET, certificateInformer, encodeData } from './certificate-secret.ts'
import type { CertificateSecret } from './certificate-secret.ts'
import { makeServingCertificate } from './certificates.ts'
import { created } from './rotation.ts'
import { validate } from './review.ts'
import { admissionApp } from './server.ts'
import { serveWithCertificate } from './tls.ts'
import type { View } from './verdicts/index.ts'

const view = { getInstanceType: () => undefined, getVPC: () => undefined, subnetsOfVPC: () => [], instancesAt: () => [] } as unknown as View
const now = Date.UTC(2026, 10, 22)

const secretOf = async (resourceVersion: string) => {
  const made = await makeServingCertificate(['127.0.0.1'], Date.now())
  const metadata = { name: CERTIFICATE_SECRET, namespace: 'n', uid: 's', resourceVersion }
  return { made, secret: { apiVersion: 'v1', kind: 'Secret', metadata, data: encodeData(created(made)) } as CertificateSecret }
}

const setUp = async (t: ExecutionContext, options: { ready?: () => boolean; lines?: string[] } = {}) => {
  const { made, secret } = await secretOf('1')
  const store = new ObjectStore(certificateInformer('n'), new FakeClock(now))
  const { lines } = options
  const log = lines === undefined ? silentLog : createLog({ level: 'trace', destination: { write: (line: string) => void lines.push(line) } })
  const app = admissionApp({ validate: async request => validate(request, view), finalizers: { VPC: 'kumulus.dev/vpc' }, ready: options.ready ?? (() => true), log, judged: () => {} })
  const server = createServer(app)
  const certified = serveWithCertificate(server, store, { host: '127.0.0.1', port: 0, log })
  t.teardown(certified.close)
  const listening = new Promise((resolve) => server.once('listening', resolve))
  t.false(certified.serving())
  store.put(secret)
  await listening
  return { store, made, port: (certified.address() as AddressInfo).port }
}

type Answer = { status: number; body: Record<string, unknown>; serial: string }

const post = (port: number, ca: string, path: string, body: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', ca, agent: false, headers: { 'content-type': 'application/json' } }, (response) => {
      const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown>, serial }))
    })
    sent.on('error', reject)
    sent.end(body)
  })

const vpc = { apiVersion: 'kumulus.dev/v1alpha1', kind: 'VPC', metadata: { name: 'v', namespace: 'a' }, spec: { cidrBlocks: ['10.0.0.0/16'], userData: 'SECRET' } }
const review = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid: 'r-1', operation: 'CREATE', object: vpc, resource: { resource: 'vpcs' } },
})

test('it answers reviews over TLS under its own certificate, with the uid of the request', async (t) => {
  const { port, made } = await setUp(t)
  const mutated = await post(port, made.authority, '/mutate', review)
  t.is(mutated.status, 200)
  t.like(mutated.body, { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: 'r-1', allowed: true, patchType: 'JSONPatch' } })
  t.like((await post(port, made.authority, '/validate', review)).body, { response: { uid: 'r-1', allowed: true } })
})

test('a new certificate in the Secret is served without a restart', async (t) => {
  const { port, made, store } = await setUp(t)
  const before = await post(port, made.authority, '/validate', review)
  const { made: next, secret } = await secretOf('2')
  store.put(secret)
  const after = await post(port, next.authority, '/validate', review)
  t.not(before.serial, after.serial)
  await t.throwsAsync(post(port, made.authority, '/validate', review))
})

test('a Secret that somebody spoilt leaves the old certificate in use', async (t) => {
  const { port, made, store } = await setUp(t)
  const { secret } = await secretOf('2')
  store.put({ ...secret, data: encodeData({ 'tls.crt': 'rubbish', 'tls.key': 'rubbish' }) } as CertificateSecret)
  t.is((await post(port, made.authority, '/validate', review)).status, 200)
})

test('before it has read what there is it judges nothing', async (t) => {
  const { port, made } = await setUp(t, { ready: () => false })
  t.is((await post(port, made.authority, '/validate', review)).status, 503)
})

test('rubbish is refused without being quoted', async (t) => {
  const { port, made } = await setUp(t)
  const broken = await post(port, made.authority, '/validate', '{"secret')
  t.is(broken.status, 400)
  t.false(JSON.stringify(broken.body).includes('secret'))
  t.is((await post(port, made.authority, '/validate', '{}')).status, 400)
  t.is((await post(port, made.authority, '/validate', JSON.stringify({ x: 'y'.repeat(8_000_000) }))).status, 413)
})

test('no object is ever logged', async (t) => {
  const lines: string[] = []
  const { port, made } = await setUp(t, { lines })
  await post(port, made.authority, '/validate', review)
  await post(port, made.authority, '/mutate', review.slice(0, -3))
  t.true(lines.some((line) => line.includes('judged')))
  t.false(lines.join().includes('SECRET'))
})
