import type { AnyObject } from '../resource.ts'
import { ageOf } from '../age.ts'

type ContainerStatus = {
  name: string
  ready?: boolean
  restartCount?: number
  state?: { waiting?: { reason?: string }; terminated?: { reason?: string; exitCode?: number; signal?: number }; running?: unknown }
}

type PodSpec = { nodeName?: string; containers?: { name: string }[]; initContainers?: { name: string; restartPolicy?: string }[] }

type PodStatus = {
  phase?: string
  reason?: string
  podIP?: string
  nominatedNodeName?: string
  containerStatuses?: ContainerStatus[]
  initContainerStatuses?: ContainerStatus[]
}

/** NAME READY STATUS RESTARTS AGE of a pod. */
export const podCells = (object: AnyObject, now: number): unknown[] => {
  const spec = (object['spec'] ?? {}) as PodSpec
  const status = (object['status'] ?? {}) as PodStatus
  const sidecars = new Set((spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name))
  const shown = [...(status.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)), ...(status.containerStatuses ?? [])]
  const total = (spec.containers ?? []).length + sidecars.size
  const readyCount = shown.filter(({ ready, state }) => ready === true && state?.running !== undefined).length
  const restarts = shown.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0)
  const age = ageOf(object.metadata['creationTimestamp'], now)
  return [
    object.metadata.name, `${readyCount}/${total}`, podStatus(object, status, sidecars), String(restarts), age,
    status.podIP ?? '<none>', spec.nodeName ?? '<none>', status.nominatedNodeName ?? '<none>', '<none>',
  ]
}

/** The one word that kubectl says about a pod: deletion first, then what its containers wait for or died of, then the phase. */
const podStatus = (object: AnyObject, status: PodStatus, sidecars: Set<string>): string => {
  if (object.metadata['deletionTimestamp'] !== undefined) return 'Terminating'
  const initial = initStatus(object, status, sidecars)
  if (initial !== undefined) return initial
  const troubles = (status.containerStatuses ?? []).map(({ state }) => troubleOf(state)).filter((trouble) => trouble !== undefined)
  return troubles.at(-1) ?? status.reason ?? status.phase ?? 'Unknown'
}

const initStatus = (object: AnyObject, { initContainerStatuses }: PodStatus, sidecars: Set<string>): string | undefined => {
  const total = ((object['spec'] as { initContainers?: unknown[] } | undefined)?.initContainers ?? []).length
  for (const [index, { name, state, ready }] of (initContainerStatuses ?? []).entries()) {
    if (state?.terminated?.exitCode === 0 || (sidecars.has(name) && ready === true)) continue
    const trouble = troubleOf(state)
    return trouble !== undefined && trouble !== 'PodInitializing' ? `Init:${trouble}` : `Init:${index}/${total}`
  }
  return undefined
}

const troubleOf = (state: ContainerStatus['state']): string | undefined => {
  if (state?.waiting?.reason) return state.waiting.reason
  if (state?.terminated === undefined) return undefined
  const { reason, signal, exitCode } = state.terminated
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`)
}

const rolePrefix = 'node-role.kubernetes.io/'

/** NAME STATUS ROLES AGE of a node. */
export const nodeCells = (object: AnyObject, now: number): unknown[] => {
  const conditions = ((object['status'] as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? [])
  const condition = conditions.find(({ type }) => type === 'Ready')
  const state = condition === undefined ? 'Unknown' : condition.status === 'True' ? 'Ready' : 'NotReady'
  const unschedulable = (object['spec'] as { unschedulable?: boolean } | undefined)?.unschedulable === true
  const labels = Object.keys((object.metadata['labels'] ?? {}))
  const roles = labels.filter((label) => label.startsWith(rolePrefix)).map((label) => label.slice(rolePrefix.length)).sort().join(',')
  const { nodeInfo, addresses } = (object['status'] ?? {}) as { nodeInfo?: Record<string, string>; addresses?: { type: string; address: string }[] }
  const address = (wanted: string) => (addresses ?? []).find(({ type }) => type === wanted)?.address ?? '<none>'
  return [
    object.metadata.name, unschedulable ? `${state},SchedulingDisabled` : state, roles || '<none>', ageOf(object.metadata['creationTimestamp'], now),
    nodeInfo?.['kubeletVersion'] ?? '', address('InternalIP'), address('ExternalIP'), nodeInfo?.['osImage'] ?? '<unknown>',
    nodeInfo?.['kernelVersion'] ?? '<unknown>', nodeInfo?.['containerRuntimeVersion'] ?? '<unknown>',
  ]
}
