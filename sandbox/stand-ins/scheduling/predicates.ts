import type { Volume } from '../csi/types.ts'
import type { Node, Pod, PodAffinityTerm, TopologySpread } from '../kubelet/types.ts'
import { quantity } from '../quantity.ts'
import { matchesSelector } from '../../apiserver/label-selector.ts'
import { matchesNodeTerms, tolerates } from './selectors.ts'

export type SchedulingFacts = {
  pod: Pod
  nodes: readonly Node[]
  /** Every pod that is bound to a node and has not ended. */
  bound: readonly Pod[]
  /** Labels of namespaces, for terms that select them. */
  namespaceLabels: (namespace: string) => Record<string, string> | undefined
  /** PersistentVolumes of the pod's bound claims. */
  volumes: readonly Volume[]
}

/** Why a node won't do; undefined when it will. Messages as kube-scheduler's plugins word them. */
export const whyNot = (facts: SchedulingFacts, node: Node): string | undefined =>
  unschedulable(node, facts.pod) ??
  nodeTaint(node, facts.pod) ??
  nodeAffinity(node, facts.pod) ??
  volumeAffinity(node, facts.volumes) ??
  hostPorts(node, facts) ??
  resources(node, facts) ??
  podAffinity(node, facts) ??
  topologySpread(node, facts)

/** Resources that a pod asks for: the sum of its containers and sidecars, or its greatest init container. */
export const requestsOf = (pod: Pod): Readonly<Record<string, number>> => {
  const known = requests.get(pod)
  if (known !== undefined) return known
  const sum = sumOf(pod)
  requests.set(pod, sum)
  return sum
}

/** Objects of a store never change: the sums of all bound pods are asked for at each pod and node. */
const requests = new WeakMap<Pod, Readonly<Record<string, number>>>()

const sumOf = ({ spec }: Pod): Record<string, number> => {
  const sum: Record<string, number> = {}
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  for (const container of [...spec.containers, ...sidecars]) {
    for (const [name, amount] of Object.entries(container.resources?.requests ?? {})) sum[name] = (sum[name] ?? 0) + quantity(amount)
  }
  for (const container of spec.initContainers ?? []) {
    for (const [name, amount] of Object.entries(container.resources?.requests ?? {})) sum[name] = Math.max(sum[name] ?? 0, quantity(amount))
  }
  for (const [name, amount] of Object.entries(spec.overhead ?? {})) sum[name] = (sum[name] ?? 0) + quantity(amount)
  return sum
}

/** Resources of a node that its pods have asked for. */
export const usedOn = (node: string, bound: readonly Pod[]): Record<string, number> => {
  const used: Record<string, number> = { pods: 0 }
  for (const pod of bound) {
    if (pod.spec.nodeName !== node) continue
    used['pods'] = (used['pods'] ?? 0) + 1
    for (const [name, amount] of Object.entries(requestsOf(pod))) used[name] = (used[name] ?? 0) + amount
  }
  return used
}

const unschedulable = (node: Node, pod: Pod): string | undefined => {
  const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' as const }
  return node.spec?.unschedulable === true && !tolerates(pod.spec.tolerations, taint) ? 'node(s) were unschedulable' : undefined
}

const nodeTaint = (node: Node, pod: Pod): string | undefined => {
  const taint = (node.spec?.taints ?? []).find((each) => each.effect !== 'PreferNoSchedule' && !tolerates(pod.spec.tolerations, each))
  return taint === undefined ? undefined : `node(s) had untolerated taint(s) {${taint.key}: ${taint.value ?? ''}}`
}

const nodeAffinity = ({ metadata }: Node, { spec }: Pod): string | undefined => {
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => metadata.labels?.[key] === value)
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  const wanted = terms === undefined || matchesNodeTerms({ name: metadata.name, labels: metadata.labels }, terms)
  return selected && wanted ? undefined : "node(s) didn't match Pod's node affinity/selector"
}

const volumeAffinity = ({ metadata }: Node, volumes: readonly Volume[]): string | undefined => {
  const reachable = volumes.every(({ spec }) => {
    const terms = spec.nodeAffinity?.required?.nodeSelectorTerms
    return terms === undefined || matchesNodeTerms({ name: metadata.name, labels: metadata.labels }, terms)
  })
  return reachable ? undefined : "node(s) didn't match PersistentVolume's node affinity"
}

const portsOf = ({ spec }: Pod): string[] =>
  spec.containers.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort, protocol = 'TCP' }) => (hostPort === undefined ? [] : [`${hostPort}/${protocol}`])))

