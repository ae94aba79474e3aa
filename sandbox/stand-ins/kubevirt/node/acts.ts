import { textResponse, type ServerRequest, type ServerResponse } from '../../../apiserver/request.ts'
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
export type NodeActs = (request: Pick<ServerRequest, 'method' | 'path'>) => Promise<ServerResponse>

const path = /^\/v1\/namespaces\/([^/]+)\/virtualmachineinstances\/([^/]+)\/([^/]+)$/

/** Where an act on an instance is asked for. */
export const actPath = (namespace: string, name: string, act: string): string => `/v1/namespaces/${namespace}/virtualmachineinstances/${name}/${act}`

/** What is only asked of a guest's agent. */
export const asksGuest = (act: string): boolean => act === 'guestosinfo' || act === 'filesystemlist'

/** Source: kubevirt v1.9.0, pkg/virt-handler/rest/lifecycle.go. */
export const createNodeActs = (context: ActContext): NodeActs => async ({ method, path: asked }) => {
  const [, namespace, name, act = ''] = path.exec(asked) ?? []
  const wanted = asksGuest(act) ? 'GET' : 'PUT'
  if (name === undefined || method !== wanted) return textResponse(404, '404: Page Not Found')
  const key = `${namespace}/${name}`
  const vmi = context.control.cache.of(specs.virtualMachineInstances).get(key)
  if (vmi === undefined) return textResponse(404, `VMI ${key} does not exist`)
  try {
    const answer = await perform(context, vmi, act)
    context.control.enqueue('virt-handler', key)
    return answer
  } catch (error) {
    return textResponse(500, (error as Error).message)
  }
}

const done = textResponse(202, '')

const perform = async (context: ActContext, vmi: VirtualMachineInstance, act: string): Promise<ServerResponse> => {
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
    case 'unfreeze':
      return setFrozen(context, vmi, act === 'freeze')
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

/** Freezing needs an agent in the guest. */
const setFrozen = async ({ guestAgent, report }: ActContext, vmi: VirtualMachineInstance, frozen: boolean): Promise<ServerResponse> => {
  if (!guestAgent(vmi.metadata.uid)) return textResponse(400, 'Guest agent is not responding: QEMU guest agent is not connected')
  await report(vmi, withFrozen(vmi.status ?? {}, frozen))
  return done
}
