import test from 'ava'
import { testServer } from '../test-server.ts'

const claims = '/api/v1/namespaces/default/persistentvolumeclaims'

test('a claim is another size, or of another class, once it is bound, and never smaller than it is', async (t) => {
  const { send } = testServer()
  const at = `${claims}/data`
  const patch = (body: object, path = at) => send('PATCH', path, body, { contentType: 'application/merge-patch+json' })
  const sized = (storage: string) => patch({ spec: { resources: { requests: { storage } } } })
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  t.is((await send('POST', claims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec })).status, 201)
  const early = await sized('2Gi')
  t.is(early.status, 422)
  t.regex(early.body.message, /spec: Forbidden: spec is immutable after creation except resources\.requests and volumeAttributesClassName for bound claims/)
  t.is((await patch({ spec: { volumeAttributesClassName: 'fast' } })).status, 422)
  await patch({ status: { phase: 'Bound', capacity: { storage: '1Gi' } } }, `${at}/status`)
  t.is((await sized('4Gi')).status, 200)
  t.is((await patch({ spec: { volumeAttributesClassName: 'fast' } })).status, 200)
  t.is((await sized('2Gi')).status, 200, 'what could not grow so far may ask for less again')
  const shrunk = await sized('1Gi')
  t.is(shrunk.status, 422)
  t.regex(shrunk.body.message, /spec\.resources\.requests\.storage: Forbidden: field can not be less than status\.capacity/)
})

test('a class of attributes says something to the driver', async (t) => {
  const { send } = testServer()
  const create = (more: object) => send('POST', '/apis/storage.k8s.io/v1/volumeattributesclasses', {
    apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttributesClass', metadata: { name: 'fast' }, driverName: 'csi.example.com', ...more,
  })
  const empty = await create({})
  t.is(empty.status, 422)
  t.regex(empty.body.message, /parameters: Required value: must contain at least one key\/value pair/)
  const made = await create({ parameters: { iops: '400' } })
  t.is(made.status, 201, JSON.stringify(made.body))
})
