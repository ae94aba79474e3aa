import { instanceAction, type InstanceAction } from '../../../crds/v1alpha1/instance-action.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { byUID, siblingKey, storedObject } from '../stored.ts'

export const instanceActionInformer: InformerSpec<InstanceAction> = {
  resource: instanceAction,
  trim: storedObject,
  indexes: {
    uid: byUID,
    /** `namespace/name` of the Instance, while there is work left. */
    open: action => isOver(action) ? [] : [siblingKey(action, action.spec.instanceRef.name)],
  },
}

/** An action that is over is a record: nothing about it is looked at again. */
export const isOver = ({ status }: InstanceAction): boolean =>
  status?.phase === 'Completed' || status?.phase === 'Failed' || status?.phase === 'Superseded'
