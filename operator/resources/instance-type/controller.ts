import type { InstanceType, InstanceTypeStatus } from '../../../crds/v1alpha1/instance-type.ts'
import { clusterInstancetypeInformer } from '../../providers/kubevirt/cluster-instancetype.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { comesOrGoes } from '../change.ts'
import { instanceInformer, type StoredInstance } from '../instance/store.ts'
import { ownersOf } from '../stored.ts'
import { finalizeInstanceType } from './finalize.ts'
import { ensureInstancetype } from './instancetype.ts'
import { type InstanceTypeFacts, observeInstanceType } from './observe.ts'
import { instanceTypeStatus } from './status.ts'
import { instanceTypeInformer } from './store.ts'

/** InstanceType → a VirtualMachineClusterInstancetype. */
export const instanceTypeController = (_settings: OperatorSettings): Kind<InstanceType, InstanceTypeFacts, InstanceTypeStatus> => ({
  name: 'instance-type',
  informer: instanceTypeInformer,
  finalizer: 'kumulus.dev/instance-type',
  watches: [
    watch(clusterInstancetypeInformer, ownersOf(instanceTypeInformer)),
    watch(instanceInformer, (instance, cache, previous) => hasSameType(instance, previous) ? []
      : [instance, ...previous === undefined ? [] : [previous]].flatMap(each => goingTypesOf(each, cache))),
  ],
  observe: observeInstanceType,
  steps: {
    instancetype: ensureInstancetype,
  },
  finalize: finalizeInstanceType,
  status: instanceTypeStatus,
})

const hasSameType = (instance: StoredInstance, previous: StoredInstance | undefined): boolean => previous !== undefined &&
  !comesOrGoes(instance, previous) && instance.spec.instanceType === previous.spec.instanceType &&
  instance.status?.instanceType === previous.status?.instanceType

/** Instances matter to a type only while it waits for them to be gone. */
const goingTypesOf = ({ spec, status }: StoredInstance, cache: Cache): string[] =>
  [spec.instanceType, status?.instanceType].filter(name => name !== undefined)
    .filter(name => cache.of(instanceTypeInformer).get(name)?.metadata.deletionTimestamp !== undefined)
