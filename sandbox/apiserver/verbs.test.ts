import test from 'ava'
import fc from 'fast-check'
import { configMap, configMaps, testServer } from './test-server.ts'

const someWrites = fc.array(fc.nat(15), { maxLength: 6 })

test('a list in pages shows one state, whatever is written meanwhile', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 5 }), someWrites, async (count, limit, writes) => {
      const { send } = testServer()
      for (let i = 0; i < count; i++) await send('POST', configMaps, configMap(`c${String(i).padStart(2, '0')}`))
      const names: string[] = []
      const revisions = new Set<unknown>()
      let token: string | undefined
      do {
        const page = await send('GET', configMaps, undefined, { query: { limit: String(limit), ...(token === undefined ? {} : { continue: token }) } })
        names.push(...page.body.items.map(({ metadata }) => metadata.name ?? ''))
        revisions.add(page.body.metadata['resourceVersion'])
        token = page.body.metadata['continue'] as string | undefined
        for (const n of writes) await (n % 2 === 0 ? send('DELETE', `${configMaps}/c0${n % 10}`) : send('POST', configMaps, configMap(`d${n}`)))
      } while (token !== undefined)
      t.deepEqual(names, Array.from({ length: count }, (_, i) => `c${String(i).padStart(2, '0')}`))
      t.is(revisions.size, 1)
    }),
    { numRuns: 25 },
  )
})

test('an expired continue token answers 410 with a token that goes on with the present state', async (t) => {
  const { send, server } = testServer()
  for (const name of ['a', 'b', 'c']) await send('POST', configMaps, configMap(name))
  const first = await send('GET', configMaps, undefined, { query: { limit: '1' } })
  await send('POST', configMaps, configMap('d'))
  server.compact()
  const expired = await send('GET', configMaps, undefined, { query: { limit: '1', continue: String(first.body.metadata['continue']) } })
  t.is(expired.status, 410)
  const rest = await send('GET', configMaps, undefined, { query: { continue: String(expired.body.metadata['continue']) } })
  t.deepEqual(rest.body.items.map(({ metadata }) => metadata.name), ['b', 'c', 'd'])
})

test('an update that changes nothing leaves the resourceVersion', async (t) => {
  const { send, server } = testServer()
  const { body } = await send('POST', configMaps, configMap('a', {}, { x: '1' }))
  const before = server.revision
  const again = await send('PUT', `${configMaps}/a`, body)
  t.is(again.body.metadata['resourceVersion'], body.metadata['resourceVersion'])
  t.is(server.revision, before)
})

test('an update of an old state, or of another object by the same name, is a conflict', async (t) => {
  const { send } = testServer()
  const { body } = await send('POST', configMaps, configMap('a'))
  await send('PUT', `${configMaps}/a`, configMap('a', {}, { x: '1' }))
  t.is((await send('PUT', `${configMaps}/a`, { ...body, data: { x: '2' } })).status, 409)
  t.is((await send('PUT', `${configMaps}/a`, configMap('a', { uid: 'another' }))).status, 409)
})

test('the same object may be created once, and generateName makes names that are free', async (t) => {
  const { send } = testServer()
  t.is((await send('POST', configMaps, configMap('a'))).status, 201)
  t.is((await send('POST', configMaps, configMap('a'))).body.reason, 'AlreadyExists')
  const generated = await send('POST', configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'a-' } })
  t.regex(generated.body.metadata.name ?? '', /^a-[a-z0-9]{5}$/)
})

test('a dry run answers like the real thing and stores nothing', async (t) => {
  const { send, server } = testServer()
  await server.settled()
  const before = server.revision
  t.is((await send('POST', configMaps, configMap('a'), { query: { dryRun: 'All' } })).status, 201)
  t.is(server.revision, before)
  t.is((await send('GET', `${configMaps}/a`)).status, 404)
})

test('a delete with the wrong uid or resourceVersion deletes nothing', async (t) => {
  const { send } = testServer()
  await send('POST', configMaps, configMap('a'))
  const options = (preconditions: object) => ({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions })
  t.is((await send('DELETE', `${configMaps}/a`, options({ uid: 'another' }))).status, 409)
  t.is((await send('DELETE', `${configMaps}/a`, options({ resourceVersion: '1' }))).status, 409)
  t.is((await send('GET', `${configMaps}/a`)).status, 200)
})

