import { formatBytes, parseQuantity } from '../../../crds/quantity.ts'
import { bucketOf } from '../registry.ts'
import type { AnyObject } from '../resource.ts'
import type { Storage } from '../storage.ts'

/** What of a namespace is counted, by the names that ResourceQuotas call it. */
export type Amounts = Readonly<Record<string, bigint>>

type Counted = { group: string; plural: string }

/** Core kinds whose number has a name without `count/` too. */
const plain = new Set(['configmaps', 'persistentvolumeclaims', 'pods', 'replicationcontrollers', 'resourcequotas', 'secrets', 'services'])

const claims = '/persistentvolumeclaims'
const ofClass = '.storageclass.storage.k8s.io/'

/** What one object takes. Source: Kubernetes v1.36, pkg/quota/v1/evaluator/core/persistent_volume_claims.go and apiserver's pkg/quota/v1/generic. */
export const amountsOf = ({ group, plural }: Counted, object: AnyObject | undefined): Amounts => {
  if (object === undefined) return {}
  const counted = { [`count/${plural}${group === '' ? '' : `.${group}`}`]: 1n, ...group === '' && plain.has(plural) ? { [plural]: 1n } : {} }
  return bucketOf({ group, plural }) === claims ? { ...counted, ...storageOf(object) } : counted
}

type Claim = { spec?: { storageClassName?: string; resources?: { requests?: { storage?: string } } } }

const storageOf = (claim: AnyObject): Amounts => {
  const { storageClassName, resources } = (claim as Claim).spec ?? {}
  const bytes = parseQuantity(resources?.requests?.storage ?? '0')
  return {
    'requests.storage': bytes,
    ...storageClassName === undefined ? {} : { [`${storageClassName}${ofClass}requests.storage`]: bytes, [`${storageClassName}${ofClass}persistentvolumeclaims`]: 1n },
  }
}

/** What a namespace takes of what a quota limits. Undefined for what is not kept count of here: processors and memory of pods. */
export const usedOf = (storage: Storage, namespace: string, name: string): bigint | undefined => {
  const counted = countedBy(name)
  if (counted === undefined) return undefined
  const objects = [...storage.list(bucketOf(counted), `${namespace}/`).entries]
  return objects.reduce((sum, [, object]) => sum + (amountsOf(counted, object)[name] ?? 0n), 0n)
}

const countedBy = (name: string): Counted | undefined => {
  if (name === 'requests.storage' || name.includes(ofClass)) return { group: '', plural: 'persistentvolumeclaims' }
  if (!name.startsWith('count/')) return plain.has(name) ? { group: '', plural: name } : undefined
  const [plural = '', ...group] = name.slice('count/'.length).split('.')
  return { group: group.join('.'), plural }
}

/** As quotas write it. */
export const amountText = (name: string, amount: bigint): string => name.endsWith('requests.storage') ? formatBytes(amount) : `${amount}`
