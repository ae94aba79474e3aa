import type { Instance } from '../../../crds/v1alpha1/instance.ts'
import type { InstanceAction } from '../../../crds/v1alpha1/instance-action.ts'
import { instanceActionVerdict } from '../../../webhooks/verdicts/instance-action.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import type { VirtualMachine, VirtualMachineInstance } from '../../providers/kubevirt/resources.ts'
import { madeFor } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer } from '../instance/store.ts'
import { siblingKey } from '../stored.ts'
import { violationText, viewOf } from '../view.ts'
import { instanceActionInformer } from './store.ts'

export type InstanceActionFacts = {
  instance: Instance | undefined
  machine: VirtualMachine | undefined
  run: VirtualMachineInstance | undefined
  /** What is wrong with the act beside other objects, in words with the way out. */
  violations: readonly string[]
  /** Name of an older action of the same instance that is not over: they are done one at a time, in order. */
  before: string | undefined
  /** Name of a younger action of the same kind that was asked for before this one began: one of the two is enough. */
  after: string | undefined
}

export const observeInstanceAction = (action: InstanceAction, cache: Cache): InstanceActionFacts => {
  const key = siblingKey(action, action.spec.instanceRef.name)
  const instance = cache.of(instanceInformer).get(key)
  const others = cache.of(instanceActionInformer).by('open', key).filter(({ metadata }) => metadata.uid !== action.metadata.uid)
  return {
    instance,
    machine: instance === undefined ? undefined : madeFor(instance, cache.of(virtualMachineInformer).get(key)),
    run: instance === undefined ? undefined : madeFor(instance, cache.of(virtualMachineInstanceInformer).get(key)),
    violations: instanceActionVerdict(action, undefined, viewOf(cache)).map(violationText),
    before: others.find(other => isBefore(other, action))?.metadata.name,
    after: others.find(other => isBefore(action, other) && other.spec.type === action.spec.type)?.metadata.name,
  }
}

/** By creation, then by UID, so that of two there is always just one that comes first. */
const isBefore = (a: InstanceAction, b: InstanceAction): boolean => rankOf(a) < rankOf(b)

const rankOf = ({ metadata }: InstanceAction): string => `${metadata.creationTimestamp ?? ''}/${metadata.uid}`
