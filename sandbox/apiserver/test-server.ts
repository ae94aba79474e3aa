import { FakeClock } from '../../operator/runtime/fake-clock.ts'
import type { ApiRequest, ApiResponse, Transport } from '../../operator/runtime/transport.ts'
import { inProcessTransport } from './in-process.ts'
import type { UserInfo } from './request.ts'
import type { AnyObject } from './resource.ts'
import { createApiServer, type ApiServer, type ApiServerOptions } from './server.ts'

/** A server on a clock that stands still, and short ways to ask it: for tests. */
export type TestServer = {
  server: ApiServer
  clock: FakeClock
  transport: Transport
  as: (user: UserInfo) => Transport
  send: (method: ApiRequest['method'], path: string, body?: unknown, rest?: Partial<ApiRequest>) => Promise<ApiResponse & { body: Answer }>
  /** Starts a watch; `next` gives the events one by one, undefined at its end. */
  watch: (path: string, query?: Record<string, string>) => Promise<{ next: () => Promise<Event | undefined>; stop: () => Promise<void> }>
}

export type Answer = AnyObject & { message: string; reason: string; items: AnyObject[]; details: { causes: { field: string; message: string }[] } }
export type Event = { type: string; object: AnyObject & { code?: number; reason?: string } }

export const admin: UserInfo = { username: 'admin', groups: ['system:masters'] }

export const testServer = (options: Partial<ApiServerOptions> = {}): TestServer => {
  const clock = new FakeClock()
  const server = createApiServer({ clock, tokens: new Map(), ...options })
  const transport = inProcessTransport(server, admin)
  return {
    server,
    clock,
    transport,
    as: (user) => inProcessTransport(server, user),
    send: async (method, path, body, rest) => (await transport.request({ method, path, body, ...rest })) as ApiResponse & { body: Answer },
    watch: async (path, query = {}) => {
      const { chunks } = await transport.stream({ method: 'GET', path, query: { watch: 'true', ...query } })
      const iterator = chunks[Symbol.asyncIterator]()
      return {
        next: async () => {
          const { value, done } = await iterator.next()
          return done === true ? undefined : (JSON.parse(value) as Event)
        },
        stop: async () => void (await iterator.return?.()),
      }
    },
  }
}

export const configMap = (name: string, metadata: Record<string, unknown> = {}, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
})

/** Where the ConfigMaps of the default namespace are. */
export const configMaps = '/api/v1/namespaces/default/configmaps'

/** A namespaced kind Thing of `test.dev/v1`. @param version - what else its one version says. */
export const thingsOf = (version: Record<string, unknown>) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.test.dev' },
  spec: {
    group: 'test.dev',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [{ name: 'v1', served: true, storage: true, ...version }],
  },
})
