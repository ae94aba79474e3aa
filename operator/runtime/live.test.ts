import test from 'ava'
import { ApiError } from './api-error.ts'
import type { Client } from './client.ts'
import { liveObject } from './live.ts'

const resource = { group: '', version: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', namespaced: true }
const refusal = (message: string) => Promise.reject(new ApiError(403, 'Forbidden', message))
const client = (more: Partial<Client>): Client => ({ get: () => refusal('get'), ...more }) as Client
const claim = { metadata: { name: 'data', namespace: 'a', uid: '1' } }

test('what may be watched and no longer asked for by name is looked for in a list of its own', async t => {
  const asked: unknown[] = []
  const list = (items: object[]) => client({ list: ((_: unknown, options: unknown) => (asked.push(options), Promise.resolve({ items }))) as never })
  t.like(await liveObject(list([claim]), resource, 'a/data'), { ...claim, apiVersion: 'v1', kind: 'PersistentVolumeClaim' })
  t.is(await liveObject(list([]), resource, 'a/data'), undefined)
  t.deepEqual(asked, [{ namespace: 'a', fieldSelector: 'metadata.name=data' }, { namespace: 'a', fieldSelector: 'metadata.name=data' }])
})

test('what may not be listed either is refused as it was', async t => {
  const refused = client({ list: () => refusal('list') })
  await t.throwsAsync(liveObject(refused, resource, 'a/data'), { message: /get/ })
})

test('a subresource is in no list', async t => {
  const refused = client({ getSubresource: () => refusal('subresource'), list: () => Promise.resolve({ items: [claim] }) as never })
  await t.throwsAsync(liveObject(refused, resource, 'a/data', 'status'), { message: /subresource/ })
})
