import type { Core } from '../core.ts'
import { bucketOf } from '../registry.ts'
import type { AnyObject, ServedResource } from '../resource.ts'

/** What only the server can fill into a new object, since it takes a look at other objects. */
export const fillIn = (core: Core, resource: ServedResource, object: AnyObject): void => {
  const bucket = bucketOf(resource)
  if (bucket === '/services') allocateAddress(core, object)
  if (bucket === '/persistentvolumeclaims') chooseStorageClass(core, object)
  if (bucket === '/pods') resolvePriority(core, object)
}

/** Addresses of Services: 10.96.0.0/16, the first 256 left to well-known ones, as in a real cluster. */
const allocateAddress = (core: Core, object: AnyObject): void => {
  const spec = (object['spec'] ?? {}) as { type?: string; clusterIP?: string; clusterIPs?: string[] }
  if (spec.type === 'ExternalName' || (spec.clusterIP !== undefined && spec.clusterIP !== '')) return
  const taken = new Set<string>()
  for (const [, service] of core.storage.list('/services', '').entries) taken.add(String((service['spec'] as { clusterIP?: string }).clusterIP))
  let candidate = 256
  while (taken.has(addressAt(candidate)) && candidate < 65_534) candidate++
  spec.clusterIP = addressAt(candidate)
  spec.clusterIPs = [spec.clusterIP]
}

const addressAt = (index: number): string => `10.96.${index >> 8}.${index & 255}`

const defaultClass = 'storageclass.kubernetes.io/is-default-class'

/** A claim that names no class gets the default one; of several the newest. */
const chooseStorageClass = (core: Core, object: AnyObject): void => {
  const spec = (object['spec'] ?? {}) as { storageClassName?: string }
  if (spec.storageClassName !== undefined) return
  const classes = [...core.storage.list('storage.k8s.io/storageclasses', '').entries]
    .map(([, storageClass]) => storageClass)
    .filter(({ metadata }) => ((metadata['annotations'] ?? {}) as Record<string, string>)[defaultClass] === 'true')
    .sort((a, b) => String(b.metadata['creationTimestamp']).localeCompare(String(a.metadata['creationTimestamp'])))
  const name = classes[0]?.metadata.name
  if (name !== undefined) spec.storageClassName = name
}

const resolvePriority = (core: Core, object: AnyObject): void => {
  const spec = (object['spec'] ?? {}) as { priorityClassName?: string; priority?: number; preemptionPolicy?: string }
  const found = spec.priorityClassName === undefined ? undefined : core.storage.get('scheduling.k8s.io/priorityclasses', `/${spec.priorityClassName}`)
  if (found === undefined) return
  spec.priority = Number(found['value'])
  spec.preemptionPolicy = String(found['preemptionPolicy'] ?? 'PreemptLowerPriority')
}
