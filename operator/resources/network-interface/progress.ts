import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import { conditionOf } from '../../providers/kubevirt/power.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { NetworkInterfaceFacts } from './observe.ts'

/** Where an attachment is on its way. `none`: no machine has the interface. */
export type Progress = 'none' | 'attaching' | 'attached' | 'detaching'

type Facts = Pick<NetworkInterfaceFacts, 'id' | 'machine' | 'run' | 'obstacle'>

/** Read from the machine: as long as it knows the interface, nobody else can have it. A machine that is off has what it will start with. */
export const progressOf = (object: NetworkInterface, facts: Facts): Progress => {
  const { machine, run, id, obstacle } = facts
  const port = machine?.spec.interfaces?.find(({ name }) => name === id)
  if (machine === undefined || port === undefined) return 'none'
  const isWanted = object.spec.attachment?.instanceRef.name === machine.metadata.name && obstacle?.isClosing !== true
  if (!isWanted || port.absent || machine.metadata.deletionTimestamp !== undefined) return 'detaching'
  return run === undefined || isIn(facts) ? 'attached' : 'attaching'
}

/** Whether the guest has it. Source: kubevirt v1.9.0, pkg/network/vmispec/infosource.go. */
const isIn = ({ run, id }: Facts): boolean => run?.status.interfaces?.[id]?.split(',').some(source => source.trim() === 'domain') === true

/**
 * Whether it comes with the next start only: KubeVirt says that the machine has to be moved for it, and that it can't be. Where Multus' dynamic
 * networks controller is, no move is needed. Source: kubevirt v1.9.0, pkg/network/migration/evaluator.go.
 */
export const needsRestart = ({ run }: Facts): boolean => run !== undefined &&
  conditionOf(run.status.conditions, 'MigrationRequired')?.status === 'True' && conditionOf(run.status.conditions, 'LiveMigratable')?.status === 'False'

/** ID of the instance whose machine has it. */
export const holderID = ({ machine }: Pick<Facts, 'machine'>): string | undefined => {
  const uid = machine === undefined ? undefined : ownerUIDOf(machine)
  return uid === undefined ? undefined : idOf(idPrefixes.instance, uid)
}
