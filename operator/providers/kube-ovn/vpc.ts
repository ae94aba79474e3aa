import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { type Vpc, vpcResource } from './resources.ts'

/**
 * A router of its own. `namespaces` admits the tenant's namespace and no other. No `defaultSubnet`: with one, Kube-OVN would put every pod of
 * the namespace that names no network into the tenant's VPC, CDI's importers first, and cut them off from the internet.
 * Source: kube-ovn v1.16.2, pkg/controller/namespace.go.
 */
export const buildVpc = ({ id, namespace }: { id: string; namespace: string }) => ({
  apiVersion: apiVersionOf(vpcResource),
  kind: vpcResource.kind,
  metadata: { name: id },
  spec: { namespaces: [namespace] },
})

/** Whether Kube-OVN has made the router. Subnets of a VPC that isn't there yet are refused by Kube-OVN. */
export const isVpcReady = (vpc: Vpc | undefined): boolean => vpc?.status?.standby === true
