import { quantity } from '../quantity.ts'
import type { Container, ContainerStatus, Pod, PodCondition } from './types.ts'

type Status = NonNullable<Pod['status']>

/** `Guaranteed` when every container's limits are its requests, `BestEffort` when none has any, else `Burstable`. */
export const qosClass = ({ spec }: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' => {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])]
  const some = containers.some(({ resources }) => Object.keys({ ...resources?.requests, ...resources?.limits }).some((name) => name === 'cpu' || name === 'memory'))
  if (!some) return 'BestEffort'
  const exact = containers.every(({ resources }) =>
    ['cpu', 'memory'].every((name) => {
      const limit = resources?.limits?.[name]
      return limit !== undefined && quantity(limit) === quantity(resources?.requests?.[name] ?? limit)
    }),
  )
  return exact ? 'Guaranteed' : 'Burstable'
}

/** A bound pod that waits for its network, volumes or images. */
export const creatingStatus = (pod: Pod, now: string): Status =>
  withContainers(pod, { phase: 'Pending', now, state: () => ({ waiting: { reason: 'ContainerCreating' } }), ready: false })

export type RunningFacts = { podIP: string; hostIP: string; now: string }

/** Every container runs; the pod is Ready when its readiness gates say so too. */
export const runningPodStatus = (pod: Pod, { podIP, hostIP, now }: RunningFacts): Status => ({
  ...withContainers(pod, { phase: 'Running', now, state: () => ({ running: { startedAt: now } }), ready: true }),
  podIP,
  podIPs: [{ ip: podIP }],
  hostIP,
  hostIPs: [{ ip: hostIP }],
})

/** Every container has ended. */
export const endedPodStatus = (pod: Pod, now: string, failed: boolean): Status =>
  withContainers(pod, {
    phase: failed ? 'Failed' : 'Succeeded',
    now,
    ready: false,
    state: (old) => {
      if (old?.state.terminated !== undefined) return old.state
      const startedAt = old?.state.running?.startedAt ?? now
      return { terminated: { exitCode: failed ? 1 : 0, reason: failed ? 'Error' : 'Completed', startedAt, finishedAt: now } }
    },
  })

type Draft = {
  phase: NonNullable<Status['phase']>
  now: string
  ready: boolean
  state: (old: ContainerStatus | undefined) => ContainerStatus['state']
}

const withContainers = (pod: Pod, draft: Draft): Status => {
  const old = pod.status ?? {}
  const statuses = (containers: readonly Container[], present: readonly ContainerStatus[] | undefined): ContainerStatus[] =>
    containers.map((container) => containerStatus(container, present?.find(({ name }) => name === container.name), draft))
  const inits = pod.spec.initContainers ?? []
  return {
    ...old,
    phase: draft.phase,
    startTime: old.startTime ?? draft.now,
    qosClass: qosClass(pod),
    containerStatuses: statuses(pod.spec.containers, old.containerStatuses),
    ...(inits.length === 0 ? {} : { initContainerStatuses: statuses(inits, old.initContainerStatuses) }),
    conditions: podConditions(pod, draft),
  }
}

const containerStatus = ({ name, image = '' }: Container, old: ContainerStatus | undefined, { state, ready }: Draft): ContainerStatus => {
  const next = state(old)
  const same = old !== undefined && Object.keys(old.state)[0] === Object.keys(next)[0]
  return {
    name,
    image,
    imageID: next.waiting === undefined ? image : '',
    ready,
    started: ready,
    restartCount: old?.restartCount ?? 0,
    state: same ? old.state : next,
    ...(next.waiting === undefined ? { containerID: `sandbox://${name}` } : {}),
  }
}

/** The pod's conditions by its phase and readiness gates; times move only when a status does. */
export const podConditions = (pod: Pod, { phase, ready, now }: Pick<Draft, 'phase' | 'ready' | 'now'>): PodCondition[] => {
  const old = pod.status?.conditions ?? []
  const gates = (pod.spec.readinessGates ?? []).map(({ conditionType }) => conditionType)
  const closed = gates.filter((gate) => old.find(({ type }) => type === gate)?.status !== 'True')
  const ended = phase === 'Succeeded' || phase === 'Failed'
  const notReady: { reason?: string; message?: string } = ended
    ? { reason: 'PodCompleted' }
    : !ready
      ? { reason: 'ContainersNotReady', message: `containers with unready status: [${pod.spec.containers.map(({ name }) => name).join(' ')}]` }
      : closed.length > 0
        ? { reason: 'ReadinessGatesNotReady', message: `the status of pod readiness gate "${closed[0]}" is not "True", but False` }
        : {}
  const is = (type: string, holds: boolean, why: { reason?: string; message?: string } = {}): PodCondition => {
    const status = holds ? 'True' : 'False'
    const before = old.find((condition) => condition.type === type)
    const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? now) : now
    return { type, status, lastProbeTime: null, lastTransitionTime, ...(holds ? {} : why) }
  }
  const own = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']
  return [
    ...old.filter(({ type }) => !own.includes(type)),
    is('PodReadyToStartContainers', ready),
    is('Initialized', ready || ended || (pod.spec.initContainers ?? []).length === 0, { reason: 'ContainersNotInitialized' }),
    is('Ready', ready && closed.length === 0, notReady),
    is('ContainersReady', ready, notReady),
    is('PodScheduled', true),
  ]
}
