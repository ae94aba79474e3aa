import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { resolverAddresses } from '../kube-ovn/resolver-network.ts'
import { vpcLabel } from './labels.ts'
import { networkPolicyResource } from './resources.ts'

/**
 * Denies everything, in and out, to every launcher pod in a VPC; the policies of its SecurityGroups add what they allow. It is there before
 * the VPC is available, so before any instance can be in it: a pod whose group labels are late or lost can reach nothing.
 * It selects launcher pods of ours only: a tenant's other pods, and CDI's importers, keep the cluster's own rules.
 *
 * A guest's DHCP needs no rule: KubeVirt's bridge binding answers it inside the launcher pod, before the port that a policy guards. The VPC's DNS
 * servers may be asked, where there are some: EC2's groups don't filter that either. Metadata has no rule, because nothing of ours serves it.
 *
 * Named by ID, like every policy of ours: Kube-OVN builds address-set names of policy and namespace with `-` turned into `.`, so that policy
 * `web-team` of namespace `a` and policy `web` of namespace `team-a` would share one, and a tenant who may choose the name could put
 * addresses into a stranger's rules. Source: kube-ovn v1.16.2, pkg/controller/network_policy.go.
 */
export const buildIsolation = ({ vpcID, namespace, hasResolver = false }: { vpcID: string; namespace: string; hasResolver?: boolean }) => ({
  apiVersion: apiVersionOf(networkPolicyResource),
  kind: networkPolicyResource.kind,
  metadata: { name: vpcID, namespace },
  spec: {
    podSelector: { matchLabels: { [vpcLabel]: vpcID } },
    policyTypes: ['Ingress', 'Egress'],
    ...hasResolver ? { egress: [{ to: resolverAddresses.map(address => ({ ipBlock: { cidr: `${address}/32` } })), ports }] } : {},
  },
})

const ports = ['UDP', 'TCP'].map(protocol => ({ protocol, port: 53 }))
