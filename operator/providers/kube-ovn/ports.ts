/**
 * The two ends of the link between a subnet's switch and its VPC's router, as OVN knows them. Source: kube-ovn v1.16.2, CreateLogicalPatchPort in
 * pkg/ovs/ovn-nb-logical_switch.go; switch and router have the names of their Subnet and Vpc, which are our IDs.
 */
export type Link = { subnetID: string; vpcID: string }

/** The switch's end: where packets come into the subnet. */
export const switchPortOf = ({ subnetID, vpcID }: Link): string => `${subnetID}-${vpcID}`

/** The router's end: where packets that leave the subnet come in. */
export const routerPortOf = ({ subnetID, vpcID }: Link): string => `${vpcID}-${subnetID}`
