import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { networkACL, type NetworkACLEntry } from '../../../crds/v1alpha1/network-acl.ts'
import { defaultNetworkACLName, type VPC } from '../../../crds/v1alpha1/vpc.ts'

/** The list of the subnets that no list names: everything passes, until its owner changes it. */
export const buildDefaultNetworkACL = (vpc: VPC) => ({
  apiVersion: apiVersionOf(networkACL),
  kind: networkACL.kind,
  metadata: {
    name: defaultNetworkACLName(vpc.metadata.name),
    ...(vpc.metadata.namespace === undefined ? {} : { namespace: vpc.metadata.namespace }),
  },
  spec: {
    vpcRef: { name: vpc.metadata.name },
    entries: (['Ingress', 'Egress'] as const).map((direction): NetworkACLEntry =>
      ({ ruleNumber: 100, direction, action: 'Allow', protocol: 'all', cidr: '0.0.0.0/0' })),
  },
})
