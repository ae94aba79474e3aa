import type { AnyObject, Json } from '../../sandbox/apiserver/resource.ts'
import type { StoredState } from '../../sandbox/apiserver/storage.ts'
import { textsOfAddress, textsOfUIDs, uidOf, uuidOf, type Placed } from './identity.ts'
import type { Launched } from './launched.ts'
import { templateOf, type Template } from './template.ts'

/** Addresses of a tenant's subnet, 10.0.0.0/17, that are given to instances. */
export const MOST_A_TENANT = 30_000

export const tenantName = (tenant: number): string => `tenant-${tenant}`
export const instanceName = (index: number): string => `seed-${index}`

/**
 * A cluster of `tenants` tenants with `instances` instances each, every one as converged as the one that it is cloned from: new names, UIDs,
 * addresses, and all that is derived from these, in every object that came with it.
 */
export const populate = (launched: Launched, { tenants, instances }: { tenants: number; instances: number }): StoredState => {
  if (instances > MOST_A_TENANT) throw new Error(`a tenant's subnet has addresses for ${MOST_A_TENANT} instances, not for ${instances}`)
  const ofTenant = textsOfTenant(launched, launched.namespace, uidOf)
  const tokens = [...ofTenant, ...textsOfOne(launched, launched.name, launched.address, uidOf)]
  // What speaks of one instance, as Kube-OVN's list of a subnet's addresses does, speaks of none of the many.
  const tenantTemplates = launched.tenant.map((each) => placedTemplate(counted(each, instances), ofTenant))
  const instanceTemplates = launched.instance.map((each) => placedTemplate(each, tokens))
  const objects: Placed[] = [...launched.shared]
  for (let tenant = 0; tenant < tenants; tenant++) {
    const own = textsOfTenant(launched, tenantName(tenant), (object) => uuidOf(`${tenant}/${uidOf(object)}`))
    for (const make of tenantTemplates) objects.push(make(own))
    for (let index = 0; index < instances; index++) {
      const texts = textsOfOne(launched, instanceName(index), addressOf(index), (object) => uuidOf(`${tenant}/${index}/${uidOf(object)}`))
      for (const make of instanceTemplates) objects.push(make([...own, ...texts]))
    }
  }
  return { revision: launched.revision, objects }
}

/** What counts instances in a tenant's own objects, which have counted one so far. */
const counted = ([bucket, key, object]: Placed, instances: number): Placed => {
  const status = object['status'] as { members?: number; availableIPAddressCount?: number } | undefined
  const counts = {
    ...(bucket === 'kumulus.dev/securitygroups' && status?.members === 1 ? { members: instances } : {}),
    ...(bucket === 'kumulus.dev/subnets' ? { availableIPAddressCount: Number(status?.availableIPAddressCount) + 1 - instances } : {}),
  }
  return Object.keys(counts).length === 0 ? [bucket, key, object] : [bucket, key, { ...object, status: { ...status, ...counts } }]
}

type UidOf = (object: AnyObject) => string

const textsOfTenant = ({ tenant }: Launched, namespace: string, uid: UidOf): string[] =>
  [namespace, ...textsOfUIDs(tenant, tenant.map(([, , object]) => uid(object)))]

const textsOfOne = ({ instance }: Launched, name: string, address: string, uid: UidOf): string[] =>
  [name, ...textsOfAddress(address), ...textsOfUIDs(instance, instance.map(([, , object]) => uid(object)))]

const placedTemplate = ([bucket, key, object]: Placed, tokens: readonly string[]): ((texts: readonly string[]) => Placed) => {
  const keyOf: Template = templateOf(key, tokens)
  const objectOf: Template = templateOf(object as unknown as Json, tokens)
  return (texts) => [bucket, keyOf(texts) as string, objectOf(texts) as unknown as AnyObject]
}

/** Leaves out the first addresses, which subnets keep for themselves. */
const addressOf = (index: number): string => `10.0.${(index + 256) >> 8}.${(index + 256) & 255}`
