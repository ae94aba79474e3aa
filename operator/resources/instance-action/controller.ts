import { keyOf } from '../../../crds/kubernetes.ts'
import type { InstanceAction, InstanceActionStatus } from '../../../crds/v1alpha1/instance-action.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { type Kind, watch } from '../../runtime/kind.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings } from '../../settings.ts'
import { instanceInformer } from '../instance/store.ts'
import { siblingKey } from '../stored.ts'
import { type InstanceActionFacts, observeInstanceAction } from './observe.ts'
import { instanceActionStatus } from './status.ts'
import { instanceActionSteps } from './steps.ts'
import { instanceActionInformer } from './store.ts'

/** InstanceAction → one act on an instance, and a record of it. It makes nothing, so that deleting it is nobody's business. */
export const instanceActionController = (_settings: OperatorSettings): Kind<InstanceAction, InstanceActionFacts, InstanceActionStatus> => ({
  name: 'instanceaction',
  informer: instanceActionInformer,
  watches: [
    watch(instanceInformer, ({ metadata }, cache) => openOn(keyOf(metadata), cache)),
    // The machine of an instance has its name.
    watch(virtualMachineInformer, ({ metadata }, cache) => openOn(keyOf(metadata), cache)),
    watch(virtualMachineInstanceInformer, ({ metadata }, cache) => openOn(keyOf(metadata), cache)),
    watch(instanceActionInformer, (action, cache) => openOn(siblingKey(action, action.spec.instanceRef.name), cache)),
  ],
  observe: observeInstanceAction,
  steps: instanceActionSteps(),
  status: instanceActionStatus,
})

const openOn = (instanceKey: string, cache: Cache): string[] =>
  cache.of(instanceActionInformer).by('open', instanceKey).map(({ metadata }) => keyOf(metadata))
