import { createHash } from 'node:crypto'
import { groupVersionPath } from './openapi/names.ts'
import { type Dialect, publishedPaths } from './openapi/paths.ts'
import { encodeVersion2 } from './openapi/protobuf.ts'
import { forVersion2, publishedSchemas } from './openapi/schemas.ts'
import type { ServedResource } from './resource.ts'

/** What the documents are made of: {@link Registry} will do. `generation` rises with every change. */
export type OpenApiSource = { all: () => readonly ServedResource[]; readonly generation: number }

export type OpenApiAnswer = { status: number; headers: Record<string, string>; body: string | Uint8Array }

export type OpenApi = (path: string, headers: { accept?: string; ifNoneMatch?: string }) => OpenApiAnswer | undefined

type Json = Record<string, unknown>

const info = { title: 'Kubernetes', version: 'v1.36.0' }

/** Protobuf of OpenAPI 2, which clients up to 1.26 ask for. */
const protobufVersion2 = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
/** What it is answered as: with the '@' it would be no media type, and Go's parser refuses it. A real server does the same. */
const protobufVersion2Answer = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/**
 * Serves `/openapi/v2` and `/openapi/v3`, made anew only when what is served has changed.
 *
 * @returns the answer to a GET of `path` (without the query), or undefined where nothing is published there.
 */
export const createOpenApi = (source: OpenApiSource): OpenApi => {
  let made: { generation: number; documents: Map<string, OpenApiAnswer> } = { generation: -1, documents: new Map() }
  return (path, { accept = '', ifNoneMatch }) => {
    if (made.generation !== source.generation) made = { generation: source.generation, documents: new Map() }
    const protobuf = path === '/openapi/v2' && accept.includes(protobufVersion2)
    const key = protobuf ? `${path}.pb` : path
    let answer = made.documents.get(key)
    if (answer === undefined) {
      answer = render(source.all(), path, protobuf)
      if (answer === undefined) return undefined
      made.documents.set(key, answer)
    }
    return ifNoneMatch !== undefined && ifNoneMatch === answer.headers.etag ? { status: 304, headers: answer.headers, body: '' } : answer
  }
}

const render = (resources: readonly ServedResource[], path: string, protobuf: boolean): OpenApiAnswer | undefined => {
  if (path === '/openapi/v2') {
    const document = version2(resources)
    return protobuf ? answerOf(encodeVersion2(document), protobufVersion2Answer) : json(document)
  }
  if (path === '/openapi/v3') return json({ paths: indexOf(resources) })
  const groupVersion = path.replace(/^\/openapi\/v3\//, '')
  const served = resources.filter((resource) => groupVersionPath(resource) === groupVersion)
  return served.length === 0 ? undefined : json(version3(served))
}

const indexOf = (resources: readonly ServedResource[]): Json => {
  const groups = Map.groupBy(resources, groupVersionPath)
  const hashOf = (served: readonly ServedResource[]): string => createHash('sha256').update(JSON.stringify(served)).digest('hex').toUpperCase()
  return Object.fromEntries(
    [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, served]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(served)}` }]),
  )
}

const schemasPrefix = '#/components/schemas/'
const definitionsPrefix = '#/definitions/'

const dialect3: Dialect = {
  prefix: schemasPrefix,
  parameter: (name, type, description) => ({ name, in: 'query', description, schema: { type, uniqueItems: true } }),
  pathParameter: (name, description) => ({ name, in: 'path', description, required: true, schema: { type: 'string', uniqueItems: true } }),
  body: (reference, mediaTypes) => ({
    requestBody: {
      required: true,
      content: Object.fromEntries(mediaTypes.map((type) => [type, { schema: reference === undefined ? { type: 'object' } : { $ref: reference } }])),
    },
  }),
  response: (reference) => ({ description: 'OK', content: { 'application/json': { schema: { $ref: reference } } } }),
}

const dialect2: Dialect = {
  prefix: definitionsPrefix,
  parameter: (name, type, description) => ({ name, in: 'query', description, type, uniqueItems: true }),
  pathParameter: (name, description) => ({ name, in: 'path', description, required: true, type: 'string', uniqueItems: true }),
  body: (reference, consumes) => ({ consumes, bodyParameter: { name: 'body', in: 'body', required: true, schema: reference === undefined ? { type: 'object' } : { $ref: reference } } }),
  response: (reference) => ({ description: 'OK', schema: { $ref: reference } }),
}

const version3 = (served: readonly ServedResource[]): Json => ({
  openapi: '3.0.0',
  info,
  paths: publishedPaths(served, dialect3),
  components: { schemas: publishedSchemas(served, schemasPrefix) },
})

const version2 = (resources: readonly ServedResource[]): Json => ({
  swagger: '2.0',
  info,
  paths: withBodies(publishedPaths(resources, dialect2)),
  definitions: publishedSchemas(resources, definitionsPrefix, forVersion2),
})

/** In OpenAPI 2 the body is one of the parameters. */
const withBodies = (paths: Json): Json =>
  Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item as Json).map(([method, operation]) => {
          if (Array.isArray(operation)) return [method, operation]
          const { bodyParameter, parameters, ...rest } = operation as Json
          return [method, { ...rest, parameters: [...(bodyParameter === undefined ? [] : [bodyParameter]), ...(parameters as Json[])] }]
        }),
      ),
    ]),
  )

const json = (document: Json): OpenApiAnswer => answerOf(JSON.stringify(document), 'application/json')

const answerOf = (body: string | Uint8Array, type: string): OpenApiAnswer => ({
  status: 200,
  headers: {
    'content-type': type,
    etag: `"${createHash('sha256').update(body).digest('hex').toUpperCase()}"`,
    'cache-control': 'no-cache, private',
    vary: 'Accept',
  },
  body,
})
