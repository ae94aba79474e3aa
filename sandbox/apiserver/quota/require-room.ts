import { parseQuantity } from '../../../crds/quantity.ts'
import { forbidden } from '../errors.ts'
import { bucketOf } from '../registry.ts'
import type { AnyObject, ServedResource } from '../resource.ts'
import type { Storage } from '../storage.ts'
import { type Amounts, amountsOf, amountText, usedOf } from './usage.ts'

type Quota = AnyObject & { spec?: { hard?: Record<string, string> } }

/** A write of an object, of which `live` was there before. */
export type Taking = { resource: ServedResource; namespace: string; object: AnyObject; live: AnyObject | undefined }

/** Kinds of which a change may take more than they took. */
const growing = '/persistentvolumeclaims'

/**
 * Refuses what a ResourceQuota of the namespace has no room for. Called in one turn with the write, so that no two writes share the last of it.
 * Source of the words: Kubernetes v1.36, k8s.io/apiserver pkg/admission/plugin/resourcequota/controller.go.
 * @throws StatusError 403.
 */
export const requireRoom = (storage: Storage, { resource, namespace, object, live }: Taking): void => {
  if (namespace === '' || storage.count('/resourcequotas') === 0 || (live !== undefined && bucketOf(resource) !== growing)) return
  const [before, after] = [amountsOf(resource, live), amountsOf(resource, object)]
  const more = Object.entries(after).map(([name, amount]) => [name, amount - (before[name] ?? 0n)] as const).filter(([, amount]) => amount > 0n)
  for (const [, quota] of storage.list('/resourcequotas', `${namespace}/`).entries) {
    const why = exceeds(storage, quota, namespace, Object.fromEntries(more))
    if (why !== undefined) throw forbidden(resource, object.metadata.name ?? '', `exceeded quota: ${quota.metadata.name}, ${why}`)
  }
}

const exceeds = (storage: Storage, { spec }: Quota, namespace: string, wanted: Amounts): string | undefined => {
  const over = Object.entries(spec?.hard ?? {}).sort(([a], [b]) => a < b ? -1 : 1).flatMap(([name, limit]) => {
    const more = wanted[name]
    const used = more === undefined ? undefined : usedOf(storage, namespace, name)
    return more === undefined || used === undefined || used + more <= parseQuantity(limit) ? [] : [{ name, more, used, limit }]
  })
  if (over.length === 0) return undefined
  const words = (text: (each: typeof over[number]) => string) => over.map((each) => `${each.name}=${text(each)}`).join(',')
  return `requested: ${words(({ name, more }) => amountText(name, more))}, used: ${words(({ name, used }) => amountText(name, used))}, limited: ${words(({ limit }) => limit)}`
}
