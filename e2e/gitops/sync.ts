/** The two ways in which tools bring manifests to a cluster. */
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, ResourceType } from '../../crds/kubernetes.ts'
import { definitions } from '../../crds/v1alpha1/index.ts'
import { type Client, isNotFound } from '../../operator/runtime/client.ts'
import { roleBindings } from '../access.ts'
import type { Manifest } from './examples.ts'
import { threeWayPatch } from './three-way-patch.ts'

/** As `kubectl apply` says it. */
export type Synced = 'created' | 'configured' | 'unchanged'

export type Sync = (client: Client, manifest: Manifest) => Promise<Synced>

const namespaces: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false }

export const resourceOf = ({ kind }: Manifest): ResourceType => {
  const found = [...definitions, namespaces, roleBindings].find(each => each.kind === kind)
  if (found === undefined) throw new Error(`no example has a ${kind} so far: say here how it is addressed`)
  return found
}

/** Manifests that say no namespace are for `default`. */
export const targetOf = (manifest: Manifest): { name: string; namespace?: string } => {
  const { name, namespace = 'default' } = manifest.metadata
  return resourceOf(manifest).namespaced ? { name, namespace } : { name }
}

export const liveOf = async (client: Client, manifest: Manifest): Promise<KubeObject & { spec?: unknown } | undefined> =>
  client.get<KubeObject>(resourceOf(manifest), targetOf(manifest)).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })

/** `kubectl apply --server-side`, Flux, and Argo CD with ServerSideApply=true. */
export const serverSide: Sync = async (client, manifest) => {
  const before = await liveOf(client, manifest)
  const whole = { ...manifest, metadata: { ...manifest.metadata, ...targetOf(manifest) } }
  const after = await client.apply(resourceOf(manifest), whole, { fieldManager: 'git', force: true })
  if (before === undefined) return 'created'
  return before.metadata.resourceVersion === after.metadata.resourceVersion ? 'unchanged' : 'configured'
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** `kubectl apply`, and Argo CD left to itself. Helm, which keeps what it last applied elsewhere, comes to the same patch. */
export const clientSide: Sync = async (client, manifest) => {
  const metadata = { ...manifest.metadata, ...targetOf(manifest) }
  const applied = { ...manifest, metadata: { ...metadata, annotations: metadata.annotations ?? {} } }
  const modified = { ...applied, metadata: { ...metadata, annotations: { ...metadata.annotations, [lastApplied]: `${JSON.stringify(applied)}\n` } } }
  const live = await liveOf(client, manifest)
  if (live === undefined) {
    await client.create(resourceOf(manifest), modified)
    return 'created'
  }
  const patch = threeWayPatch(lastAppliedTo(live), modified, live)
  if (isDeepStrictEqual(patch, {})) return 'unchanged'
  await client.mergePatch(resourceOf(manifest), targetOf(manifest), patch)
  return 'configured'
}

/** The manifest that client-side apply brought last. */
export const lastAppliedTo = ({ metadata }: KubeObject): Record<string, unknown> =>
  JSON.parse(metadata.annotations?.[lastApplied] ?? '{}') as Record<string, unknown>
