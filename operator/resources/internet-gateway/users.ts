import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { InternetGateway } from '../../../crds/v1alpha1/internet-gateway.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { byVpc, ovnFipInformer, ovnSnatRuleInformer } from '../../providers/kube-ovn/external-informers.ts'
import { addressOfName } from '../../providers/kube-ovn/public-address.ts'
import type { Cache } from '../../runtime/store.ts'

/** What leads in and out by a VPC's gateway, by title: as in EC2 it can't be taken away from under a public address. */
export const usersOf = (_gateway: InternetGateway, vpc: VPC, cache: Cache): string[] => {
  const id = idOf(idPrefixes.vpc, vpc.metadata.uid)
  return [...new Set([
    ...cache.of(ovnFipInformer).by(byVpc, id).map(fip => addressOfName(fip.metadata.name)),
    ...cache.of(ovnSnatRuleInformer).by(byVpc, id).map(rule => addressOfName(rule.spec.ovnEip)),
  ])].sort().map(address => `public address ${address}`)
}