const hostPorts = (node: Node, { pod, bound }: SchedulingFacts): string | undefined => {
  const wanted = portsOf(pod)
  const taken = bound.filter(({ spec }) => spec.nodeName === node.metadata.name).flatMap(portsOf)
  return wanted.some((port) => taken.includes(port)) ? "node(s) didn't have free ports for the requested pod ports" : undefined
}

const resources = (node: Node, { pod, bound }: SchedulingFacts): string | undefined => {
  const used = usedOn(node.metadata.name, bound)
  const allocatable = node.status?.allocatable ?? {}
  if ((used['pods'] ?? 0) + 1 > quantity(allocatable['pods'] ?? '110')) return 'Too many pods'
  for (const [name, amount] of Object.entries(requestsOf(pod))) {
    // A rounding of floating point must not refuse what fits exactly.
    if (amount > 0 && (used[name] ?? 0) + amount > quantity(allocatable[name]) + 1e-6) return `Insufficient ${name}`
  }
  return undefined
}

const sees = (term: PodAffinityTerm, of: Pod, other: Pod, facts: SchedulingFacts): boolean => {
  const namespace = other.metadata.namespace ?? ''
  const named = (term.namespaces ?? []).includes(namespace)
  const selected = term.namespaceSelector !== undefined && matchesSelector(facts.namespaceLabels(namespace), term.namespaceSelector)
  const own = term.namespaces === undefined && term.namespaceSelector === undefined && namespace === of.metadata.namespace
  return (named || selected || own) && matchesSelector(other.metadata.labels, term.labelSelector)
}

/** Whether a pod that the term selects runs in the node's domain. */
const inDomain = (node: Node, term: PodAffinityTerm, of: Pod, candidates: readonly Pod[], facts: SchedulingFacts): boolean => {
  const domain = node.metadata.labels?.[term.topologyKey]
  if (domain === undefined) return false
  return candidates.some((other) => domainOf(other, term.topologyKey, facts) === domain && sees(term, of, other, facts))
}

const domainOf = (pod: Pod, topologyKey: string, { nodes }: SchedulingFacts): string | undefined =>
  nodes.find(({ metadata }) => metadata.name === pod.spec.nodeName)?.metadata.labels?.[topologyKey]

const podAffinity = (node: Node, facts: SchedulingFacts): string | undefined => {
  const { pod, bound } = facts
  const { podAffinity: near, podAntiAffinity: far } = pod.spec.affinity ?? {}
  const wanted = near?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const attracted = wanted.every(
    (term) =>
      inDomain(node, term, pod, bound, facts) ||
      // The first pod of a group that wants to be together has nobody to be with.
      (node.metadata.labels?.[term.topologyKey] !== undefined &&
        sees(term, pod, pod, facts) &&
        !bound.some((other) => sees(term, pod, other, facts))),
  )
  if (!attracted) return "node(s) didn't match pod affinity rules"
  const repelled = (far?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some((term) => inDomain(node, term, pod, bound, facts))
  if (repelled) return "node(s) didn't match pod anti-affinity rules"
  const refused = bound.some((other) =>
    (other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some((term) => {
      const domain = domainOf(other, term.topologyKey, facts)
      return domain !== undefined && domain === node.metadata.labels?.[term.topologyKey] && sees(term, other, pod, facts)
    }),
  )
  return refused ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined
}

const topologySpread = (node: Node, facts: SchedulingFacts): string | undefined => {
  const hard = (facts.pod.spec.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
  return hard.every((constraint) => spreads(node, constraint, facts)) ? undefined : "node(s) didn't match pod topology spread constraints"
}

const spreads = (node: Node, { topologyKey, maxSkew, labelSelector }: TopologySpread, facts: SchedulingFacts): boolean => {
  const { pod, nodes, bound } = facts
  const domain = node.metadata.labels?.[topologyKey]
  if (domain === undefined) return false
  const eligible = nodes.filter((each) => nodeAffinity(each, pod) === undefined)
  const domains = new Set(eligible.flatMap(({ metadata }) => metadata.labels?.[topologyKey] ?? []))
  const counts = new Map([...domains].map((name) => [name, 0]))
  for (const other of bound) {
    const at = domainOf(other, topologyKey, facts)
    const counted = other.metadata.namespace === pod.metadata.namespace && matchesSelector(other.metadata.labels, labelSelector)
    if (at !== undefined && counted && counts.has(at)) counts.set(at, (counts.get(at) ?? 0) + 1)
  }
  const self = matchesSelector(pod.metadata.labels, labelSelector) ? 1 : 0
  return (counts.get(domain) ?? 0) + self - Math.min(...counts.values()) <= maxSkew
}
