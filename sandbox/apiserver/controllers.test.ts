import test from 'ava'
import { configMap, configMaps, testServer, thingsOf } from './test-server.ts'

const ownedBy = (owner: { metadata: Record<string, unknown> }, extra: object = {}) => ({
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata['name'], uid: owner.metadata['uid'], ...extra }],
})

test('dependants go after their owner, those with another owner stay', async (t) => {
  const { send, server } = testServer()
  const [owner, other] = [(await send('POST', configMaps, configMap('owner'))).body, (await send('POST', configMaps, configMap('other'))).body]
  await send('POST', configMaps, configMap('child', ownedBy(owner)))
  await send('POST', configMaps, configMap('shared', { ownerReferences: [...ownedBy(owner).ownerReferences, ...ownedBy(other).ownerReferences] }))
  await send('DELETE', `${configMaps}/owner`)
  await server.settled()
  t.is((await send('GET', `${configMaps}/child`)).status, 404)
  const shared = await send('GET', `${configMaps}/shared`)
  t.is((shared.body.metadata['ownerReferences'] as unknown[]).length, 1)
})

test('an owner deleted in the foreground waits for the dependants that block it', async (t) => {
  const { send, server } = testServer()
  const owner = (await send('POST', configMaps, configMap('owner'))).body
  await send('POST', configMaps, configMap('child', { ...ownedBy(owner, { blockOwnerDeletion: true }), finalizers: ['kumulus.dev/test'] }))
  await send('DELETE', `${configMaps}/owner`, undefined, { query: { propagationPolicy: 'Foreground' } })
  await server.settled()
  t.is((await send('GET', `${configMaps}/owner`)).status, 200)
  t.truthy((await send('GET', `${configMaps}/child`)).body.metadata['deletionTimestamp'])
  await send('PATCH', `${configMaps}/child`, { metadata: { finalizers: null } }, { contentType: 'application/merge-patch+json' })
  await server.settled()
  t.is((await send('GET', `${configMaps}/owner`)).status, 404)
})

test('orphaned dependants stay and forget their owner', async (t) => {
  const { send, server } = testServer()
  const owner = (await send('POST', configMaps, configMap('owner'))).body
  await send('POST', configMaps, configMap('child', ownedBy(owner)))
  await send('DELETE', `${configMaps}/owner`, undefined, { query: { propagationPolicy: 'Orphan' } })
  await server.settled()
  t.is((await send('GET', `${configMaps}/owner`)).status, 404)
  t.is((await send('GET', `${configMaps}/child`)).body.metadata['ownerReferences'], undefined)
})

test('an object whose owner is not there, or in another namespace, is collected', async (t) => {
  const { send, server } = testServer()
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'b' } })
  const foreign = (await send('POST', '/api/v1/namespaces/b/configmaps', configMap('owner'))).body
  await send('POST', configMaps, configMap('child', ownedBy(foreign)))
  await server.settled()
  t.is((await send('GET', `${configMaps}/child`)).status, 404)
})

test('a namespace takes its contents with it, says what holds it, and takes nothing new meanwhile', async (t) => {
  const { send, server } = testServer()
  const inside = '/api/v1/namespaces/n/configmaps'
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } })
  await send('POST', inside, configMap('a'))
  await send('POST', inside, configMap('held', { finalizers: ['kumulus.dev/test'] }))
  await send('DELETE', '/api/v1/namespaces/n')
  await server.settled()
  const going = (await send('GET', '/api/v1/namespaces/n')).body['status'] as { phase: string; conditions: { message: string }[] }
  t.is(going.phase, 'Terminating')
  t.regex(going.conditions.at(-1)?.message ?? '', /kumulus\.dev\/test in 1 resource instances/)
  t.is((await send('POST', inside, configMap('late'))).status, 403)
  await send('PATCH', `${inside}/held`, { metadata: { finalizers: null } }, { contentType: 'application/merge-patch+json' })
  await server.settled()
  t.is((await send('GET', '/api/v1/namespaces/n')).status, 404)
})

test('of a namespace that goes the pods go first, and all else waits until they have ended', async (t) => {
  const { send, server } = testServer()
  await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } })
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', finalizers: ['kumulus.dev/test'] }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  t.is((await send('POST', '/api/v1/namespaces/n/pods', pod)).status, 201)
  await send('POST', '/api/v1/namespaces/n/configmaps', configMap('kept'))
  await send('DELETE', '/api/v1/namespaces/n')
  await server.settled()
  t.is((await send('GET', '/api/v1/namespaces/n/configmaps/kept')).body.metadata['deletionTimestamp'], undefined)
  await send('PATCH', '/api/v1/namespaces/n/pods/p', { metadata: { finalizers: null } }, { contentType: 'application/merge-patch+json' })
  await server.settled()
  t.is((await send('GET', '/api/v1/namespaces/n')).status, 404)
})

test('events are gone an hour after their last change', async (t) => {
  const { send, clock } = testServer()
  const events = '/api/v1/namespaces/default/events'
  const event = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject: {}, reason: 'R' }
  await send('POST', events, event)
  await clock.advance(3_000_000)
  await send('PATCH', `${events}/e`, { count: 2 }, { contentType: 'application/merge-patch+json' })
  await clock.advance(3_000_000)
  t.is((await send('GET', `${events}/e`)).status, 200)
  await clock.advance(700_000)
  t.is((await send('GET', `${events}/e`)).status, 404)
})

const definition = thingsOf({ schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } } })

test('a definition serves its kind at once, and takes every object with it when it is deleted', async (t) => {
  const { send, server } = testServer()
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const things = '/apis/test.dev/v1/namespaces/default/things'
  await send('POST', definitions, definition)
  await server.settled()
  await send('POST', things, { apiVersion: 'test.dev/v1', kind: 'Thing', metadata: { name: 'a', finalizers: ['kumulus.dev/test'] } })
  await send('DELETE', `${definitions}/things.test.dev`)
  await server.settled()
  t.truthy((await send('GET', `${things}/a`)).body.metadata['deletionTimestamp'])
  t.is((await send('POST', things, { apiVersion: 'test.dev/v1', kind: 'Thing', metadata: { name: 'b' } })).status, 405)
  await send('PATCH', `${things}/a`, { metadata: { finalizers: null } }, { contentType: 'application/merge-patch+json' })
  await server.settled()
  t.is((await send('GET', `${definitions}/things.test.dev`)).status, 404)
  t.is((await send('GET', things)).body.message, 'the server could not find the requested resource')
})

test('what belongs to an object of a kind that is not served is kept, and goes when the kind is back without its owner', async (t) => {
  const { send, server } = testServer()
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const inside = '/api/v1/namespaces/default/configmaps'
  const owner = { apiVersion: 'test.dev/v1', kind: 'Thing', name: 'a', uid: '0b7f0f0e-2f35-4a6f-8a8e-4f6a7a6d0001' }
  await send('POST', inside, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', ownerReferences: [owner] } })
  await server.settled()
  t.is((await send('GET', `${inside}/owned`)).status, 200)
  await send('POST', definitions, definition)
  await server.settled()
  t.is((await send('GET', `${inside}/owned`)).status, 404)
})
