import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { peerLink } from './peer-link.ts'
import { type Vpc, vpcResource } from './resources.ts'
import { policyRoutes, type Router, staticRoutes } from './routes.ts'

/**
 * A router of its own. `namespaces` admits the tenant's namespace and no other. No `defaultSubnet`: with one, Kube-OVN would put every pod of
 * the namespace that names no network into the tenant's VPC, CDI's importers first, and cut them off from the internet.
 * Source: kube-ovn v1.16.2, pkg/controller/namespace.go.
 *
 * The public networks are always named: left to itself, `enableExternal` alone connects the one of Kube-OVN's own configuration, which need
 * not be any that the platform gives to tenants.
 */
export const buildVpc = (router: Router) => {
  const [routes, policies] = [staticRoutes(router), policyRoutes(router)]
  return {
    apiVersion: apiVersionOf(vpcResource),
    kind: vpcResource.kind,
    metadata: { name: router.id },
    spec: {
      namespaces: [router.namespace],
      ...routes.length === 0 ? {} : { staticRoutes: routes },
      ...policies.length === 0 ? {} : { policyRoutes: policies },
      ...router.peers.length === 0 ? {} : { vpcPeerings: router.peers.map(({ vpcID }) => vpcID).sort().map(peering(router.id)) },
      ...router.external.length === 0 ? {} : { enableExternal: true, extraExternalSubnets: router.external.map(({ subnet }) => subnet).sort() },
    },
  }
}

/** Whether Kube-OVN has made the router. Subnets of a VPC that isn't there yet are refused by Kube-OVN. */
export const isVpcReady = (vpc: Vpc | undefined): boolean => vpc?.status?.standby === true

/** Whether Kube-OVN has connected the router to the public network; it says so once it has, and until it has taken that back. */
export const isExternal = (vpc: Vpc | undefined): boolean => vpc?.status?.enableExternal === true

/** Whether Kube-OVN has given the router a port to that of another VPC. */
export const isPeeredWith = (vpc: Vpc | undefined, peerID: string): boolean => vpc?.status?.vpcPeerings?.includes(peerID) === true

const peering = (id: string) => (peerID: string) => ({ remoteVpc: peerID, localConnectIP: peerLink(id, peerID).local })
