import { readDocument } from '../body.ts'
import { clone, type Core, type ResourceRequest } from '../core.ts'
import { badRequest, conflict, StatusError, tooManyRequests } from '../errors.ts'
import { integerOption, writeOptions } from '../options.ts'
import { textResponse, type ServerResponse } from '../request.ts'
import type { AnyObject } from '../resource.ts'
import { parseLabelSelector } from '../selectors.ts'
import { deleteObject } from '../verbs/delete.ts'
import { getObject } from '../verbs/list.ts'
import { writeOf } from '../verbs/write.ts'
import { updateObject } from '../write.ts'

export type PodLogOptions = {
  namespace: string
  name: string
  container: string
  follow: boolean
  tailLines?: number
  previous: boolean
  signal?: AbortSignal | undefined
}

/** Where the logs of containers come from. Undefined for a container that has none yet. */
export type PodLogs = (pod: AnyObject, options: PodLogOptions) => AsyncIterable<string> | undefined

/** POST to `binding`: a scheduler puts a pod on a node, once. */
export const bindPod = async (core: Core, request: ResourceRequest): Promise<void> => {
  const { target } = bodyOf(request) as { target?: { name?: string; kind?: string } }
  const node = target?.name
  if (node === undefined || node === '') throw badRequest('target.name: Required value')
  const write = { ...writeOf(request, writeOptions(request, 'CreateOptions')), subresource: 'binding' }
  await updateObject(core, write, (stored) => {
    const live = stored === undefined ? undefined : clone(stored)
    const spec = live?.['spec'] as { nodeName?: string }
    if (live === undefined || live.metadata['deletionTimestamp'] !== undefined) {
      throw conflict(request.resource, request.name, `pod ${request.name} is being deleted, cannot be assigned to a host`)
    }
    if (spec.nodeName !== undefined && spec.nodeName !== '') {
      throw conflict(request.resource, request.name, `pod ${request.name} is already assigned to node ${JSON.stringify(spec.nodeName)}`)
    }
    spec.nodeName = node
    const status = (live['status'] ??= {}) as { conditions?: { type: string }[] }
    const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: core.timestamp() }
    status.conditions = [...(status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled'), scheduled]
    return live
  })
}

/** POST to `eviction`: a delete that PodDisruptionBudgets may refuse with 429. */
export const evictPod = async (core: Core, request: ResourceRequest): Promise<void> => {
  const pod = getObject(core, request)
  const { deleteOptions } = bodyOf(request) as { deleteOptions?: { gracePeriodSeconds?: number; preconditions?: { uid?: string } } }
  const allowed = (budget: AnyObject) => Number((budget['status'] as { disruptionsAllowed?: number } | undefined)?.disruptionsAllowed ?? 0)
  if (budgetsOf(core, pod).some((budget) => allowed(budget) < 1)) throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 10)
  const { resource, namespace, name, user } = request
  const dryRun = writeOptions(request, 'CreateOptions').dryRun
  const { gracePeriodSeconds: grace, preconditions } = deleteOptions ?? {}
  await deleteObject(core, { resource, namespace, name, user }, { grace, uid: preconditions?.uid, dryRun })
}

/** GET of `log`. */
export const podLog = (core: Core, request: ResourceRequest, podLogs: PodLogs | undefined): ServerResponse => {
  const pod = getObject(core, request)
  const { query, name } = request
  const container = query.get('container') ?? onlyContainer(pod)
  const tailLines = integerOption(query, 'tailLines')
  const lines = podLogs?.(pod, {
    namespace: request.namespace,
    name,
    container,
    follow: query.get('follow') === 'true',
    previous: query.get('previous') === 'true',
    ...(tailLines === undefined ? {} : { tailLines }),
    signal: request.signal,
  })
  if (lines === undefined) {
    throw badRequest(`container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} is waiting to start: ContainerCreating`)
  }
  return { ...textResponse(200, ''), body: lines }
}

const onlyContainer = (pod: AnyObject): string => {
  const names = containersOf(pod)
  if (names.length === 1) return names[0] ?? ''
  throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`)
}

const containersOf = (pod: AnyObject): string[] => ((pod['spec'] as { containers?: { name: string }[] }).containers ?? []).map(({ name }) => name)

const budgetsOf = (core: Core, pod: AnyObject): AnyObject[] =>
  [...core.storage.list('policy/poddisruptionbudgets', `${pod.metadata.namespace}/`).entries]
    .map(([, budget]) => budget)
    .filter((budget) => {
      const labels = (budget['spec'] as { selector?: { matchLabels?: Record<string, string> } } | undefined)?.selector?.matchLabels
      return labels !== undefined && parseLabelSelector(Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(','))(pod)
    })

const bodyOf = (request: ResourceRequest): unknown => {
  const { value } = readDocument(request.body, request.headers['content-type'])
  if (typeof value !== 'object' || value === null) throw new StatusError(400, 'BadRequest', 'the body is no object')
  return value
}
