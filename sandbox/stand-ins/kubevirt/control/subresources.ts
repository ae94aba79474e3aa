import { STATUS_CODES } from 'node:http'
import { ApiError, isNotFound } from '../../../../operator/runtime/client.ts'
import { textResponse, type ServerRequest, type ServerResponse } from '../../../apiserver/request.ts'
import type { Control } from '../../control.ts'
import { resources } from '../../resources.ts'
import { isTrue } from '../conditions.ts'
import { actPath, asksGuest, type NodeActs } from '../node/acts.ts'
import { startMachine, stopMachine, restartMachine } from './power-requests.ts'
import type { Refusal } from './power-requests.ts'
import type { VirtualMachine, VirtualMachineInstance } from '../types.ts'

export type SubresourceContext = {
  control: Control
  /** virt-handler's part, which acts on machines. */
  acts: NodeActs
}

const path = /^\/apis\/subresources\.kubevirt\.io\/[^/]+\/namespaces\/([^/]+)\/(virtualmachines|virtualmachineinstances)\/([^/]+)\/([^/]+)$/

/** What `subresources.kubevirt.io` serves here, for discovery. */
export const subresourceNames = {
  virtualmachines: ['start', 'stop', 'restart'],
  virtualmachineinstances: ['pause', 'unpause', 'freeze', 'unfreeze', 'softreboot', 'reset', 'guestosinfo', 'filesystemlist'],
} as const

type Asked = Pick<ServerRequest, 'method' | 'path' | 'headers' | 'body'>

/** virt-api's part: imperative acts on machines, with its refusals word for word. */
export const createSubresources = (context: SubresourceContext) => async (request: Asked): Promise<ServerResponse> => {
  const [, namespace = '', plural = '', name = '', subresource = ''] = path.exec(request.path) ?? []
  const served: readonly string[] = subresourceNames[plural as keyof typeof subresourceNames] ?? []
  if (!served.includes(subresource)) return refuse({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' })
  const wanted = asksGuest(subresource) ? 'GET' : 'PUT'
  if (request.method !== wanted) return refuse({ code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource' })
  if (wanted === 'PUT' && !takesAnything(request.headers['accept'])) return textResponse(406, notAcceptable)
  try {
    const body = request.body.length === 0 ? {} : (JSON.parse(Buffer.from(request.body).toString()) as Record<string, unknown>)
    return plural === 'virtualmachines' ? await onMachine(context, { namespace, name }, subresource, body) : await onInstance(context, { namespace, name }, subresource, request.body)
  } catch (error) {
    if (error instanceof ApiError) return refuse({ code: error.status, reason: error.reason, message: error.message })
    return refuse({ code: 500, reason: 'InternalError', message: `Internal error occurred: ${(error as Error).message}` })
  }
}

const notAcceptable = '406: Not Acceptable\n\nAvailable representations: '

/** A route that does not say what it answers with serves only who takes anything. Source: go-restful v3, `Route.matchesAccept`. */
const takesAnything = (accept = ''): boolean => accept === '' || accept.split(',').some((type) => type.split(';')[0]?.trim() === '*/*')

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

const read = async <T>(control: Control, resource: (typeof resources)['virtualMachines'] | (typeof resources)['virtualMachineInstances'], target: Target): Promise<T | undefined> => {
  try {
    return await control.client.get<T>(resource, target)
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
  const vm = await read<VirtualMachine>(context.control, resources.virtualMachines, target)
  if (vm === undefined) return refuse(notFound('virtualmachine', target.name))
  const vmi = await read<VirtualMachineInstance>(context.control, resources.virtualMachineInstances, target)
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

const onInstance = async (
  { control, acts }: SubresourceContext, target: Target, subresource: string, body: ServerRequest['body'],
): Promise<ServerResponse> => {
  const vmi = await read<VirtualMachineInstance>(control, resources.virtualMachineInstances, target)
  if (vmi === undefined) return refuse(notFound('virtualmachineinstance', target.name))
  const why = conflictOf(vmi, subresource)
  // What is only read is answered in plain words where it can't be.
  if (why !== undefined) return asksGuest(subresource) ? textResponse(500, conflict('virtualmachineinstance', target.name, why).message) : refuse(conflict('virtualmachineinstance', target.name, why))
  const phase = vmi.status?.phase ?? ''
  const explained = (message: string) => (subresource === 'reset' && phase !== 'Running' ? `Failed to reset non-running VMI with phase ${phase}: ${message}` : message)
  if (phase !== 'Running' && phase !== 'Scheduled') {
    const message = `Unable to connect to VirtualMachineInstance because phase is ${phase} instead of Running or Scheduled`
    return refuse({ code: 400, reason: 'BadRequest', message: explained(message) })
  }
  const method = asksGuest(subresource) ? 'GET' : 'PUT'
  const answer = await acts({ method, path: actPath(target.namespace, target.name, subresource), body })
  if (answer.status < 300) return method === 'GET' ? answer : done(200)
  const told = `unexpected return code ${answer.status} (${answer.status} ${STATUS_CODES[answer.status]}), message: ${String(answer.body)}`
  return refuse({ code: 500, reason: 'InternalError', message: `Internal error occurred: ${explained(told)}` })
}

/** What about an instance stands against an act; undefined when nothing does. A reset is left to the node. */
const conflictOf = (vmi: VirtualMachineInstance, subresource: string): string | undefined => {
  if (subresource === 'reset') return undefined
  const paused = isTrue(vmi.status?.conditions, 'Paused')
  const running = vmi.status?.phase === 'Running'
  if (!running) return subresource.startsWith('un') || asksGuest(subresource) ? 'VMI is not running' : 'VM is not running'
  if (asksGuest(subresource)) return isTrue(vmi.status?.conditions, 'AgentConnected') ? undefined : 'VMI does not have guest agent connected'
  if (subresource === 'pause' && paused) return 'VMI is already paused'
  if (subresource === 'unpause' && !paused) return 'VMI is not paused'
  if (subresource === 'softreboot' && paused) return 'VMI is paused'
  if (subresource === 'softreboot' && !isTrue(vmi.status?.conditions, 'AgentConnected') && vmi.spec.domain.features?.acpi?.enabled === false) {
    return 'VMI neither have the agent connected nor the ACPI feature enabled'
  }
  return undefined
}
