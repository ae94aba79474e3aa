import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { InstanceType } from '../../../crds/v1alpha1/instance-type.ts'
import { clusterInstancetypeInformer } from '../../providers/kubevirt/cluster-instancetype.ts'
import { instancetypeName } from '../../providers/kubevirt/instancetype.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer } from '../instance/store.ts'

export type InstanceTypeFacts = {
  instancetype: KubeObject | undefined
  /**
   * Instances that are to be of this type, or run as it until their next stop. Counted while it is being deleted only: that needs a look at all.
   * A number and no names: everybody may read an InstanceType, and whose instances there are is nobody else's business.
   */
  users: number
}

export const observeInstanceType = (type: InstanceType, cache: Cache): InstanceTypeFacts => ({
  instancetype: madeFor(type, cache.of(clusterInstancetypeInformer).get(instancetypeName(type.metadata.name))),
  users: type.metadata.deletionTimestamp === undefined ? 0 : countUsers(type.metadata.name, cache),
})

const countUsers = (name: string, cache: Cache): number => {
  let users = 0
  for (const { spec, status } of cache.of(instanceInformer).list()) if (spec.instanceType === name || status?.instanceType === name) users++
  return users
}
