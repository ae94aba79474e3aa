import ipaddr from 'ipaddr.js'
import type { NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from 'kubernetes-types/networking/v1.d.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { matchesSelector } from '../../apiserver/label-selector.ts'
import type { MayConnect } from '../../disks/disks.ts'
import type { Control } from '../control.ts'
import { specs } from '../specs.ts'

export type NetworkPolicy = KubeObject & { spec: NetworkPolicySpec }

/** Labels of CDI's importer pods. Source: CDI pkg/controller/import-controller.go, `makeImporterPodSpec`. */
const importerLabels = { app: 'containerized-data-importer', 'cdi.kubevirt.io': 'importer', 'prometheus.cdi.kubevirt.io': 'true' }

/**
 * What the NetworkPolicies of a namespace let an importer in it connect to over TCP, at the moment that it is asked: everything while no policy
 * for egress selects importers, else what any of those allows.
 */
export const importerEgress = (cache: Control['cache'], namespace: string): MayConnect => (to) => {
  const policies = [...cache.of(specs.networkPolicies).list()].filter(({ metadata, spec }) =>
    metadata.namespace === namespace && matchesSelector(importerLabels, spec.podSelector) && concernsEgress(spec))
  return policies.length === 0 || policies.some(({ spec }) => (spec.egress ?? []).some((rule) =>
    (rule.to ?? []).length === 0 ? portsAllow(rule.ports, to.port) : portsAllow(rule.ports, to.port) && rule.to?.some((peer) => isPeer(cache, namespace, peer, to.address))))
}

const concernsEgress = ({ policyTypes, egress }: NetworkPolicySpec): boolean => policyTypes?.includes('Egress') ?? egress !== undefined

const portsAllow = (ports: readonly NetworkPolicyPort[] | undefined, port: number): boolean =>
  ports === undefined || ports.length === 0 || ports.some(({ protocol = 'TCP', port: first, endPort }) =>
    protocol === 'TCP' && (first === undefined || (port >= Number(first) && port <= (endPort ?? Number(first)))))

const isPeer = (cache: Control['cache'], namespace: string, peer: NetworkPolicyPeer, address: string): boolean => {
  if (peer.ipBlock !== undefined) return isWithin(address, peer.ipBlock.cidr) && !(peer.ipBlock.except ?? []).some((range) => isWithin(address, range))
  return [...cache.of(specs.pods).list()].some((pod) => pod.status?.podIP === address
    && (peer.namespaceSelector === undefined ? pod.metadata.namespace === namespace : inNamespaces(cache, pod.metadata.namespace, peer.namespaceSelector))
    && matchesSelector(pod.metadata.labels, peer.podSelector ?? {}))
}

const inNamespaces = (cache: Control['cache'], name: string | undefined, selector: NetworkPolicyPeer['namespaceSelector']): boolean =>
  matchesSelector(cache.of(specs.namespaces).get(name ?? '')?.metadata.labels, selector ?? {})

const isWithin = (address: string, cidr: string): boolean => {
  const [block, length] = ipaddr.parseCIDR(cidr)
  // An IPv4 address in IPv6's clothes is routed as what it is.
  const parsed = ipaddr.process(address)
  return parsed.kind() === block.kind() && parsed.match(block, length)
}
