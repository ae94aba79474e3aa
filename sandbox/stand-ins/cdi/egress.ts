import ipaddr from 'ipaddr.js'
import type { NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from 'kubernetes-types/networking/v1.d.ts'
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
  const allows = ({ to: peers = [], ports }: NetworkPolicyEgressRule): boolean =>
    portsAllow(ports, to.port) && (peers.length === 0 || peers.some((peer) => isPeer(cache, namespace, peer, to.address)))
  return policies.length === 0 || policies.some(({ spec }) => (spec.egress ?? []).some(allows))
}

const concernsEgress = ({ policyTypes, egress }: NetworkPolicySpec): boolean => policyTypes?.includes('Egress') ?? egress !== undefined

const portsAllow = (ports: readonly NetworkPolicyPort[] | undefined, port: number): boolean =>
  ports === undefined || ports.length === 0 || ports.some(({ protocol = 'TCP', port: first, endPort }) =>
    protocol === 'TCP' && (first === undefined || (port >= Number(first) && port <= (endPort ?? Number(first)))))

const isPeer = (cache: Control['cache'], namespace: string, peer: NetworkPolicyPeer, address: string): boolean => {
  const { ipBlock, namespaceSelector, podSelector = {} } = peer
  if (ipBlock !== undefined) return isWithin(address, ipBlock.cidr) && !(ipBlock.except ?? []).some((range) => isWithin(address, range))
  return [...cache.of(specs.pods).list()].some(({ metadata, status }) => status?.podIP === address
    && (namespaceSelector === undefined ? metadata.namespace === namespace : inNamespaces(cache, metadata.namespace, namespaceSelector))
    && matchesSelector(metadata.labels, podSelector))
}

const inNamespaces = (cache: Control['cache'], name: string | undefined, selector: NetworkPolicyPeer['namespaceSelector']): boolean =>
  matchesSelector(cache.of(specs.namespaces).get(name ?? '')?.metadata.labels, selector ?? {})

const isWithin = (address: string, cidr: string): boolean => {
  const [block, length] = ipaddr.parseCIDR(cidr)
  // An IPv4 address in IPv6's clothes is routed as what it is.
  const parsed = ipaddr.process(address)
  return parsed.kind() === block.kind() && parsed.match(block, length)
}
