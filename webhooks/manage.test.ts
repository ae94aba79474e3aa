import test from 'ava'
import { FakeClock } from '../operator/runtime/fake-clock.ts'
import { silentLog } from '../operator/runtime/log.ts'
import { createRuntime } from '../operator/runtime/runtime.ts'
import { FakeApi } from '../operator/runtime/testing/fake-api.ts'
import { decodeData } from './certificate-secret.ts'
import { CERTIFICATE_LIFE } from './certificates.ts'
import { manageAdmission } from './manage.ts'

const SECRET = '/api/v1/namespaces/kumulus-system/secrets/kumulus-admission-certificate'
const VALIDATING = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/kumulus'

const operator = (api: FakeApi, clock: FakeClock, given = false) => {
  const runtime = createRuntime({ transport: api, clock, log: silentLog, identity: 'test' })
  manageAdmission(runtime, { clock, log: silentLog, namespace: 'kumulus-system', endpoint: { url: 'https://127.0.0.1:9443' }, given })
  runtime.start()
  return runtime
}
/** Making keys takes real time, which the clock knows nothing of: it is given some between the turns. */
const until = async (clock: FakeClock, done: () => boolean) => {
  for (const end = performance.now() + 60_000; !done() && performance.now() < end;) {
    await clock.advance(10)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  if (!done()) throw new Error('what was waited for did not happen')
}
const dataOf = (api: FakeApi) => decodeData(api.get(SECRET))
const bundleOf = (api: FakeApi) => {
  const [first] = (api.get(VALIDATING)?.['webhooks'] ?? []) as { clientConfig: { caBundle: string } }[]
  return Buffer.from(first?.clientConfig.caBundle ?? '', 'base64').toString()
}

test('the operator makes the certificate, publishes its authority, and then writes nothing more', async (t) => {
  const api = new FakeApi()
  const clock = new FakeClock()
  const runtime = operator(api, clock)
  await until(clock, () => api.writes.length >= 3 && runtime.idle())
  t.is(dataOf(api)?.['ca.crt'], bundleOf(api))
  await clock.jump(30 * 86_400_000)
  t.is(api.writes.length, 3)
  await runtime.stop()
  const again = operator(api, clock)
  await until(clock, () => again.idle())
  await clock.advance(60_000)
  t.is(api.writes.length, 3)
  await again.stop()
})

test('before it ends the certificate is changed, and at no moment is one served that is not trusted', async (t) => {
  const api = new FakeApi()
  const clock = new FakeClock()
  const runtime = operator(api, clock)
  await until(clock, () => bundleOf(api) !== '' && runtime.idle())
  const first = dataOf(api)
  await clock.jump((CERTIFICATE_LIFE * 2) / 3 - 86_400_000)
  t.is(dataOf(api)?.['tls.crt'], first?.['tls.crt'])
  await clock.jump(86_500_000)
  await until(clock, () => dataOf(api)?.['next.crt'] !== undefined && runtime.idle())
  const next = dataOf(api)?.['next-ca.crt'] ?? ''
  t.is(dataOf(api)?.['tls.crt'], first?.['tls.crt'])
  await until(clock, () => bundleOf(api).includes(next.trim()))
  await clock.jump(86_500_000)
  await until(clock, () => dataOf(api)?.['next.crt'] === undefined && runtime.idle())
  t.not(dataOf(api)?.['tls.crt'], first?.['tls.crt'])
  t.true(bundleOf(api).includes(next.trim()))
  await runtime.stop()
})

test('a Secret that was deleted is made anew, and its authority published', async (t) => {
  const api = new FakeApi()
  const clock = new FakeClock()
  const runtime = operator(api, clock)
  await until(clock, () => bundleOf(api) !== '' && runtime.idle())
  const before = bundleOf(api)
  await api.request({ method: 'DELETE', path: SECRET })
  await until(clock, () => bundleOf(api) !== before && runtime.idle())
  t.is(dataOf(api)?.['ca.crt'], bundleOf(api))
  await runtime.stop()
})

test('where somebody else makes the webhook configurations, they get the authority and nothing else, and none is made', async (t) => {
  const api = new FakeApi()
  const clock = new FakeClock()
  const runtime = operator(api, clock, true)
  await until(clock, () => dataOf(api) !== undefined && runtime.idle())
  await clock.advance(60_000)
  t.is(api.get(VALIDATING), undefined)
  const given = {
    apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'kumulus', labels: { chart: 'kumulus' } },
    webhooks: ['a', 'b'].map((name) => ({ name: `${name}.kumulus.dev`, sideEffects: 'None', clientConfig: { url: 'https://127.0.0.1:9443' } })),
  }
  await api.request({ method: 'POST', path: VALIDATING.replace(/\/kumulus$/, ''), body: given })
  await until(clock, () => bundleOf(api) !== '' && runtime.idle())
  t.is(dataOf(api)?.['ca.crt'], bundleOf(api))
  const caBundle = Buffer.from(bundleOf(api)).toString('base64')
  // This fake keeps of a list what was applied last: all that is ours.
  t.deepEqual(api.get(VALIDATING)?.['webhooks'], given.webhooks.map(({ name }) => ({ name, clientConfig: { caBundle } })) as never)
  t.deepEqual(api.get(VALIDATING)?.metadata.labels, given.metadata.labels)
  await api.request({ method: 'DELETE', path: VALIDATING })
  await clock.advance(3_600_000)
  t.is(api.get(VALIDATING), undefined)
  await runtime.stop()
})
