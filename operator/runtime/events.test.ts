import test from 'ava'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { createClient } from './client.ts'
import { createEventRecorder } from './events.ts'
import { FakeClock } from './fake-clock.ts'
import { silentLog } from './log.ts'
import { FakeApi } from './testing/fake-api.ts'

const object = { apiVersion: 'kumulus.dev/v1alpha1', kind: 'Instance', metadata: { name: 'web', namespace: 'a', uid: 'u', resourceVersion: '7' } } as KubeObject

const recorder = (api = new FakeApi(), clock = new FakeClock()) => {
  const events = createEventRecorder({ client: createClient(api), clock, log: silentLog, component: 'kumulus', instance: 'test' })
  return { api, clock, events }
}
const stored = (api: FakeApi) => api.writes.filter(({ method }) => method === 'POST').map(({ body }) => body as Record<string, unknown>)

test('the same event again raises its count, after a restart too', async (t) => {
  const { api, clock, events } = recorder()
  events.record(object, 'Normal', 'Launched', 'instance launched')
  await events.flush()
  const again = recorder(api, clock)
  again.events.record(object, 'Normal', 'Launched', 'instance launched')
  await again.events.flush()
  const name = (stored(api)[0]?.['metadata'] as { name: string }).name
  t.is(api.get(`/api/v1/namespaces/a/events/${name}`)?.['count'], 2)
  t.deepEqual((stored(api)[0]?.['involvedObject'] as { uid: string }).uid, 'u')
})

test('a flood of events about one object is cut off', async (t) => {
  const { api, events } = recorder()
  for (let index = 0; index < 100; index++) events.record(object, 'Warning', `Reason${index}`, 'x')
  await events.flush()
  t.is(stored(api).length, 25)
})

test('many messages under one reason become one event', async (t) => {
  const { api, events } = recorder()
  for (let index = 0; index < 20; index++) events.record(object, 'Warning', 'Failed', `try ${index}`)
  await events.flush()
  const messages = new Set(stored(api).map((event) => event['message']))
  t.is(messages.size, 11)
  t.true(messages.has('(combined from similar events)'))
})

test('an API server that refuses events disturbs nobody', async (t) => {
  const { api, events } = recorder()
  api.fault = () => {
    throw new Error('no')
  }
  events.record(object, 'Normal', 'Launched', 'x')
  await events.flush()
  t.is(events.pending, 0)
})

test('events about cluster-scoped objects are in the default namespace, and long names stay legal', async (t) => {
  const { api, events } = recorder()
  const { namespace: _namespace, ...metadata } = object.metadata
  events.record({ ...object, metadata: { ...metadata, name: 'n'.repeat(253) } }, 'Normal', 'X', 'y')
  await events.flush()
  const event = stored(api)[0]?.['metadata'] as { name: string; namespace: string }
  t.is(event.namespace, 'default')
  t.true(event.name.length <= 253)
})
