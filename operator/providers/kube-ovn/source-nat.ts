import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { type OvnSnatRule, ovnSnatRuleResource } from './external-resources.ts'
import { publicAddressName } from './public-address.ts'

export type SourceNat = {
  /** ID of the subnet. */
  subnetID: string
  vpcID: string
  cidrBlock: string
  /** Public address that the subnet's packets leave by. */
  address: string
}

/**
 * What a subnet sends to the internet comes from this address. Named by the subnet: it leaves by one address at a time, since there is only one name
 * for what says so. Never changed once made: Kube-OVN takes no change. Source: kube-ovn v1.16.2, pkg/controller/ovn_snat.go.
 */
export const buildOvnSnatRule = ({ subnetID, vpcID, cidrBlock, address }: SourceNat) => ({
  apiVersion: apiVersionOf(ovnSnatRuleResource),
  kind: ovnSnatRuleResource.kind,
  metadata: { name: subnetID },
  spec: { ovnEip: publicAddressName(address), vpc: vpcID, v4IpCidr: cidrBlock },
})

/** Whether packets leave as the rule says. */
export const isSnatReady = (rule: OvnSnatRule | undefined): boolean => rule?.status.ready === true

/** Whether a rule says just this. */
export const isRuleFor = (rule: OvnSnatRule, { subnetID, vpcID, cidrBlock, address }: SourceNat): boolean =>
  rule.metadata.name === subnetID && rule.spec.ovnEip === publicAddressName(address) && rule.spec.vpc === vpcID && rule.spec.v4IpCidr === cidrBlock
