import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { NetworkACL } from '../../../crds/v1alpha1/network-acl.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import type { Cache } from '../../runtime/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { defaultListOf, listOf } from './association.ts'

/** A subnet that the list names. */
export type Association = {
  name: string
  /** Empty while there is no such subnet. */
  subnetID: string
  state: 'associating' | 'associated' | 'failed'
  /** Why it failed, in words with the way out. */
  message?: string
}

export type NetworkACLFacts = {
  id: string
  vpc: VPC | undefined
  /** It was made with its VPC. */
  isDefault: boolean
  associations: readonly Association[]
}

export const observeNetworkACL = (list: NetworkACL, cache: Cache): NetworkACLFacts => {
  const vpc = cache.of(vpcInformer).get(siblingKey(list, list.spec.vpcRef.name))
  return {
    id: idOf(idPrefixes.networkACL, list.metadata.uid),
    vpc,
    isDefault: vpc !== undefined && defaultListOf(vpc, cache)?.metadata.uid === list.metadata.uid,
    associations: (list.spec.subnetRefs ?? []).map(({ name }) => associationOf(list, name, cache)),
  }
}

const associationOf = (list: NetworkACL, name: string, cache: Cache): Association => {
  const subnet = cache.of(subnetInformer).get(siblingKey(list, name))
  if (subnet === undefined) return { name, subnetID: '', state: 'associating' }
  const subnetID = idOf(idPrefixes.subnet, subnet.metadata.uid)
  if (subnet.spec.vpcRef.name !== list.spec.vpcRef.name) {
    return { name, subnetID, state: 'failed', message: `subnet "${name}" is of another VPC: remove it from subnetRefs` }
  }
  const guard = listOf(subnet, cache)
  if (guard !== undefined && guard.metadata.uid !== list.metadata.uid) {
    return { name, subnetID, state: 'failed', message: `subnet "${name}" has the list "${guard.metadata.name}": remove it from the subnetRefs of one of the two` }
  }
  return { name, subnetID, state: subnet.status?.state === 'available' ? 'associated' : 'associating' }
}
