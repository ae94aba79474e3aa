import type { NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1.d.ts'
import { matchesSelector } from '../../apiserver/label-selector.ts'
import type { NetworkPolicy } from '../../stand-ins/cdi/egress.ts'
import { referenceTo } from '../ovn/ovsdb/values.ts'
import type { Row } from '../ovn/rows.ts'
import { type Acl, aclRows, type Direction, portOf, priorities, remoteOf } from './acls.ts'
import type { NetworkObjects } from './objects.ts'
import { isLive, podPorts, portsOf } from './ports.ts'

/**
 * A NetworkPolicy: a port group of what it selects, that lets nothing in or out but what its rules allow. `standard` as Kube-OVN calls it: all of
 * IP is closed, ICMP included. Only IPv4, as the subnets are. Source: kube-ovn v1.16.2, pkg/controller/network_policy.go and pkg/ovs/ovn-nb-acl.go.
 */
export const networkPolicyRows = (policy: NetworkPolicy, objects: NetworkObjects): Row[] => {
  const { name, namespace = '' } = policy.metadata
  const group = `${/^\p{L}/u.test(name) ? name : `np${name}`}.${namespace}`.replaceAll('-', '.')
  const selected = new Set(objects.pods.filter((pod) => isLive(pod) && pod.metadata.namespace === namespace
    && matchesSelector(pod.metadata.labels, policy.spec.podSelector)).flatMap((pod) => portsOf(pod).map((port) => port.name)))
  const ports = podPorts(objects).filter((port) => selected.has(port.name))
  const sides = ports.length === 0 ? [] : sidesOf(policy).map((side) => sideRows({ ...side, group, namespace }, objects))
  const acls = aclRows(group, sides.flatMap(({ acls: each }) => each))
  return [
    {
      table: 'Port_Group', key: group,
      columns: {
        name: group, ports: ports.map((port) => referenceTo('Logical_Switch_Port', port.name)), acls: acls.references,
        external_ids: { entries: { np: `${namespace}/${name}` } },
      },
    },
    ...acls.rows,
    ...sides.flatMap(({ sets }) => sets),
  ]
}

type Side = { direction: Direction; kind: 'ingress' | 'egress'; rules: { peers: readonly NetworkPolicyPeer[]; ports: readonly NetworkPolicyPort[] }[] }

const sidesOf = ({ spec }: NetworkPolicy): Side[] => [
  ...(spec.policyTypes?.includes('Ingress') === true || spec.ingress !== undefined
    ? [{ direction: 'to-lport' as const, kind: 'ingress' as const, rules: (spec.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports })) }]
    : []),
  ...(spec.policyTypes?.includes('Egress') === true || spec.egress !== undefined
    ? [{ direction: 'from-lport' as const, kind: 'egress' as const, rules: (spec.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports })) }]
    : []),
]

const sideRows = ({ direction, kind, rules, group, namespace }: Side & { group: string; namespace: string }, objects: NetworkObjects) => {
  const acls: Acl[] = []
  const sets: Row[] = []
  const own = `${portOf(direction)} == @${group} && ip`
  const remote = `ip4.${remoteOf(direction)}`
  const add = (priority: number, action: string, match: string) => acls.push({ direction, priority, action, match, afterLoadBalancer: direction === 'from-lport' })
  add(priorities.policyDrop, 'drop', own)
  const name = (what: 'allow' | 'except', of: number | 'all') => `${group}.${kind}.${what}.IPv4.${of}`
  const addSets = (of: number | 'all', addresses: readonly string[]) => {
    for (const [what, members] of [['allow', addresses], ['except', []]] as const) {
      sets.push({ table: 'Address_Set', key: name(what, of), columns: { name: name(what, of), addresses: members } })
    }
  }
  /** The exceptions of blocks are not in the set: Kube-OVN keeps it empty. */
  const fromSets = (of: number | 'all') => `${own} && ${remote} == $${name('allow', of)} && ${remote} != $${name('except', of)}`
  // A side without rules has one all the same, about nobody.
  if (rules.length === 0) {
    addSets('all', [])
    add(priorities.policyAllow, 'allow-related', fromSets('all'))
  }
  for (const [index, { peers, ports }] of rules.entries()) {
    const selectors = peers.filter(({ podSelector, namespaceSelector }) => podSelector !== undefined || namespaceSelector !== undefined)
    const addresses = peers.length === 0 ? ['0.0.0.0/0'] : [...new Set(selectors.flatMap((peer) => addressesOf(peer, namespace, objects)))]
    addSets(index, addresses)
    if (addresses.length > 0) for (const service of services(ports)) add(priorities.policyAllow, 'allow-related', `${fromSets(index)}${service}`)
    const blocks = blocksOf(peers, remote)
    if (blocks !== undefined) for (const service of services(ports)) add(priorities.policyAllow, 'allow-related', `${own} && (${blocks})${service}`)
  }
  return { acls, sets }
}

const addressesOf = ({ podSelector = {}, namespaceSelector }: NetworkPolicyPeer, own: string, { namespaces, pods }: NetworkObjects): string[] => {
  const chosen = new Set(namespaceSelector === undefined ? [own]
    : namespaces.filter(({ metadata }) => matchesSelector(metadata.labels, namespaceSelector)).map(({ metadata }) => metadata.name))
  return pods.filter((pod) => isLive(pod) && chosen.has(pod.metadata.namespace ?? '') && matchesSelector(pod.metadata.labels, podSelector))
    .flatMap((pod) => portsOf(pod).flatMap(({ addresses }) => addresses)).filter((address) => !address.includes(':'))
}

const blocksOf = (peers: readonly NetworkPolicyPeer[], remote: string): string | undefined => {
  const blocks = peers.flatMap(({ ipBlock }) => (ipBlock === undefined || ipBlock.cidr.includes(':') ? [] : [ipBlock]))
  const matches = blocks.map(({ cidr, except = [] }) =>
    except.length === 0 ? `${remote} == ${cidr}` : `(${remote} == ${cidr} && ${remote} != {${except.join(', ')}})`)
  return matches.length === 0 ? undefined : matches.join(' || ')
}

/** Conditions on the transport, each for a rule of its own; none where every port is meant. A port by name is that of no machine. */
const services = (ports: readonly NetworkPolicyPort[]): string[] => {
  if (ports.length === 0) return ['']
  return ports.flatMap(({ protocol = 'TCP', port, endPort }) => {
    const transport = protocol.toLowerCase()
    if (port === undefined) return [` && ${transport}`]
    if (typeof port === 'string') return []
    return [endPort === undefined ? ` && ${transport}.dst == ${port}` : ` && ${port} <= ${transport}.dst <= ${endPort}`]
  })
}
