import test from 'ava'
import fc from 'fast-check'
import { FakeClock } from '../../operator/runtime/fake-clock.ts'
import { inProcessTransport } from './in-process.ts'
import { jsonCopy } from './json-copy.ts'
import { createApiServer } from './server.ts'
import type { StoredState } from './storage.ts'
import { admin, configMap, type TestServer, testServer, thingsOf } from './test-server.ts'

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer', default: 1, 'x-kubernetes-validations': [{ rule: 'self >= oldSelf', message: 'cannot shrink' }] },
        mode: { type: 'object', default: {}, properties: { fast: { type: 'boolean', default: false } } },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string', maxLength: 3 } },
      },
    },
    status: { type: 'object', properties: { phase: { type: 'string' }, seen: { type: 'object', additionalProperties: { type: 'integer' } } } },
  },
}

const definition = thingsOf({ subresources: { status: {} }, schema: { openAPIV3Schema: schema } })

const objects = {
  '/api/v1/namespaces/default/configmaps/a': configMap('a', { labels: { x: '1' } }, { k: 'v' }),
  '/api/v1/namespaces/default/pods/a': {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' },
    spec: { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '1' } } }] },
  },
  '/api/v1/namespaces/default/services/a': {
    apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] },
  },
  '/apis/test.dev/v1/namespaces/default/things/a': { apiVersion: 'test.dev/v1', kind: 'Thing', metadata: { name: 'a' }, spec: { tags: ['a', 'b'] } },
}

const metadata = fc.record({
  labels: fc.option(fc.dictionary(fc.constantFrom('x', 'y', 'not fine'), fc.constantFrom('1', '2', null)), { nil: null }),
  annotations: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', null)),
  finalizers: fc.option(fc.constantFrom(['test.dev/a'], []), { nil: null }),
}, { requiredKeys: [] })

const change = fc.record({
  metadata,
  data: fc.dictionary(fc.constantFrom('k', 'l'), fc.constantFrom('v', 'w', null)),
  spec: fc.record({
    size: fc.constantFrom(0, 1, 2, 'many', null),
    mode: fc.constantFrom({ fast: true }, { fast: null }, null, {}),
    tags: fc.constantFrom(['a'], ['b', 'a'], ['a', 'a'], ['long'], null),
    ports: fc.constantFrom([{ port: 80, protocol: 'TCP' }], [{ port: 81 }]),
    activeDeadlineSeconds: fc.constantFrom(5, null),
    unknown: fc.constant({ deep: [1, null] }),
  }, { requiredKeys: [] }),
  status: fc.record({
    phase: fc.constantFrom('Running', 'Failed', null, 3),
    seen: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom(1, null)),
    unknown: fc.constant(1),
  }, { requiredKeys: [] }),
}, { requiredKeys: [] })

const write = fc.record({
  path: fc.constantFrom(...(Object.keys(objects) as (keyof typeof objects)[])),
  status: fc.boolean(),
  how: fc.constantFrom('merge-patch+json', 'merge-patch+json', 'apply-patch+yaml', 'json-patch+json', 'PUT'),
  change,
  manager: fc.constantFrom('m', 'n'),
})

type Write = typeof write extends fc.Arbitrary<infer T> ? T : never

const moves = [{ op: 'copy', from: '/metadata/labels', path: '/metadata/annotations' }, { op: 'add', path: '/metadata/annotations/z', value: '1' }]

const perform = async (transport: TestServer['transport'], { path, status, how, change: wanted, manager }: Write) => {
  const query = { fieldManager: manager, ...(how.startsWith('apply') ? { force: 'true' } : {}) }
  const at = status ? `${path}/status` : path
  if (how === 'PUT') {
    const live = (await transport.request({ method: 'GET', path })).body as Record<string, object>
    const body = { ...live, ...wanted, metadata: { ...live['metadata'], ...wanted.metadata } }
    return transport.request({ method: 'PUT', path: at, query, body })
  }
  const { apiVersion, kind } = objects[path]
  const applied = { apiVersion, kind, ...wanted, metadata: { name: 'a', ...wanted.metadata } }
  const body = how === 'json-patch+json' ? moves : how.startsWith('apply') ? applied : wanted
  return transport.request({ method: 'PATCH', path: at, query, contentType: `application/${how}`, body })
}

const freeze = (value: unknown): void => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) Object.values(Object.freeze(value)).forEach(freeze)
}

/** What another server answers that has the same state and was never told what it knows of it. */
const answerOfAnother = async (state: StoredState, now: number, each: Write) => {
  const other = createApiServer({ clock: new FakeClock(now), tokens: new Map(), restore: jsonCopy(state) })
  const { status, body } = await perform(inProcessTransport(other, admin), each)
  await other.close()
  return { status, body }
}

test('a write changes nothing that was stored, and comes out as on a server that has to look at all of the object anew', async (t) => {
  const outcomes = new Set<number>()
  await fc.assert(fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 6 }), async (writes) => {
    const { server, send, transport, clock } = testServer()
    await send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)
    await server.settled()
    for (const [path, object] of Object.entries(objects)) t.is((await send('POST', path.slice(0, -2), object)).status, 201)
    for (const each of writes) {
      const state = server.state()
      freeze(state)
      const expected = await answerOfAnother(state, clock.now(), each)
      const { status, body } = await perform(transport, each)
      t.deepEqual({ status, body }, expected)
      outcomes.add(status)
    }
    await server.close()
  }), { numRuns: 60 })
  for (const status of [200, 400, 422]) t.true(outcomes.has(status), `${status} was among the answers`)
})

test('a write to an object that an older schema shaped drops what the new one does not know and fills in its defaults, wherever they are', async (t) => {
  const { server, send } = testServer()
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const things = '/apis/test.dev/v1/namespaces/default/things'
  const created = await send('POST', definitions, definition)
  await server.settled()
  await send('POST', things, objects['/apis/test.dev/v1/namespaces/default/things/a'])
  const { tags: _, ...properties } = schema.properties.spec.properties
  const spec = { ...schema.properties.spec, properties: { ...properties, colour: { type: 'string', default: 'red' } } }
  const newer = { ...schema, properties: { ...schema.properties, spec } }
  const versions = [{ ...definition.spec.versions[0], schema: { openAPIV3Schema: newer } }]
  const { name } = created.body.metadata
  t.is((await send('PATCH', `${definitions}/${name}`, { spec: { versions } }, { contentType: 'application/merge-patch+json' })).status, 200)
  await server.settled()
  const patched = await send('PATCH', `${things}/a`, { metadata: { labels: { x: '1' } } }, { contentType: 'application/merge-patch+json' })
  t.deepEqual(patched.body['spec'], { size: 1, mode: { fast: false }, colour: 'red' })
  await server.close()
})
