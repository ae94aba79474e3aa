import { ApiError, isNotFound } from '../../../operator/runtime/client.ts'
import type { Hypervisor } from '../../hypervisor/hypervisor.ts'
import type { ServerRequest, ServerResponse } from '../../apiserver/request.ts'
import type { Control } from '../control.ts'
import { resources } from '../resources.ts'
import { isTrue } from './conditions.ts'
import { startMachine, stopMachine, restartMachine } from './power-requests.ts'
import type { Refusal } from './power-requests.ts'
import type { VirtualMachine, VirtualMachineInstance } from './types.ts'

export type SubresourceContext = { control: Control; hypervisor: Hypervisor; guestAgent: (uid: string) => boolean }

const path = /^\/apis\/subresources\.kubevirt\.io\/[^/]+\/namespaces\/([^/]+)\/(virtualmachines|virtualmachineinstances)\/([^/]+)\/([^/]+)$/

/** What `subresources.kubevirt.io` serves here, for discovery. */
export const subresourceNames = {
  virtualmachines: ['start', 'stop', 'restart'],
  virtualmachineinstances: ['pause', 'unpause', 'freeze', 'unfreeze', 'softreboot', 'reset', 'guestosinfo'],
} as const

/** virt-api's part: imperative acts on machines, with its refusals word for word. */
export const createSubresources = (context: SubresourceContext) => async (request: Pick<ServerRequest, 'method' | 'path' | 'body'>): Promise<ServerResponse> => {
  const [, namespace = '', plural = '', name = '', subresource = ''] = path.exec(request.path) ?? []
  const served: readonly string[] = subresourceNames[plural as keyof typeof subresourceNames] ?? []
  if (!served.includes(subresource)) return refuse({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' })
  const wanted = subresource === 'guestosinfo' ? 'GET' : 'PUT'
  if (request.method !== wanted) return refuse({ code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource' })
  try {
    const body = request.body.length === 0 ? {} : (JSON.parse(Buffer.from(request.body).toString()) as Record<string, unknown>)
    return plural === 'virtualmachines' ? await onMachine(context, { namespace, name }, subresource, body) : await onInstance(context, { namespace, name }, subresource)
  } catch (error) {
    if (error instanceof ApiError) return refuse({ code: error.status, reason: error.reason, message: error.message })
    return refuse({ code: 500, reason: 'InternalError', message: `Internal error occurred: ${(error as Error).message}` })
  }
}

type Target = { namespace: string; name: string }

const json = (status: number, body: unknown): ServerResponse => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const done = (status: number): ServerResponse => ({ status, headers: {}, body: '' })
const refuse = ({ code, reason, message }: Refusal): ServerResponse => json(code, { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message, reason, code })

/** 409 as `errors.NewConflict` words it. */
const conflict = (kind: string, name: string, why: string): Refusal => ({
  code: 409,
  reason: 'Conflict',
  message: `Operation cannot be fulfilled on ${kind}.kubevirt.io "${name}": ${why}`,
})

const notFound = (kind: string, name: string): Refusal => ({ code: 404, reason: 'NotFound', message: `${kind}.kubevirt.io "${name}" not found` })

const read = async <T>(context: SubresourceContext, resource: (typeof resources)['virtualMachines'] | (typeof resources)['virtualMachineInstances'], target: Target): Promise<T | undefined> => {
  try {
    return await context.control.client.get<T>(resource, target)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

const onMachine = async (
  context: SubresourceContext,
  target: Target,
  subresource: string,
  body: Record<string, unknown>,
): Promise<ServerResponse> => {
  const vm = await read<VirtualMachine>(context, resources.virtualMachines, target)
  if (vm === undefined) return refuse(notFound('virtualmachine', target.name))
  const vmi = await read<VirtualMachineInstance>(context, resources.virtualMachineInstances, target)
  const act = subresource === 'start' ? startMachine : subresource === 'stop' ? stopMachine : restartMachine
  const outcome = act({ vm, vmi, body })
  if ('code' in outcome) return refuse(outcome)
  const { control } = context
  if (outcome.instanceSpec !== undefined && vmi !== undefined) {
    await control.patch(resources.virtualMachineInstances, vmi, { ...vmi, spec: { ...vmi.spec, ...outcome.instanceSpec } })
  }
  if (outcome.spec !== undefined) await control.patch(resources.virtualMachines, vm, { ...vm, spec: outcome.spec })
  if (outcome.requests !== undefined) {
    const { startFailure: _, ...status } = vm.status ?? {}
    await control.patchStatus(resources.virtualMachines, vm, { ...status, stateChangeRequests: outcome.requests })
  }
  return done(202)
}

const onInstance = async (context: SubresourceContext, target: Target, subresource: string): Promise<ServerResponse> => {
  const vmi = await read<VirtualMachineInstance>(context, resources.virtualMachineInstances, target)
  if (vmi === undefined) return refuse(notFound('virtualmachineinstance', target.name))
  const why = refusal(vmi, subresource)
  if (why !== undefined) return refuse(conflict('virtualmachineinstance', target.name, why))
  const { uid } = vmi.metadata
  switch (subresource) {
    case 'pause':
      await context.hypervisor.pause(uid)
      break
    case 'unpause':
      await context.hypervisor.resume(uid)
      break
    case 'softreboot':
      await context.hypervisor.reboot(uid, 'soft')
      break
    case 'reset':
      await context.hypervisor.reboot(uid, 'reset')
      break
    case 'guestosinfo':
      return json(200, { guestAgentVersion: '10.0', supportedCommands: [], hostname: vmi.spec.hostname ?? vmi.metadata.name, os: vmi.status?.guestOSInfo ?? {}, timezone: 'UTC, 0', userList: [], fsInfo: { disks: [] } })
    default:
      return setFrozen(context, vmi, subresource === 'freeze')
  }
  context.control.enqueue('virt-handler', `${target.namespace}/${target.name}`)
  return done(200)
}

/** Why an act on an instance is refused; undefined when it isn't. */
const refusal = (vmi: VirtualMachineInstance, subresource: string): string | undefined => {
  const paused = isTrue(vmi.status?.conditions, 'Paused')
  const running = vmi.status?.phase === 'Running'
  if (subresource === 'guestosinfo') return isTrue(vmi.status?.conditions, 'AgentConnected') ? undefined : 'VMI does not have guest agent connected'
  if (!running) return subresource.startsWith('un') ? 'VMI is not running' : 'VM is not running'
  if (subresource === 'pause' && paused) return 'VMI is already paused'
  if (subresource === 'unpause' && !paused) return 'VMI is not paused'
  if (subresource === 'softreboot' && paused) return 'VMI is paused'
  if (subresource === 'softreboot' && !isTrue(vmi.status?.conditions, 'AgentConnected') && vmi.spec.domain.features?.acpi?.enabled === false) {
    return 'VMI neither have the agent connected nor the ACPI feature enabled'
  }
  return undefined
}

/** Freezing needs an agent in the guest; without one virt-handler's error comes through as a 500. */
const setFrozen = async ({ control, guestAgent }: SubresourceContext, vmi: VirtualMachineInstance, frozen: boolean): Promise<ServerResponse> => {
  if (!guestAgent(vmi.metadata.uid)) {
    return refuse({ code: 500, reason: 'InternalError', message: 'Internal error occurred: Guest agent is not responding: QEMU guest agent is not connected' })
  }
  const { fsFreezeStatus: _, ...status } = vmi.status ?? {}
  await control.patchStatus(resources.virtualMachineInstances, vmi, frozen ? { ...status, fsFreezeStatus: 'frozen' } : status)
  return done(200)
}
