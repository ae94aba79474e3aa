import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { Client } from '../../../operator/runtime/client.ts'
import type { SimulatedDisks } from '../../../sandbox/disks/simulated.ts'
import type { BaseName } from './bases.ts'

/**
 * What a user does over time. Everything that the explorer asks of a scenario it learns from a run in which nothing goes wrong, so that one needs no
 * expectations of its own.
 */
export type Scenario = {
  /** Lower-case words with hyphens: plans name it. */
  name: string
  /** The cloud that it begins with. */
  base: BaseName
  play: (user: User) => Promise<void>
}

/** An object of ours as the user writes it; its namespace is the user's account unless it says another. */
export type Manifest = Named & { spec: object; annotations?: Record<string, string> }

export type Named = { kind: string; name: string; namespace?: string }

/** A stored object with whatever it has. */
export type Stored = KubeObject & { spec?: Record<string, unknown>; status?: Record<string, unknown> }

export type User = {
  /** Applies manifests, all in one moment. They are independent as far as the user cares: the explorer also tries other orders. */
  apply: (...manifests: readonly Manifest[]) => Promise<void>
  /** Deletes objects, all in one moment and in any order. */
  remove: (...targets: readonly Named[]) => Promise<void>
  /** Lets so many milliseconds pass. */
  pass: (ms: number) => Promise<void>
  /** What is stored of ours; undefined when it isn't there. */
  find: (kind: string, name: string, namespace?: string) => Stored | undefined
  /** What is stored of whatever resource: its bucket is `group/plural`, its key `namespace/name` or `/name`. */
  stored: (bucket: string, key: string) => Stored | undefined
  /** Waits until `check` holds; gives up after an hour of the clock. */
  until: (what: string, check: () => boolean) => Promise<void>
  /** Waits until `status.state` (or `phase`) is this. */
  inState: (kind: string, name: string, state: string, namespace?: string) => Promise<void>
  /** Waits until `Ready` gives this reason. */
  becomes: (kind: string, name: string, reason: string, namespace?: string) => Promise<void>
  /** Waits until nothing is left of an object. */
  gone: (kind: string, name: string, namespace?: string) => Promise<void>
  /** The guest of an Instance powers itself off. */
  shutDownGuest: (instance: string) => void
  /** Somebody deletes the pod that the guest of an Instance runs in. */
  deleteLauncher: (instance: string) => Promise<void>
  /** The operator's process ends as by SIGKILL; another starts a moment later. */
  restartOperator: () => void
  /** Begins or ends that imports, or disks of any kind, fail. */
  failDisks: SimulatedDisks['fail']
  /** As a cluster administrator, for what is no kind of ours. */
  client: Pick<Client, 'create' | 'delete' | 'mergePatch'>
}

/** The account of every scenario's user. */
export const account = 'a'
