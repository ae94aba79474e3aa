import type { KubeObject } from '../../../crds/kubernetes.ts'
import { networkObjects, type NetworkObjects } from '../../network/kube-ovn/objects.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import { specs } from '../specs.ts'

/** The one key: whatever has changed, the whole network is shown again, and only the differences are carried out. */
const everything = 'network'

/** Shows a network all objects that it is made of, once for all changes that came while it was busy. */
export const packetController = (control: Control, show: (objects: NetworkObjects) => Promise<void>): StandInController => {
  const { namespaces, pods, networkPolicies, vpcs, subnets, securityGroups, ovnEips, ovnFips, ovnSnatRules } = specs
  return {
    name: 'kube-ovn-packets',
    watches: [namespaces, pods, networkPolicies, vpcs, subnets, securityGroups, ovnEips, ovnFips, ovnSnatRules]
      .map((spec) => watching(spec as typeof namespaces, () => [everything])),
    reconcile: async () => {
      const list = (spec: unknown): KubeObject[] => [...control.cache.of(spec as typeof namespaces).list()]
      await show(networkObjects({
        namespaces: list(namespaces), pods: list(pods), networkPolicies: list(networkPolicies), vpcs: list(vpcs), subnets: list(subnets),
        securityGroups: list(securityGroups), ovnEips: list(ovnEips), ovnFips: list(ovnFips), ovnSnatRules: list(ovnSnatRules),
      }))
      return undefined
    },
  }
}
