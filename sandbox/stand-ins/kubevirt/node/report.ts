import type { Client } from '../../../../operator/runtime/client.ts'
import type { Control } from '../../control.ts'
import { resources } from '../../resources.ts'
import type { VirtualMachineInstance } from '../types.ts'

/** Writes an instance's status as the node that it is on does: the whole object, which is all that virt-handler's role allows. */
export type Report = (vmi: VirtualMachineInstance, status: NonNullable<VirtualMachineInstance['status']>) => Promise<VirtualMachineInstance>

/** @param handlerOf - virt-handler of a node, for a KubeVirt that takes no status from anybody else. */
export const reportsOf = (control: Control, handlerOf?: (node: string) => Client): Report => (vmi, status) =>
  control.replaceStatus(resources.virtualMachineInstances, vmi, status, handlerOf?.(vmi.status?.nodeName ?? '') ?? control.client)
