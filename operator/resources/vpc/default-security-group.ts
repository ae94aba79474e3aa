import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { securityGroup } from '../../../crds/v1alpha1/security-group.ts'
import { defaultSecurityGroupName, type VPC } from '../../../crds/v1alpha1/vpc.ts'

/** The group of instances that name none: its members reach each other and everything outside, and nobody else reaches them. */
export const buildDefaultSecurityGroup = (vpc: VPC) => {
  const name = defaultSecurityGroupName(vpc.metadata.name)
  return {
    apiVersion: apiVersionOf(securityGroup),
    kind: securityGroup.kind,
    metadata: { name, ...(vpc.metadata.namespace === undefined ? {} : { namespace: vpc.metadata.namespace }) },
    spec: {
      vpcRef: { name: vpc.metadata.name },
      description: `default group of VPC ${vpc.metadata.name}`,
      ingressRules: [{ protocol: 'all', securityGroupRef: { name } }],
    },
  }
}
