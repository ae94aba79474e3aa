import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { generatedFiles } from '../../crds/generate.ts'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { FakeClock } from '../../operator/runtime/fake-clock.ts'
import { seededRandom } from '../../operator/runtime/random.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import { inProcessTransport } from '../../sandbox/apiserver/in-process.ts'
import { createApiServer } from '../../sandbox/apiserver/server.ts'

/** A server that serves upstream's own definitions and ours, and takes objects as a cluster would. */
export type UpstreamServer = {
  /** Kinds of foreign groups that are served. */
  kinds: ReadonlySet<string>
  /** Why it refuses to create the object, unknown fields included; undefined where it takes it. */
  refusalOf: (object: KubeObject) => Promise<string | undefined>
  close: () => Promise<void>
}

/** @param source - file or folder of YAML with upstream's CustomResourceDefinitions: what `UPSTREAM_CRDS` names. */
export const createUpstreamServer = async (source: string): Promise<UpstreamServer> => {
  const random = seededRandom(1)
  const server = createApiServer({
    clock: new FakeClock(), tokens: new Map(), random: count => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
  })
  const transport = inProcessTransport(server, { username: 'admin', groups: ['system:masters'] })
  const foreign = filesIn(source).flatMap(file => documentsIn(readFileSync(file, 'utf8'))).filter(isDefinition)
  const ours = [...generatedFiles()].filter(([path]) => path.startsWith('crds/')).flatMap(([, text]) => documentsIn(text)).filter(isDefinition)
  for (const definition of [...foreign, ...ours]) {
    await request(transport, 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {}, definition)
  }
  const namespaces = new Set<string>()
  return {
    kinds: new Set(foreign.map(({ spec }) => spec.names.kind)),
    refusalOf: async object => {
      const { namespace } = object.metadata
      if (namespace !== undefined && !namespaces.has(namespace)) {
        await request(transport, 'POST', '/api/v1/namespaces', {}, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
        namespaces.add(namespace)
      }
      const path = await collectionOf(transport, object)
      if (path === undefined) return `${object.apiVersion} ${object.kind} is not served`
      return refusal(await transport.request({ method: 'POST', path, query: { fieldValidation: 'Strict', dryRun: 'All' }, body: object }))
    },
    close: () => server.close(),
  }
}

/** Every YAML document of a text. */
export const documentsIn = (text: string): Definition[] =>
  parseAllDocuments(text).map(document => document.toJS() as Definition).filter(document => document !== null)

type Definition = KubeObject & { spec: { names: { kind: string } } }

const isDefinition = (document: Definition): boolean => document.kind === 'CustomResourceDefinition'

const filesIn = (source: string): string[] => statSync(source).isDirectory()
  ? readdirSync(source).filter(name => /\.ya?ml$/.test(name)).sort().map(name => join(source, name))
  : [source]

const request = async (transport: Transport, method: 'GET' | 'POST', path: string, query: Record<string, string>, body?: object): Promise<unknown> => {
  const answer = await transport.request({ method, path, query, ...(body === undefined ? {} : { body }) })
  const message = refusal(answer)
  if (message !== undefined) throw new Error(`${method} ${path}: ${message}`)
  return answer.body
}

const refusal = ({ status, body }: { status: number; body: unknown }): string | undefined =>
  status < 300 ? undefined : ((body as { message?: string } | undefined)?.message ?? `status ${status}`)

/** By discovery, as a client would find it. */
const collectionOf = async (transport: Transport, { apiVersion, kind, metadata: { namespace } }: KubeObject): Promise<string | undefined> => {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const answer = await transport.request({ method: 'GET', path: root })
  const resources = (answer.body as { resources?: { name: string; kind: string; namespaced: boolean }[] } | undefined)?.resources ?? []
  const found = resources.find(resource => resource.kind === kind && !resource.name.includes('/'))
  if (answer.status >= 300 || found === undefined || found.namespaced !== (namespace !== undefined)) return undefined
  return `${root}/${found.namespaced ? `namespaces/${namespace}/` : ''}${found.name}`
}