test('an object with a finalizer goes only when the finalizer does', async (t) => {
  const { send } = testServer()
  await send('POST', configMaps, configMap('a', { finalizers: ['kumulus.dev/test'] }))
  const going = await send('DELETE', `${configMaps}/a`)
  t.truthy(going.body.metadata['deletionTimestamp'])
  t.is((await send('GET', `${configMaps}/a`)).status, 200)
  await send('PATCH', `${configMaps}/a`, { metadata: { finalizers: null } }, { contentType: 'application/merge-patch+json' })
  t.is((await send('GET', `${configMaps}/a`)).status, 404)
})

test('a status write touches the status alone, a main write never does', async (t) => {
  const { send } = testServer()
  const pods = '/api/v1/namespaces/default/pods'
  await send('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] }, status: { phase: 'Failed' } })
  const merge = { contentType: 'application/merge-patch+json' }
  await send('PATCH', `${pods}/p/status`, { status: { phase: 'Running' }, spec: { nodeName: 'n' } }, merge)
  await send('PATCH', `${pods}/p`, { status: { phase: 'Failed' } }, merge)
  const { body } = await send('GET', `${pods}/p`)
  t.is((body['status'] as { phase: string }).phase, 'Running')
  t.is((body['spec'] as { nodeName?: string }).nodeName, undefined)
})

test('a pod on a node waits for its kubelet, one that was never bound goes at once', async (t) => {
  const { send } = testServer()
  const pods = '/api/v1/namespaces/default/pods'
  const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } })
  await send('POST', pods, pod('bound'))
  await send('POST', pods, pod('free'))
  await send('POST', `${pods}/bound/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n' } })
  await send('DELETE', `${pods}/bound`)
  await send('DELETE', `${pods}/free`)
  t.is((await send('GET', `${pods}/bound`)).body.metadata['deletionGracePeriodSeconds'], 30)
  t.is((await send('GET', `${pods}/free`)).status, 404)
  await send('DELETE', `${pods}/bound`, undefined, { query: { gracePeriodSeconds: '0' } })
  t.is((await send('GET', `${pods}/bound`)).status, 404)
})

test('bad names, labels and sizes are refused with the field', async (t) => {
  const { send } = testServer()
  const fieldOf = async (metadata: Record<string, unknown>, name = 'a') => (await send('POST', configMaps, configMap(name, metadata))).body.details.causes[0]?.field
  t.is(await fieldOf({}, 'x'.repeat(254)), 'metadata.name')
  t.is(await fieldOf({}, 'Upper'), 'metadata.name')
  t.is(await fieldOf({ labels: { 'a b': 'c' } }), 'metadata.labels')
  t.is(await fieldOf({ annotations: { a: 'x'.repeat(300_000) } }), 'metadata.annotations')
  t.is(await fieldOf({ ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: '', uid: 'u' }] }), 'metadata.ownerReferences.name')
  t.is((await send('POST', configMaps, configMap('big', {}, { x: 'y'.repeat(3_200_000) }))).status, 413)
})

test('what nobody serves answers as a real server does', async (t) => {
  const { send, transport } = testServer()
  t.is((await send('GET', '/api/v1/foos')).body.message, 'the server could not find the requested resource')
  t.is((await transport.request({ method: 'GET', path: '/foo' })).body, '404 page not found\n')
  t.is((await send('PUT', configMaps, configMap('a'))).status, 405)
  t.is((await send('POST', configMaps, configMap('a'), { contentType: 'text/csv' })).status, 415)
  t.is((await send('GET', configMaps, undefined, { headers: { accept: 'text/html' } })).status, 406)
})

test('an event written as events.k8s.io/v1 reads as v1 and back', async (t) => {
  const { send } = testServer()
  const events = '/apis/events.k8s.io/v1/namespaces/default/events'
  const regarding = { kind: 'ConfigMap', name: 'a', namespace: 'default' }
  await send('POST', events, { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'e' }, regarding, note: 'hello', reason: 'R', type: 'Normal' })
  const core = await send('GET', '/api/v1/namespaces/default/events', undefined, { query: { fieldSelector: 'involvedObject.name=a' } })
  t.is(core.body.items[0]?.['message'], 'hello')
  t.is((await send('GET', `${events}/e`)).body['note'], 'hello')
})

test('what a client in this process holds it cannot change, and nobody changes under it', async (t) => {
  const { send } = testServer()
  const { body } = await send('POST', configMaps, configMap('a', {}, { x: '1' }))
  t.throws(() => ((body['data'] as Record<string, string>)['x'] = 'changed'), { instanceOf: TypeError })
  await send('PATCH', `${configMaps}/a`, { data: { y: '2' } }, { contentType: 'application/merge-patch+json' })
  t.deepEqual(body['data'], { x: '1' })
  t.deepEqual((await send('GET', `${configMaps}/a`)).body['data'], { x: '1', y: '2' })
})
