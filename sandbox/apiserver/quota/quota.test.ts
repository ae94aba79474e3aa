import test from 'ava'
import { configMap, configMaps, testServer } from '../test-server.ts'

const core = '/api/v1/namespaces/default'
const claims = `${core}/persistentvolumeclaims`
const claim = (name: string, storage: string, storageClassName = 'fast') => ({
  apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
})

/** A server whose default namespace may have so much. */
const limited = async (hard: Record<string, string>) => {
  const world = testServer()
  await world.send('POST', `${core}/resourcequotas`, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'disks' }, spec: { hard } })
  return { ...world, status: async () => (await world.send('GET', `${core}/resourcequotas/disks`)).body['status'] }
}

test('claims have together what a quota of their namespace gives, of a class too, and no byte more', async t => {
  const { send } = await limited({ 'requests.storage': '10Gi', 'slow.storageclass.storage.k8s.io/requests.storage': '2Gi', 'slow.storageclass.storage.k8s.io/persistentvolumeclaims': '1' })
  t.is((await send('POST', claims, claim('a', '8Gi'))).status, 201)
  const refused = await send('POST', claims, claim('b', '3Gi'))
  t.like(refused, { status: 403, body: { reason: 'Forbidden' } })
  t.is(refused.body.message, 'persistentvolumeclaims "b" is forbidden: exceeded quota: disks, requested: requests.storage=3Gi, used: requests.storage=8Gi, limited: requests.storage=10Gi')
  t.is((await send('POST', claims, claim('b', '1Gi', 'slow'))).status, 201)
  t.regex((await send('POST', claims, claim('c', '1Gi', 'slow'))).body.message,
    /requested: slow.storageclass.storage.k8s.io\/persistentvolumeclaims=1, used: slow.storageclass.storage.k8s.io\/persistentvolumeclaims=1, limited: slow.*=1$/)
  await send('DELETE', `${claims}/a`)
  t.is((await send('POST', claims, claim('c', '9Gi'))).status, 201)
})

test('a claim grows as far as its namespace has room, and what takes no more is changed though there is none', async t => {
  const { send } = await limited({ 'requests.storage': '4Gi' })
  const merge = { contentType: 'application/merge-patch+json' } as const
  await send('POST', claims, claim('a', '2Gi'))
  await send('PATCH', `${claims}/a/status`, { status: { phase: 'Bound' } }, merge)
  const grow = (storage: string) => send('PATCH', `${claims}/a`, { spec: { resources: { requests: { storage } } } }, merge)
  t.regex((await grow('5Gi')).body.message, /exceeded quota: disks, requested: requests.storage=3Gi, used: requests.storage=2Gi, limited: requests.storage=4Gi/)
  t.is((await grow('4Gi')).status, 200)
  t.is((await send('PATCH', `${claims}/a`, { metadata: { labels: { looked: 'at' } } }, merge)).status, 200)
})

test('of many objects that are made at once there are as many as a quota counts, and its status says how many', async t => {
  const { send, server, status } = await limited({ configmaps: '3', 'count/secrets': '0', 'requests.cpu': '1' })
  const there = (await send('GET', configMaps)).body.items.length
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => send('POST', configMaps, configMap(`m-${index}`))))
  t.is(answers.filter(each => each.status === 201).length, 3 - there)
  t.true(answers.every(each => each.status === 201 || /exceeded quota: disks, requested: configmaps=1, used: configmaps=3, limited: configmaps=3/.test(each.body.message)))
  t.is((await send('POST', `${core}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } })).status, 403)
  await server.settled()
  t.deepEqual(await status(), { hard: { configmaps: '3', 'count/secrets': '0', 'requests.cpu': '1' }, used: { configmaps: '3', 'count/secrets': '0' } })
  await send('DELETE', `${configMaps}/${answers.findIndex(each => each.status === 201) < 0 ? '' : `m-${answers.findIndex(each => each.status === 201)}`}`)
  await server.settled()
  t.like(await status(), { used: { configmaps: '2' } })
})
