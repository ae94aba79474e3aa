import type { InstanceAction } from '../../crds/v1alpha1/index.ts'
import type { Verdict } from './view.ts'

/** Stop protection holds against ForceStop too. */
export const instanceActionVerdict: Verdict<InstanceAction> = ({ metadata, spec, status }, _old, view) => {
  const isDone = status?.completionTime !== undefined
  const target = view.getInstance(metadata.namespace ?? '', spec.instanceRef.name)
  if (isDone || spec.type !== 'ForceStop' || target?.spec.disableAPIStop !== true) return []
  return [{
    field: 'spec.type',
    message: `the instance ${spec.instanceRef.name} is protected from being stopped: set its spec.disableAPIStop to false first`,
    reason: 'FieldValueForbidden',
  }]
}
