import test from 'ava'
import { FakeClock } from '../../../operator/runtime/fake-clock.ts'
import type { AdmissionAttributes } from '../core.ts'
import { StatusError } from '../errors.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import { createWebhookAdmission, type CallWebhook } from './webhooks.ts'

const resource: ServedResource = {
  group: 't.example.com', version: 'v1', kind: 'Thing', plural: 'things', singular: 'thing', namespaced: true, shortNames: [], categories: [],
  listKind: 'ThingList', verbs: [], schema: { type: 'object' }, hasStatus: true, columns: [], custom: true,
}

const thing = (spec: object, labels = {}): AnyObject => ({ apiVersion: 't.example.com/v1', kind: 'Thing', metadata: { name: 'n', labels }, spec })

const attributes = (change: Partial<AdmissionAttributes> = {}): AdmissionAttributes => ({
  resource, operation: 'CREATE', subresource: '', namespace: 'd', name: 'n', object: thing({ a: 1 }), oldObject: undefined, options: {},
  user: { username: 'u', groups: [] }, dryRun: false, ...change,
})

const rule = { operations: ['CREATE'], apiGroups: ['t.example.com'], apiVersions: ['v1'], resources: ['things'] }
const webhook = (change: object = {}) => ({ name: 'w.example.com', clientConfig: { url: 'https://w.example.com/x' }, rules: [rule], sideEffects: 'None', ...change })

type Review = { request: { uid: string; object: AnyObject | null } }

/** Answers every call with what `respond` says. */
const answering = (respond: (review: Review, url: string) => object): CallWebhook => ({ url, body }) => {
  const review = JSON.parse(body) as Review
  const response = { uid: review.request.uid, allowed: true, ...respond(review, url) }
  return Promise.resolve({ status: 200, body: JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }) })
}

const admissionOf = (webhooks: object[], call: CallWebhook, clock = new FakeClock()) => {
  const configuration = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'X', metadata: { name: 'c' }, webhooks }
  let calls = 0
  return createWebhookAdmission({
    clock, call, configurations: () => ({ mutating: [configuration], validating: [configuration] }),
    namespaceLabels: (name) => (name === 'd' ? { env: 'prod' } : undefined),
    resolveService: ({ name }) => (name === 'known' ? { host: '127.0.0.1', port: 1234 } : undefined),
    uuid: () => `uid-${calls++}`,
  })
}

