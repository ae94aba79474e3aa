import { type KubeObject, keyOf, type ResourceType } from '../../crds/kubernetes.ts'
import { definitions } from '../../crds/v1alpha1/index.ts'
import { type Client, isConflict, isNotFound, type ListPage } from '../runtime/client.ts'
import { CUSTOM_RESOURCE_DEFINITIONS } from '../runtime/crd-guard.ts'
import { splitKey } from '../runtime/key.ts'
import { liveObject } from '../runtime/live.ts'
import { MANAGED_BY_LABEL, OWNER_KIND_LABEL, OWNER_NAME_LABEL, OWNER_NAMESPACE_LABEL, OWNER_UID_LABEL } from '../runtime/ownership.ts'
import type { Cache } from '../runtime/store.ts'
import type { Swept } from './swept.ts'

/** `owned`: it is not left over, or nobody can tell. `used`: it is, and something needs it yet. */
export type SweepOutcome = 'deleted' | 'owned' | 'used'

type Server = { client: Client; cache: Cache; now: number; /** Milliseconds that it must have been there. */ age: number }

/** Deletes an object that no object of ours has made, if the server says so itself: of the object, of its owner, and of the owner's kind. */
export const sweep = async ({ client, cache, now, age }: Server, { resource, isUnused }: Swept, { metadata }: KubeObject): Promise<SweepOutcome> => {
  const live = await liveObject(client, resource, keyOf(metadata))
  if (live === undefined || live.metadata.uid !== metadata.uid || live.metadata.deletionTimestamp !== undefined) return 'owned'
  const born = Date.parse(live.metadata.creationTimestamp ?? '')
  if (!isOurs(live) || !(now - born >= age) || !(await isWithoutOwner(client, live, born))) return 'owned'
  if (!isUnused(live, cache)) return 'used'
  const { uid, resourceVersion } = live.metadata
  try {
    await client.delete(resource, splitKey(keyOf(metadata)), { preconditions: { uid, resourceVersion } })
    return 'deleted'
  } catch (error) {
    if (isNotFound(error)) return 'deleted'
    // It has changed since: somebody cares for it, or Kube-OVN has counted something. It is looked at again as if for the first time.
    if (isConflict(error)) return 'used'
    throw error
  }
}

/** By its label and by who wrote it: what a platform team has made by hand is theirs, whatever it says. */
const isOurs = ({ metadata }: KubeObject): boolean => metadata.labels?.[MANAGED_BY_LABEL] === 'kumulus' &&
  (metadata as { managedFields?: readonly { manager?: string }[] }).managedFields?.some(({ manager }) => manager?.startsWith('kumulus-') === true) === true

/**
 * Whether its owner is gone for good. A definition that is going takes its objects with it, and nobody who deletes it means their networks: machines
 * run on. One that is younger than the object was made anew since, or the cluster comes from a backup: then too nobody can tell, and it stays.
 */
const isWithoutOwner = async (client: Client, { metadata }: KubeObject, born: number): Promise<boolean> => {
  const kind = definitions.find(each => each.kind === metadata.labels?.[OWNER_KIND_LABEL])
  const name = metadata.labels?.[OWNER_NAME_LABEL] ?? ''
  if (kind === undefined || name === '') return false
  const definition = await liveObject(client, CUSTOM_RESOURCE_DEFINITIONS, `${kind.plural}.${kind.group}`)
  if (definition === undefined || definition.metadata.deletionTimestamp !== undefined) return false
  if (!(Date.parse(definition.metadata.creationTimestamp ?? '') < born)) return false
  const living = await namesakes(client, kind, name, metadata.labels?.[OWNER_NAMESPACE_LABEL])
  return living.every(owner => owner.metadata.uid !== metadata.labels?.[OWNER_UID_LABEL])
}

/** Those of the owner's name, straight from the server. Of a long name the label has a part, so that all of the account are looked at. */
const namesakes = async (client: Client, kind: ResourceType, name: string, namespace: string | undefined): Promise<KubeObject[]> => {
  const fieldSelector = name.length < LONGEST_LABEL ? `metadata.name=${name}` : undefined
  const all: KubeObject[] = []
  let next: string | undefined
  do {
    const page: ListPage<KubeObject> = await client.list(kind, { namespace, fieldSelector, metadataOnly: true, limit: 500, continue: next })
    all.push(...page.items)
    next = page.continue
  } while (next !== undefined && next !== '')
  return all
}

/** Longest value of a label. */
const LONGEST_LABEL = 63
