import { apiVersionOf } from '../../crds/kubernetes.ts'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { crdInformer } from './crd-guard.ts'
import { createGate } from './gate.ts'
import { createInformer } from './informer.ts'
import type { Informer, InformerSettings } from './informer.ts'
import type { InformerSpec } from './store.ts'

/** The informers of one process, one for each spec. */
export type Informers = {
  /** The informer of a spec, declared at first use. Throws on a new one after `run`. */
  get: <T extends KubeObject>(spec: InformerSpec<T>) => Informer<T>
  /** Those that may hold objects of this apiVersion and kind. */
  of: (object: { apiVersion: string; kind: string }) => readonly Informer<KubeObject>[]
  readonly synced: boolean
  whenSynced: () => Promise<void>
  /** Runs them all until the signal aborts. */
  run: (signal: AbortSignal) => Promise<void>
}

/**
 * Pages under way at a time. A page is up to ten megabytes as text and more as objects: with one of every resource at once a start would need
 * hundreds of megabytes for moments, and be no faster, because this process takes in one at a time.
 */
const PAGES = 3

export const createInformers = (settings: InformerSettings): Informers => {
  const gate = createGate(PAGES)
  const informers = new Map<unknown, Informer<KubeObject>>()
  /** By kind and apiVersion; asked at every write. */
  const ofKinds = new Map<string, readonly Informer<KubeObject>[]>()
  let started = false
  /** A server that has just started knows no custom resource yet: only where there is no definition either, there is nothing. */
  const isAbsent = ({ group, plural }: ResourceType): boolean => {
    const definitions = informers.get(crdInformer)
    return definitions?.synced === true && definitions.store.get(`${plural}.${group}`) === undefined
  }
  const get = <T extends KubeObject>(spec: InformerSpec<T>): Informer<T> => {
    const present = informers.get(spec)
    if (present !== undefined) return present as unknown as Informer<T>
    if (started) throw new Error(`an informer of ${spec.resource.plural} was declared after the start`)
    const made = createInformer(spec, { gate, isAbsent, ...settings })
    informers.set(spec, made as unknown as Informer<KubeObject>)
    ofKinds.clear()
    return made
  }
  const all = () => [...informers.values()]
  return {
    get,
    of: ({ apiVersion, kind }) => {
      const name = `${kind} ${apiVersion}`
      const found = ofKinds.get(name) ?? all().filter(({ spec }) => spec.resource.kind === kind && apiVersionOf(spec.resource) === apiVersion)
      ofKinds.set(name, found)
      return found
    },
    get synced() {
      return all().every((each) => each.synced)
    },
    whenSynced: async () => void (await Promise.all(all().map((each) => each.whenSynced))),
    run: async (signal) => {
      started = true
      await Promise.all(all().map((each) => each.run(signal)))
    },
  }
}