const patch = (...operations: object[]) => ({ patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') })
const refusal = async (work: Promise<unknown>): Promise<StatusError> => {
  try {
    await work
  } catch (error) {
    if (error instanceof StatusError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('a mutating webhook changes the object by a JSON patch, and its warnings come along', async (t) => {
  const admission = admissionOf([webhook()], answering(() => ({ ...patch({ op: 'add', path: '/spec/b', value: 2 }), warnings: ['mind'] })))
  const { object, warnings } = await admission.mutate(attributes())
  t.deepEqual(object['spec'], { a: 1, b: 2 })
  t.deepEqual(warnings, ['mind'])
})

test('a webhook that refuses is quoted', async (t) => {
  const admission = admissionOf([webhook()], answering(() => ({ allowed: false, status: { code: 403, reason: 'Forbidden', message: 'no way' } })))
  const error = await refusal(admission.validate(attributes()))
  t.is(error.code, 403)
  t.is(error.message, 'admission webhook "w.example.com" denied the request: no way')
  const silent = await refusal(admissionOf([webhook()], answering(() => ({ allowed: false }))).validate(attributes()))
  t.is(silent.message, 'admission webhook "w.example.com" denied the request without explanation')
  t.is(silent.code, 400)
})

test('a webhook is asked only about what its rules name', async (t) => {
  const asked = async (change: object, about: Partial<AdmissionAttributes> = {}) => {
    let count = 0
    await admissionOf([webhook(change)], answering(() => (count++, {}))).validate(attributes(about))
    return count === 1
  }
  t.true(await asked({}))
  t.false(await asked({ rules: [{ ...rule, operations: ['UPDATE'] }] }))
  t.false(await asked({ rules: [{ ...rule, resources: ['things/status'] }] }))
  t.true(await asked({ rules: [{ ...rule, resources: ['*/status'] }] }, { subresource: 'status' }))
  t.true(await asked({ rules: [{ ...rule, resources: ['*/*'] }] }))
  t.false(await asked({ rules: [{ ...rule, resources: ['*'] }] }, { subresource: 'status' }))
  t.false(await asked({ rules: [{ ...rule, scope: 'Cluster' }] }))
  t.true(await asked({ rules: [{ ...rule, apiVersions: ['v2'] }] }), 'another version of the same resource is meant too')
  t.false(await asked({ matchPolicy: 'Exact', rules: [{ ...rule, apiVersions: ['v2'] }] }))
  t.true(await asked({ namespaceSelector: { matchLabels: { env: 'prod' } } }))
  t.false(await asked({ namespaceSelector: { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['prod'] }] } }))
  t.false(await asked({ objectSelector: { matchLabels: { x: 'y' } } }))
  t.true(await asked({ objectSelector: { matchLabels: { x: 'y' } } }, { oldObject: thing({}, { x: 'y' }) }))
  t.false(await asked({ matchConditions: [{ name: 'c', expression: 'object.spec.a > 1' }] }))
  t.true(await asked({ matchConditions: [{ name: 'c', expression: 'request.operation == "CREATE" && object.spec.a == 1 && oldObject == null' }] }))
})

test('a condition that cannot be evaluated fails closed, or is passed over by policy', async (t) => {
  const broken = { matchConditions: [{ name: 'c', expression: 'object.spec.missing == 1' }] }
  const error = await refusal(admissionOf([webhook(broken)], answering(() => ({}))).validate(attributes()))
  t.is(error.code, 403)
  await t.notThrowsAsync(admissionOf([webhook({ ...broken, failurePolicy: 'Ignore' })], answering(() => ({ allowed: false }))).validate(attributes()))
})

test('a webhook that does not answer in time fails the request, unless its failures are ignored', async (t) => {
  const clock = new FakeClock()
  const never: CallWebhook = () => new Promise(() => undefined)
  const failing = refusal(admissionOf([webhook({ timeoutSeconds: 3 })], never, clock).validate(attributes()))
  const ignoring = admissionOf([webhook({ timeoutSeconds: 3, failurePolicy: 'Ignore' })], never, clock).validate(attributes())
  await clock.advance(3000)
  const error = await failing
  t.is(error.code, 500)
  t.is(error.message, 'Internal error occurred: failed calling webhook "w.example.com": failed to call webhook: ' +
    'Post "https://w.example.com/x?timeout=3s": context deadline exceeded')
  t.deepEqual(await ignoring, [])
})

test('a webhook that cannot be reached is named with the reason', async (t) => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address: '127.0.0.1', port: 1 })
  const down = await refusal(admissionOf([webhook()], () => Promise.reject(refused)).validate(attributes()))
  t.true(down.message.endsWith('Post "https://w.example.com/x?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused'))
  const service = { clientConfig: { service: { namespace: 's', name: 'gone' } } }
  const unknown = await refusal(admissionOf([webhook(service)], answering(() => ({}))).validate(attributes()))
  t.true(unknown.message.endsWith('Post "https://gone.s.svc:443/": service "gone" not found'))
  const wrong = await refusal(admissionOf([webhook()], answering(() => ({ uid: 'other' }))).validate(attributes()))
  t.regex(wrong.message, /received invalid webhook response: expected response\.uid="uid-0", got "other"$/)
})

test('a service is called where it can be reached, under its own name', async (t) => {
  let called: { url: string; serverName?: string; ca?: string } | undefined
  const call: CallWebhook = (request) => ((called = request), answering(() => ({}))(request))
  const caBundle = Buffer.from('PEM').toString('base64')
  await admissionOf([webhook({ clientConfig: { service: { namespace: 's', name: 'known', path: '/v', port: 8443 }, caBundle } })], call).validate(attributes())
  t.is(called?.url, 'https://127.0.0.1:1234/v?timeout=10s')
  t.is(called?.serverName, 'known.s.svc')
  t.is(called?.ca, 'PEM')
})

test('a webhook that wants to see later changes is asked once more', async (t) => {
  const urls: string[] = []
  const call = answering(({ request }, url) => {
    urls.push(new URL(url).pathname)
    if (!url.includes('/second')) return {}
    return (request.object?.['spec'] as { b?: number }).b === undefined ? patch({ op: 'add', path: '/spec/b', value: 2 }) : {}
  })
  const at = (path: string, change: object = {}) => webhook({ name: path, clientConfig: { url: `https://w.example.com/${path}` }, ...change })
  await admissionOf([at('first', { reinvocationPolicy: 'IfNeeded' }), at('never'), at('second')], call).mutate(attributes())
  t.deepEqual(urls, ['/first', '/never', '/second', '/first'])
})

test('a dry run reaches no webhook that might do something', async (t) => {
  const error = await refusal(admissionOf([webhook({ sideEffects: 'Some' })], answering(() => ({}))).validate(attributes({ dryRun: true })))
  t.is(error.message, 'admission webhook "w.example.com" does not support dry run')
  await t.notThrowsAsync(admissionOf([webhook({ sideEffects: 'NoneOnDryRun' })], answering(() => ({}))).validate(attributes({ dryRun: true })))
})

test('configurations of webhooks are never sent to webhooks', async (t) => {
  const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }]
  const configurations = { ...resource, group: 'admissionregistration.k8s.io', plural: 'validatingwebhookconfigurations', namespaced: false }
  const admission = admissionOf([webhook({ rules })], answering(() => ({ allowed: false })))
  await t.notThrowsAsync(admission.validate(attributes({ resource: configurations, namespace: '' })))
})
