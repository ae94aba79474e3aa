import { aggregatedDiscovery, aggregatedType, coreVersions, groupDocument, groupList, resourceList, versionInfo, wantsAggregated, type AggregatedGroups } from './discovery.ts'
import type { Core } from './core.ts'
import { methodNotAllowed } from './errors.ts'
import type { createOpenApi } from './openapi.ts'
import { jsonResponse, textResponse, type ServerRequest, type ServerResponse } from './request.ts'
import type { AggregatedApi } from './server.ts'
import { encode, negotiate } from './view.ts'

export type PathContext = { core: Core; aggregated: ReadonlyMap<string, AggregatedApi>; openApi: ReturnType<typeof createOpenApi> }

const health = /^\/(healthz|livez|readyz)(\/[a-z-]+)?$/

/** Answers what is no resource: discovery, health, version, OpenAPI, metrics. Anything else is a plain 404. */
export const handlePath = ({ core, aggregated, openApi }: PathContext, request: ServerRequest): ServerResponse => {
  const path = request.path.length > 1 ? request.path.replace(/\/$/, '') : request.path
  const foreign: AggregatedGroups = new Map([...aggregated].map(([name, { resources }]) => [name, resources]))
  const document = health.test(path) ? textResponse(200, 'ok') : (discover(core, foreign, request, path) ?? openApi(path, documentHeaders(request)))
  if (document === undefined) return pageNotFound()
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed()
  return document
}

const documentHeaders = ({ headers }: ServerRequest) => ({
  ...(headers['accept'] === undefined ? {} : { accept: headers['accept'] }),
  ...(headers['if-none-match'] === undefined ? {} : { ifNoneMatch: headers['if-none-match'] }),
})

/** Where no resource is meant a real server answers as plain as this. */
const pageNotFound = (): ServerResponse => textResponse(404, '404 page not found\n')

const discover = (core: Core, foreign: AggregatedGroups, request: ServerRequest, path: string): ServerResponse | undefined => {
  const { registry } = core
  const send = (body: unknown) => (body === undefined ? undefined : encode(negotiate(request.headers['accept'], request.query), 200, body))
  const both = (which: 'core' | 'named', plain: unknown) =>
    wantsAggregated(request.headers['accept'])
      ? jsonResponse(200, aggregatedDiscovery(registry, foreign, which), { 'content-type': aggregatedType })
      : send(plain)
  if (path === '/version') return jsonResponse(200, versionInfo)
  if (path === '/api') return both('core', coreVersions())
  if (path === '/apis') return both('named', groupList(registry, foreign))
  if (path === '/metrics') return textResponse(200, metricsText(core))
  if (path === '/') return jsonResponse(200, { paths: ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] })
  const parts = path.split('/').slice(1)
  if (parts[0] === 'api' && parts.length === 2) return send(resourceList(registry, foreign, '', parts[1] ?? ''))
  if (parts[0] === 'apis' && parts.length === 2) return send(groupDocument(registry, foreign, parts[1] ?? ''))
  if (parts[0] === 'apis' && parts.length === 3) return send(resourceList(registry, foreign, parts[1] ?? '', parts[2] ?? ''))
  return undefined
}

const metricsText = ({ storage, registry }: Core): string => {
  const counts = [...storage.buckets()]
    .filter((bucket) => registry.byBucket(bucket) !== undefined)
    .map((bucket) => `apiserver_storage_objects{resource=${JSON.stringify(bucket.replace(/^\//, '').split('/').reverse().join('.'))}} ${storage.count(bucket)}`)
  return ['# TYPE apiserver_storage_objects gauge', ...counts, '# TYPE apiserver_storage_revision counter', `apiserver_storage_revision ${storage.revision}`, ''].join('\n')
}
