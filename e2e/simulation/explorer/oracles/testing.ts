import type { Run, StoredEvent, Write } from '../history.ts'
import type { Stored } from '../scenario.ts'

/** A run in which nothing happened, but for what a test gives. */
export const runOf = (given: Partial<Run> = {}): Run => ({
  plan: { scenario: 'made-up', seed: 1, perturbations: [] },
  writes: [], events: [], delivered: new Map(), applied: [], removed: [], final: new Map(), starts: new Map(), twins: [], stuck: undefined,
  rest: { writes: 0, events: 0, time: 0 }, lastFault: 0,
  ...given,
})

export const objectOf = (kind: string, name: string, more: { uid?: string; metadata?: object; spec?: object; status?: object } = {}): Stored => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name, namespace: 'a', uid: more.uid ?? `uid-${name}`, resourceVersion: '1', generation: 1, ...more.metadata },
  ...more.spec === undefined ? {} : { spec: more.spec as Record<string, unknown> },
  ...more.status === undefined ? {} : { status: more.status as Record<string, unknown> },
})

export const eventOf = (bucket: string, type: StoredEvent['type'], object: Stored, previous?: Stored): StoredEvent =>
  ({ time: 0, revision: 1, bucket, key: `a/${object.metadata.name}`, type, object, previous })

export const writeOf = (method: string, path: string, body: unknown = {}, more: Partial<Write> = {}): Write =>
  ({ time: 0, revision: 1, process: 'operator-1', method, path, query: {}, contentType: 'application/json', body, status: 200, ...more })

export const stored = (bucket: string, ...objects: readonly Stored[]): Run['final'] =>
  new Map([[bucket, new Map(objects.map((object) => [`a/${object.metadata.name}`, object]))]])
