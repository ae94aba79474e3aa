import { keyOf } from '../../../crds/kubernetes.ts'
import { isConflict, isNotFound } from '../../../operator/runtime/client.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import type { Claim, Volume } from '../csi/types.ts'
import type { Pod } from '../kubelet/types.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'
import { chooseNode } from './choose.ts'
import type { Choice } from './choose.ts'

/** The annotation by which the scheduler tells a provisioner where a claim's first consumer will run. */
export const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node'

/** kube-scheduler's part: binds pods, or says why they can't be, and tries again when anything that it depends on changes. */
export const scheduler = (control: Control): StandInController => {
  // What is bound here counts at once, before the watch brings it: two pods never get the same last place.
  const assumed = new Map<string, Pod>()
  return {
    name: 'default-scheduler',
    watches: [
      watching(specs.pods, (pod, cache) => {
        if (pod.spec.nodeName === undefined) return [keyOf(pod.metadata)]
        const waiting = cache.of(specs.pods).list()
        return pending(frees(pod, cache) ? waiting : [...waiting].filter(looksAtPods))
      }),
      watching(specs.nodes, (_, cache) => pending(cache.of(specs.pods).list())),
      watching(specs.claims, (claim, cache) => pending(cache.of(specs.pods).by('claim', keyOf(claim.metadata)))),
      watching(specs.volumes, (volume, cache) =>
        volume.spec.claimRef === undefined ? [] : pending(cache.of(specs.pods).by('claim', `${volume.spec.claimRef.namespace}/${volume.spec.claimRef.name}`)),
      ),
    ],
    reconcile: (key) => reconcile(control, assumed, key),
  }
}

const isOurs = (pod: Pod): boolean => pod.spec.schedulerName === undefined || pod.spec.schedulerName === 'default-scheduler'
const isPending = (pod: Pod): boolean => pod.spec.nodeName === undefined && pod.metadata.deletionTimestamp === undefined && isOurs(pod)
const pending = (pods: Iterable<Pod>): string[] => [...pods].filter(isPending).map((pod) => keyOf(pod.metadata))
const hasEnded = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
/** A bound pod that goes on as it is makes room for nobody. Waking all who wait at its every change would keep a launch of hundreds busy. */
const frees = (pod: Pod, cache: Control['cache']): boolean =>
  hasEnded(pod) || pod.metadata.deletionTimestamp !== undefined || cache.of(specs.pods).get(keyOf(pod.metadata))?.metadata.uid !== pod.metadata.uid
const looksAtPods = ({ spec }: Pod): boolean =>
  spec.affinity?.podAffinity !== undefined || spec.affinity?.podAntiAffinity !== undefined || (spec.topologySpreadConstraints ?? []).length > 0

const reconcile = async (control: Control, assumed: Map<string, Pod>, key: string): Promise<number | undefined> => {
  const pod = control.cache.of(specs.pods).get(key)
  if (pod === undefined || !isPending(pod) || (pod.spec.schedulingGates ?? []).length > 0) return undefined
  if (assumed.has(pod.metadata.uid)) return undefined
  const wait = control.delay(`schedule ${pod.metadata.uid}`, control.timings.schedule)
  if (wait > 0) return wait
  const storage = storageOf(control, pod)
  const bound = boundPods(control, assumed)
  const choice: Choice =
    storage.problem === undefined
      ? chooseNode({
          pod,
          bound,
          nodes: [...control.cache.of(specs.nodes).list()],
          volumes: storage.volumes,
          namespaceLabels: (namespace) => control.cache.of(specs.namespaces).get(namespace)?.metadata.labels,
        })
      : { message: storage.problem }
  if ('message' in choice) return refuse(control, pod, choice.message)
  assumed.set(pod.metadata.uid, { ...pod, spec: { ...pod.spec, nodeName: choice.node } })
  try {
    await selectNode(control, storage.unbound, choice.node)
    // The volumes follow; until they are there the pod waits unbound, as under kube-scheduler's PreBind.
    if (storage.unbound.length > 0) return 1000
    await bind(control, pod, choice.node)
    return undefined
  } catch (error) {
    assumed.delete(pod.metadata.uid)
    throw error
  } finally {
    if (storage.unbound.length > 0) assumed.delete(pod.metadata.uid)
  }
}

