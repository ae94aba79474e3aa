import { textResponse, type RequestBody, type ServerRequest, type ServerResponse } from '../../../apiserver/request.ts'
import type { GuestAgent } from '../../../hypervisor/guest-agent.ts'
import type { FileSystem, Hypervisor } from '../../../hypervisor/hypervisor.ts'
import type { Control } from '../../control.ts'
import { specs } from '../../specs.ts'
import type { VirtualMachineInstance } from '../types.ts'
import type { Report } from './report.ts'
import { withFrozen } from './running-status.ts'

export type ActContext = {
  control: Control
  hypervisor: Hypervisor
  guestAgent: (uid: string) => boolean
  report: Report
}

/** virt-handler's own API, which virt-api hands on to what concerns a machine that runs. */
export type NodeActs = (request: Pick<ServerRequest, 'method' | 'path'> & Partial<Pick<ServerRequest, 'body'>>) => Promise<ServerResponse>

const path = /^\/v1\/namespaces\/([^/]+)\/virtualmachineinstances\/([^/]+)\/([^/]+)$/

/** Where an act on an instance is asked for. */
export const actPath = (namespace: string, name: string, act: string): string => `/v1/namespaces/${namespace}/virtualmachineinstances/${name}/${act}`

/** What is only asked of a guest's agent. */
export const asksGuest = (act: string): boolean => act === 'guestosinfo' || act === 'filesystemlist'

/** Source: kubevirt v1.9.0, pkg/virt-handler/rest/lifecycle.go. */
export const createNodeActs = (context: ActContext): NodeActs => async ({ method, path: asked, body = '' }) => {
  const [, namespace, name, act = ''] = path.exec(asked) ?? []
  const wanted = asksGuest(act) ? 'GET' : 'PUT'
  if (name === undefined || method !== wanted) return textResponse(404, '404: Page Not Found')
  const key = `${namespace}/${name}`
  const vmi = context.control.cache.of(specs.virtualMachineInstances).get(key)
  if (vmi === undefined) return textResponse(404, `VMI ${key} does not exist`)
  try {
    const answer = await perform(context, vmi, act, body)
    context.control.enqueue('virt-handler', key)
    return answer
  } catch (error) {
    return textResponse(500, (error as Error).message)
  }
}

const done = textResponse(202, '')

const perform = async (context: ActContext, vmi: VirtualMachineInstance, act: string, body: RequestBody): Promise<ServerResponse> => {
  const { hypervisor } = context
  const { uid } = vmi.metadata
  const noted = async (reason: string, message: string): Promise<ServerResponse> => {
    await context.control.event(vmi, 'virt-handler', 'Normal', reason, `VirtualMachineInstance ${message}`)
    return done
  }
  switch (act) {
    case 'pause':
      await hypervisor.pause(uid)
      return noted('Paused', 'paused')
    case 'unpause':
      await hypervisor.resume(uid)
      return noted('Unpaused', 'unpaused')
    case 'softreboot':
      await hypervisor.reboot(uid, 'soft')
      return noted('SoftRebooted', 'soft rebooted')
    case 'reset':
      await hypervisor.reboot(uid, 'reset')
      return noted('Reset', 'reset')
    case 'freeze':
      return freeze(context, vmi, body)
    case 'unfreeze':
      return withAgent(context, vmi, false, (agent) => agent?.thaw())
    case 'guestosinfo':
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(guestInfo(vmi)) }
    case 'filesystemlist':
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(fileSystemList(await hypervisor.fileSystems(uid))) }
    default:
      return textResponse(404, '404: Page Not Found')
  }
}

const guestInfo = (vmi: VirtualMachineInstance) => ({
  guestAgentVersion: '10.0',
  supportedCommands: [],
  hostname: vmi.spec.hostname ?? vmi.metadata.name,
  os: vmi.status?.guestOSInfo ?? {},
  timezone: 'UTC, 0',
  userList: [],
  fsInfo: { disks: [] },
})

const fileSystemList = (mounted: readonly FileSystem[]) => ({
  metadata: {},
  items: mounted.map(({ mountPoint, type, serials }) => ({
    diskName: '', mountPoint, fileSystemType: type, usedBytes: 0, totalBytes: 0, disk: serials.map((serial) => ({ serial, busType: 'scsi' })),
  })),
})

/** The guest goes on by itself when the time is over. Without a time upstream's handler refuses. */
const freeze = (context: ActContext, vmi: VirtualMachineInstance, body: RequestBody): Promise<ServerResponse> | ServerResponse => {
  const ms = durationMs(timeoutIn(body))
  return ms === undefined ? textResponse(400, 'Unfreeze timeout in freeze request is not set') : withAgent(context, vmi, true, (agent) => agent?.freeze(ms))
}

/** Freezing needs an agent in the guest that answers. */
const withAgent = async (
  { guestAgent, hypervisor, report }: ActContext, vmi: VirtualMachineInstance, frozen: boolean,
  ask: (agent: GuestAgent | undefined) => Promise<void> | undefined,
): Promise<ServerResponse> => {
  const { uid } = vmi.metadata
  if (!guestAgent(uid)) return textResponse(400, 'Guest agent is not responding: QEMU guest agent is not connected')
  try {
    await ask(hypervisor.agent(uid))
  } catch (error) {
    return textResponse(400, (error as Error).message)
  }
  await report(vmi, withFrozen(vmi.status ?? {}, frozen))
  return done
}

const timeoutIn = (body: RequestBody): unknown =>
  body.length === 0 ? undefined : (JSON.parse(Buffer.from(body).toString()) as { unfreezeTimeout?: unknown }).unfreezeTimeout

/** A duration as Go writes it, in milliseconds. */
const durationMs = (text: unknown): number | undefined => {
  const parts = typeof text === 'string' && /^([0-9]+(ms|h|m|s))+$/.test(text) ? [...text.matchAll(/([0-9]+)(ms|h|m|s)/g)] : []
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  return parts.length === 0 ? undefined : parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0)
}
