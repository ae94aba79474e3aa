import { hash } from 'node:crypto'
import { formatAddress } from '../../../crds/cidr.ts'

/** The two ends of the network between the routers of two VPCs that are peered. */
export type PeerLink = {
  /** First address of the four that the link takes. */
  network: string
  /** Address of the VPC's own router, with the prefix length, as Kube-OVN's `localConnectIP` has it. */
  local: string
  /** Address of the other router: the next hop of routes to the peer. */
  remote: string
}

/**
 * The link between two routers as the first of them sees it; the second sees the same from the other end. It follows from the two IDs alone, so
 * nobody has to hand it out, both sides agree at any time, and a process that has lost everything finds it again.
 *
 * Of the reserved class E (240.0.0.0/4), where no VPC's block can be, with four addresses a link: a connected route counts in every route table, so
 * that anything wider, or anything that somebody can use, would be a way past them. Two links of one router are the same with a chance of one in
 * 67 million: see `linkable`.
 */
export const peerLink = (vpcID: string, peerID: string): PeerLink => {
  const [lower = '', upper = ''] = [vpcID, peerID].sort()
  const index = Number.parseInt(hash('sha256', `${lower}/${upper}`, 'hex').slice(0, 12), 16) % links
  const network = base + index * 4
  const [mine, theirs] = vpcID === lower ? [1, 2] : [2, 1]
  return { network: formatAddress(network), local: `${formatAddress(network + mine)}/30`, remote: formatAddress(network + theirs) }
}

/** Those of a router's peers that it can have a link to. Of two whose links would be the same the first by ID gets it. */
export const linkable = (vpcID: string, peerIDs: readonly string[]): string[] => {
  const taken = new Set<string>()
  return [...peerIDs].sort().filter((peerID) => {
    const network = peerLink(vpcID, peerID).network
    return !taken.has(network) && taken.add(network)
  })
}

const base = 240 * 2 ** 24

/** Up to 255.255.255.251: the last four hold the broadcast address. */
const links = 2 ** 26 - 1