/** Bound pods that still hold their resources, with those that we bound and the watch has not brought. */
const boundPods = (control: Control, assumed: Map<string, Pod>): Pod[] => {
  const pods = [...control.cache.of(specs.pods).list()]
  const known = new Map(pods.map((pod) => [pod.metadata.uid, pod]))
  for (const uid of assumed.keys()) if (known.get(uid)?.spec.nodeName !== undefined || !known.has(uid)) assumed.delete(uid)
  return [...pods.filter((pod) => pod.spec.nodeName !== undefined && !hasEnded(pod)), ...assumed.values()]
}

type Storage = { volumes: Volume[]; unbound: Claim[]; problem?: string }

const storageOf = (control: Control, pod: Pod): Storage => {
  const result: Storage = { volumes: [], unbound: [] }
  for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
    if (persistentVolumeClaim === undefined) continue
    const claim = control.cache.of(specs.claims).get(`${pod.metadata.namespace}/${persistentVolumeClaim.claimName}`)
    if (claim === undefined) return { ...result, problem: notFound(control, persistentVolumeClaim.claimName) }
    if (claim.metadata.deletionTimestamp !== undefined) {
      return { ...result, problem: `0/${nodeCount(control)} nodes are available: persistentvolumeclaim "${claim.metadata.name}" is being deleted.` }
    }
    const volume = claim.spec.volumeName === undefined ? undefined : control.cache.of(specs.volumes).get(claim.spec.volumeName)
    if (claim.status?.phase === 'Bound' && volume !== undefined) result.volumes.push(volume)
    else if (waitsForConsumer(control, claim)) result.unbound.push(claim)
    else return { ...result, problem: `0/${nodeCount(control)} nodes are available: pod has unbound immediate PersistentVolumeClaims.` }
  }
  return result
}

const nodeCount = (control: Control): number => control.cache.of(specs.nodes).size

const notFound = (control: Control, claim: string): string => `0/${nodeCount(control)} nodes are available: persistentvolumeclaim "${claim}" not found.`

const waitsForConsumer = (control: Control, claim: Claim): boolean =>
  control.cache.of(specs.storageClasses).get(claim.spec.storageClassName ?? '')?.volumeBindingMode === 'WaitForFirstConsumer'

const selectNode = async (control: Control, claims: readonly Claim[], node: string): Promise<void> => {
  for (const claim of claims) {
    if (claim.metadata.annotations?.[selectedNodeAnnotation] !== undefined) continue
    const annotations = { ...claim.metadata.annotations, [selectedNodeAnnotation]: node }
    await control.patch(resources.claims, claim, { ...claim, metadata: { ...claim.metadata, annotations } })
  }
}

const bind = async (control: Control, pod: Pod, node: string): Promise<void> => {
  const { name, namespace, uid } = pod.metadata
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace: namespace ?? '', uid }, target: { apiVersion: 'v1', kind: 'Node', name: node } }
  try {
    await control.post(resources.pods, pod, 'binding', binding)
  } catch (error) {
    // Gone, or bound by somebody else: the watch will tell.
    if (isNotFound(error) || isConflict(error)) return
    throw error
  }
  await control.event(pod, 'default-scheduler', 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`)
}

const refuse = async (control: Control, pod: Pod, message: string): Promise<undefined> => {
  const old = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (old?.status === 'False' && old.message === message) return
  const condition = { type: 'PodScheduled', status: 'False' as const, reason: 'Unschedulable', message, lastProbeTime: null, lastTransitionTime: control.now() }
  const conditions = [...(pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled'), condition]
  await control.patchStatus(resources.pods, pod, { ...pod.status, phase: pod.status?.phase ?? 'Pending', conditions })
  await control.event(pod, 'default-scheduler', 'Warning', 'FailedScheduling', message)
}
