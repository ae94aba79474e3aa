import ipaddr from 'ipaddr.js'
import type { NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicySpec } from 'kubernetes-types/networking/v1.d.ts'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { type Block, publicBlocks } from './public-addresses.ts'
import { networkPolicyResource } from './resources.ts'

/** On every pod of CDI's that fetches an image. Source: containerized-data-importer v1.66, pkg/common and pkg/controller/import-controller.go. */
export const importerLabels = { 'cdi.kubevirt.io': 'importer' }

export type ImporterFence = {
  name: string
  namespace: string
  /** URL prefixes inside the platform that images may come from all the same. */
  imageSources: readonly string[]
  /** Blocks of public addresses that are the platform's own: no image comes from there. */
  platformRanges: readonly string[]
}

/**
 * What CDI's importers of a namespace may connect to: the public internet, whatever a name turns out to mean at the time and wherever a redirect
 * leads, and the sources that the operator was told of. Who connects to them is left alone: CDI asks them how far they are.
 *
 * Policies add up: one that lets them go elsewhere takes nothing back. Tenants must not write any, and a platform whose own sources have names,
 * or whose way out is a proxy, adds one of its own for these pods.
 */
export const buildImporterFence = ({ name, namespace, imageSources, platformRanges }: ImporterFence) => ({
  apiVersion: apiVersionOf(networkPolicyResource),
  kind: networkPolicyResource.kind,
  metadata: { name, namespace },
  spec: {
    podSelector: { matchLabels: importerLabels },
    policyTypes: ['Egress'],
    egress: [...nameService, { to: publicBlocks.map(block => ({ ipBlock: without(block, platformRanges) })) }, ...imageSources.flatMap(sourceRule)],
  } satisfies NetworkPolicySpec,
})

/**
 * Names are asked for over UDP, which carries no image: so it may go to whatever the cluster's name service is (5353 is OpenShift's). Over TCP,
 * for long answers, only to where it mostly is.
 */
const nameService: readonly NetworkPolicyEgressRule[] = [
  { ports: [{ protocol: 'UDP', port: 53 }, { protocol: 'UDP', port: 5353 }] },
  {
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } }, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
    ports: [{ protocol: 'TCP', port: 53 }],
  },
]

const without = ({ cidr, except }: Block, ranges: readonly string[]) =>
  ({ cidr, except: [...except, ...ranges.filter(range => isInside(range, cidr))] })

const isInside = (range: string, cidr: string): boolean => {
  const [address, length] = ipaddr.parseCIDR(range)
  const [block, blockLength] = ipaddr.parseCIDR(cidr)
  return address.kind() === block.kind() && length >= blockLength && address.match(block, blockLength)
}

/** A source by its address, or by its Service. Of another name no policy can say where it leads. */
const sourceRule = (source: string): NetworkPolicyEgressRule[] => {
  const url = new URL(source)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const service = /^[^.]+\.([^.]+)\.svc(\.|$)/.exec(host)
  const to: NetworkPolicyPeer | undefined = ipaddr.isValid(host) ? { ipBlock: { cidr: `${host}/${host.includes(':') ? 128 : 32}` } }
    : service?.[1] === undefined ? undefined : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': service[1] } } }
  if (to === undefined) return []
  // A Service's port is not its pods': a policy sees the latter.
  return [{ to: [to], ...'ipBlock' in to ? { ports: [{ protocol: 'TCP', port: Number(url.port) || (url.protocol === 'http:' ? 80 : 443) }] } : {} }]
}
