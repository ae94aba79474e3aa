import type { AnyObject } from '../resource.ts'

type Members = Record<string, unknown>
type Container = Members & { image?: string; resources?: { limits?: Members; requests?: Members } }

/** Defaults of a pod that depend on other fields, and its first status. */
export const preparePod = (object: AnyObject, old?: AnyObject): void => {
  const spec = (object['spec'] ??= {}) as Members
  preparePodSpec(spec)
  spec['serviceAccountName'] ??= spec['serviceAccount'] ?? 'default'
  spec['serviceAccount'] = spec['serviceAccountName']
  spec['priority'] ??= 0
  spec['preemptionPolicy'] ??= 'PreemptLowerPriority'
  if (old !== undefined) return
  tolerate(spec)
  object['status'] = { phase: 'Pending', qosClass: qosClassOf(containersOf(spec)) }
}

/** Defaults inside the pod template of a workload. Returns the workload's spec. */
export const preparePodTemplate = (object: AnyObject): Members => {
  const spec = (object['spec'] ??= {}) as Members
  const template = spec['template'] as { spec?: Members } | undefined
  if (template?.spec !== undefined) preparePodSpec(template.spec)
  return spec
}

const containersOf = (spec: Members): Container[] => [
  ...((spec['initContainers'] ?? []) as Container[]),
  ...((spec['containers'] ?? []) as Container[]),
]

const preparePodSpec = (spec: Members): void => {
  for (const container of containersOf(spec)) {
    container['imagePullPolicy'] ??= isMovingTag(container.image ?? '') ? 'Always' : 'IfNotPresent'
    container.resources ??= {}
    const { limits, requests } = container.resources
    if (limits !== undefined) container.resources.requests = { ...limits, ...requests }
  }
}

const isMovingTag = (image: string): boolean => {
  if (image.includes('@')) return false
  const tag = /:([^/:]+)$/.exec(image)?.[1]
  return tag === undefined || tag === 'latest'
}

/** A pod outlives short troubles of its node, as the default admission of a cluster has it. */
const tolerate = (spec: Members): void => {
  const tolerations = (spec['tolerations'] ??= []) as { key?: string; effect?: string }[]
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const covered = tolerations.some((toleration) => (toleration.key ?? key) === key && (toleration.effect ?? 'NoExecute') === 'NoExecute')
    if (!covered) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 } as (typeof tolerations)[number])
  }
}

const qosClassOf = (containers: Container[]): string => {
  const named = (list: Members | undefined) => ['cpu', 'memory'].filter((resource) => list?.[resource] !== undefined)
  const asks = containers.some(({ resources }) => named(resources?.requests).length + named(resources?.limits).length > 0)
  if (!asks) return 'BestEffort'
  const whole = containers.every(({ resources }) => {
    const { limits, requests } = resources ?? {}
    const same = (resource: string) => String(limits?.[resource]) === String(requests?.[resource] ?? limits?.[resource])
    return named(limits).length === 2 && named(limits).every(same)
  })
  return whole ? 'Guaranteed' : 'Burstable'
}
