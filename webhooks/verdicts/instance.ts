import type { Instance } from '../../crds/v1alpha1/index.ts'
import { blockDeviceViolations } from './block-devices.ts'
import { imageSharingViolations, usableImage } from './image-sharing.ts'
import { networkViolations } from './instance-network.ts'
import type { DeletionVerdict, Verdict, View, Violation } from './view.ts'

/**
 * Whether an Instance can be launched as it stands. What holds at launch alone (image, disks, a type that is offered) is not asked again of one that
 * has been launched: an image that is no longer shared doesn't stop what runs from it.
 */
export const instanceVerdict: Verdict<Instance> = (instance, old, view) => [
  ...stopProtection(instance, old),
  ...typeViolations(instance, old, view),
  ...networkViolations(instance, view),
  ...hasDisks(instance) ? [] : launchViolations(instance, view),
]

/** Termination protection. */
export const instanceDeletionVerdict: DeletionVerdict<Instance> = ({ metadata, spec }) => !spec.disableAPITermination ? [] : [{
  field: 'spec.disableAPITermination',
  message: `${metadata.name} is protected from termination: set spec.disableAPITermination to false, then delete`,
  reason: 'FieldValueForbidden',
}]

/** Its root disk has been made: the time of the launch would say no more than that it was asked for. */
export const hasDisks = ({ status }: Pick<Instance, 'status'>): boolean => status?.blockDevices?.[0]?.volumeID !== undefined

const stopProtection = ({ spec }: Instance, old: Instance | undefined): Violation[] =>
  old === undefined || !spec.disableAPIStop || spec.state === 'Running' || old.spec.state !== 'Running' ? [] : [{
    field: 'spec.state',
    message: `the instance is protected from being stopped: set spec.disableAPIStop to false together with state: ${spec.state}`,
    reason: 'FieldValueForbidden',
  }]

const typeViolations = (instance: Instance, old: Instance | undefined, view: View): Violation[] => {
  const { metadata, spec, status } = instance
  const type = view.getInstanceType(spec.instanceType)
  const isChosenNow = old === undefined ? status?.instanceType !== spec.instanceType : old.spec.instanceType !== spec.instanceType
  if (type === undefined || !isChosenNow) return []
  const image = usableImage(metadata.namespace ?? '', spec.imageRef, view)
  return [
    ...type.spec.state === 'Deprecated'
      ? [{ field: 'spec.instanceType', message: `the instance type ${spec.instanceType} is deprecated: choose another, see kubectl get instancetypes` }]
      : [],
    ...image !== undefined && image.spec.architecture !== type.spec.architecture
      ? [{
          field: 'spec.instanceType',
          message: `the instance type ${spec.instanceType} is ${type.spec.architecture}, the image ${spec.imageRef.name} ${image.spec.architecture}: choose matching ones`,
        }]
      : [],
  ]
}

const launchViolations = (instance: Instance, view: View): Violation[] =>
  [...imageSharingViolations(instance.metadata.namespace ?? '', instance.spec.imageRef, view), ...blockDeviceViolations(instance, view)]
