import test from 'ava'
import { createOpenApi } from './openapi.ts'
import type { ServedResource } from './resource.ts'

const resource = (change: Partial<ServedResource> = {}): ServedResource => ({
  group: 't.example.com', version: 'v1', kind: 'Thing', plural: 'things', singular: 'thing', namespaced: true, shortNames: [], categories: [],
  listKind: 'ThingList', verbs: ['get', 'list', 'create', 'update', 'patch', 'delete', 'deletecollection', 'watch'],
  schema: { type: 'object', properties: { spec: { type: 'object', description: 'What is wanted.', properties: { a: { type: 'string', nullable: true } } } } },
  hasStatus: true, columns: [], custom: true, ...change,
})

type Json = Record<string, unknown>
const published = (resources: ServedResource[]) => {
  const source = { generation: 1, resources, all: () => source.resources }
  const openApi = createOpenApi(source)
  const read = (path: string) => JSON.parse(openApi(path, {})?.body as string) as Json
  return { source, openApi, read }
}

test('the index names one document for each group and version, with a hash that follows its content', (t) => {
  const { read, source } = published([resource(), resource({ group: '', kind: 'Pod', plural: 'pods', custom: false })])
  const before = read('/openapi/v3')['paths'] as Record<string, { serverRelativeURL: string }>
  t.deepEqual(Object.keys(before), ['api/v1', 'apis/t.example.com/v1'])
  t.regex(before['api/v1']?.serverRelativeURL ?? '', /^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{64}$/)
  source.resources = [resource({ schema: { type: 'object' } }), source.resources[1] as ServedResource]
  source.generation += 1
  const after = read('/openapi/v3')['paths'] as typeof before
  t.not(after['apis/t.example.com/v1']?.serverRelativeURL, before['apis/t.example.com/v1']?.serverRelativeURL)
  t.is(after['api/v1']?.serverRelativeURL, before['api/v1']?.serverRelativeURL)
})

test('kubectl finds a kind by its path, its schema by its kind, and which parameters a patch takes', (t) => {
  const document = published([resource()]).read('/openapi/v3/apis/t.example.com/v1')
  const schemas = (document['components'] as { schemas: Record<string, Json> }).schemas
  const gvk = { group: 't.example.com', kind: 'Thing', version: 'v1' }
  t.deepEqual(schemas['com.example.t.v1.Thing']?.['x-kubernetes-group-version-kind'], [gvk])
  const item = (document['paths'] as Record<string, { patch: { parameters: { name: string }[] } & Json }>)['/apis/t.example.com/v1/namespaces/{namespace}/things/{name}']
  t.deepEqual(item?.patch['x-kubernetes-group-version-kind'], gvk)
  t.deepEqual(item?.patch.parameters.map(({ name }) => name), ['dryRun', 'fieldManager', 'fieldValidation', 'force'])
})

test('every reference leads somewhere, in both versions', (t) => {
  const { read } = published([resource(), resource({ group: '', kind: 'Pod', plural: 'pods', custom: false })])
  for (const path of ['/openapi/v2', '/openapi/v3/api/v1', '/openapi/v3/apis/t.example.com/v1']) {
    const document = read(path)
    const names = new Set([...Object.keys((document['definitions'] ?? {})), ...Object.keys((document['components'] as { schemas?: Json } | undefined)?.schemas ?? {})])
    for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"#\/(?:components\/schemas|definitions)\/([^"]+)"/g)) t.true(names.has(name ?? ''), `${path} ${name}`)
  }
})

test('what has not changed is not sent again', (t) => {
  const { openApi } = published([resource()])
  const etag = openApi('/openapi/v2', {})?.headers['etag'] ?? ''
  t.is(openApi('/openapi/v2', { ifNoneMatch: etag })?.status, 304)
  t.is(openApi('/openapi/v2', { ifNoneMatch: '"other"' })?.status, 200)
  t.is(openApi('/openapi/v3/apis/unknown/v1', {}), undefined)
})

test('clients of old get protobuf, in which the definitions are', (t) => {
  const answer = published([resource()]).openApi('/openapi/v2', { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' })
  const bytes = Buffer.from(answer?.body as Uint8Array)
  // Field 1 of the document, a string of three bytes.
  t.is(bytes.subarray(0, 5).toString('latin1'), '\x0a\x032.0')
  t.true(bytes.includes('com.example.t.v1.Thing'))
})
