import type { Node, Pod } from '../kubelet/types.ts'
import { quantity } from '../quantity.ts'
import { usedOn, whyNot } from './predicates.ts'
import type { SchedulingFacts } from './predicates.ts'
import { matchesSelector } from '../../apiserver/label-selector.ts'
import { matchesNodeTerms } from './selectors.ts'

export type Choice = { node: string } | { message: string }

/** The node that a pod goes to, or why there is none, in kube-scheduler's words. */
export const chooseNode = (facts: SchedulingFacts): Choice => {
  const verdicts = facts.nodes.map((node) => ({ node, reason: whyNot(facts, node) }))
  const fitting = verdicts.filter(({ reason }) => reason === undefined).map(({ node }) => node)
  const best = fitting
    .map((node) => ({ node, score: score(node, facts) }))
    .sort((a, b) => b.score - a.score || (a.node.metadata.name < b.node.metadata.name ? -1 : 1))[0]
  if (best !== undefined) return { node: best.node.metadata.name }
  return { message: unschedulableMessage(verdicts.map(({ reason }) => reason ?? '')) }
}

/** `0/3 nodes are available: 1 …, 2 ….`, reasons in alphabetical order of their lines, and what preemption found. */
export const unschedulableMessage = (reasons: readonly string[]): string => {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const lines = [...counts].map(([reason, count]) => `${count} ${reason}`).sort()
  if (reasons.length === 0) return 'no nodes available to schedule pods'
  const helpful = reasons.filter((reason) => reason.startsWith('Insufficient') || reason === 'Too many pods').length
  const preemption = [
    ...(helpful === 0 ? [] : [`${helpful} No preemption victims found for incoming pod`]),
    ...(helpful === reasons.length ? [] : [`${reasons.length - helpful} Preemption is not helpful for scheduling`]),
  ]
  return `0/${reasons.length} nodes are available: ${lines.join(', ')}. preemption: 0/${reasons.length} nodes are available: ${preemption.join(', ')}.`
}

/** Least allocated first, as kube-scheduler's default; preferences of the pod weigh more than balance. */
const score = (node: Node, facts: SchedulingFacts): number => {
  const used = usedOn(node.metadata.name, facts.bound)
  const free = ['cpu', 'memory'].map((name) => {
    const capacity = quantity(node.status?.allocatable?.[name])
    return capacity === 0 ? 0 : Math.max(0, 1 - (used[name] ?? 0) / capacity)
  })
  const balance = (free.reduce((sum, share) => sum + share, 0) / free.length) * 100
  return balance + preference(node, facts) * 100
}

const preference = (node: Node, { pod, bound, nodes }: SchedulingFacts): number => {
  const { nodeAffinity, podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
  const identity = { name: node.metadata.name, labels: node.metadata.labels }
  const nodeWeight = (nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce(
    (sum, { weight, preference: term }) => sum + (matchesNodeTerms(identity, [term]) ? weight : 0),
    0,
  )
  const near = (podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce(
    (sum, { weight, podAffinityTerm: term }) => sum + weight * neighbours(node, nodes, bound, pod, term),
    0,
  )
  const far = (podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce(
    (sum, { weight, podAffinityTerm: term }) => sum + weight * neighbours(node, nodes, bound, pod, term),
    0,
  )
  return nodeWeight + near - far
}

type Term = { topologyKey: string; labelSelector?: Parameters<typeof matchesSelector>[1] }

/** Pods of the same namespace in the node's domain that the term selects. */
const neighbours = (node: Node, nodes: readonly Node[], bound: readonly Pod[], pod: Pod, { topologyKey, labelSelector }: Term): number => {
  const domain = node.metadata.labels?.[topologyKey]
  const names = new Set(nodes.filter(({ metadata }) => metadata.labels?.[topologyKey] === domain).map(({ metadata }) => metadata.name))
  return bound.filter(
    (other) =>
      other.metadata.namespace === pod.metadata.namespace &&
      names.has(other.spec.nodeName ?? '') &&
      matchesSelector(other.metadata.labels, labelSelector),
  ).length
}
