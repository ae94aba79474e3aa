/**
 * What the emitted objects say, read as Kubernetes means them, without a packet: NetworkPolicies on launcher pods in routers that know their own
 * subnets. It is what is left to compare where no OVN can be had, and knows nothing of gateways, peerings and lists.
 */
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.d.ts'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { podResource } from '../../operator/providers/kubevirt/resources.ts'
import { groupOfLabel, vpcLabel } from '../../operator/providers/network-policy/labels.ts'
import { policyAllows } from '../../operator/providers/network-policy/reference-evaluator.ts'
import { networkPolicyResource } from '../../operator/providers/network-policy/resources.ts'
import { machineOf } from '../../sandbox/stand-ins/kube-ovn/pod-networks.ts'
import type { Anything, World } from '../simulation/world.ts'
import type { Answer, Probe } from './matrix.ts'

export type Pod = { id: string; namespace: string; address: string; router: string; labels: Record<string, string> }

export type Policy = KubeObject & { spec: NetworkPolicySpec }

/** What is stored now and decides about packets. */
export type Emitted = { pods: readonly Pod[]; policies: readonly Policy[] }

export const emittedBy = async (world: World): Promise<Emitted> => ({
  pods: (await world.list(podResource)).filter(({ metadata }) => metadata.labels?.[vpcLabel] !== undefined).map(podOf),
  policies: (await world.list(networkPolicyResource)) as unknown as Policy[],
})

export const paperNetwork = ({ pods, policies }: Emitted, probes: readonly Probe[]): Answer[] => probes.map(probe => answerOf(probe, pods, policies))

const podOf = (pod: Anything): Pod => {
  const annotations = Object.entries(pod.metadata.annotations ?? {})
  const own = (key: string) => annotations.find(([name]) => name.endsWith(`.ovn.kubernetes.io/${key}`))?.[1] ?? ''
  const namespace = pod.metadata.namespace ?? ''
  return {
    id: `${namespace}/${machineOf(pod as never)}`, namespace, address: own('ip_address'), router: own('logical_router'), labels: pod.metadata.labels ?? {},
  }
}

const answerOf = ({ from, to, protocol, port }: Probe, pods: readonly Pod[], policies: readonly Policy[]): Answer => {
  const sender = 'interface' in from ? pods.find(({ id }) => id === from.interface) : undefined
  const receiver = pods.find(({ address, router }) => address === to && router === sender?.router)
  if (sender === undefined || receiver === undefined) return { passes: false, reason: 'no router knows both' }
  const passes = (direction: 'ingress' | 'egress', [own, other]: readonly [Pod, Pod]): boolean => {
    const about = policies.filter(policy => policy.metadata.namespace === own.namespace && selects(policy, own))
    const remoteGroups = own.namespace !== other.namespace ? [] : Object.keys(other.labels).flatMap(label => groupOfLabel(label) ?? [])
    const packet = { direction, protocol, port, remoteAddress: other.address, remoteGroups }
    return about.length === 0 || about.some(({ spec }) => policyAllows(spec, packet))
  }
  if (!passes('egress', [sender, receiver])) return { passes: false, reason: `no policy lets it out of ${sender.id}` }
  if (!passes('ingress', [receiver, sender])) return { passes: false, reason: `no policy lets it in to ${receiver.id}` }
  return { passes: true, reason: 'policies of both let it through', receiver: receiver.id, seenAs: sender.address }
}

const selects = ({ spec: { podSelector = {} } }: Policy, { labels }: Pod): boolean =>
  Object.entries(podSelector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  && (podSelector.matchExpressions ?? []).every(({ key, operator }) => operator === 'Exists' && key in labels)
