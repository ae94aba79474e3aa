import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { NetworkACL } from '../../../crds/v1alpha1/network-acl.ts'
import type { RouteTable } from '../../../crds/v1alpha1/route-table.ts'
import type { SecurityGroup } from '../../../crds/v1alpha1/security-group.ts'
import { defaultSecurityGroupName, type VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNSecurityGroupInformer, kubeOVNVpcInformer } from '../../providers/kube-ovn/informers.ts'
import type { SecurityGroup as KubeOVNSecurityGroup, Vpc } from '../../providers/kube-ovn/resources.ts'
import { isGroupReady } from '../../providers/kube-ovn/security-group.ts'
import { madeFor } from '../../providers/made.ts'
import { networkPolicyInformer } from '../../providers/network-policy/informer.ts'
import type { NetworkPolicy } from '../../providers/network-policy/resources.ts'
import type { Cache } from '../../runtime/store.ts'
import type { OperatorSettings, SecurityGroupDriver } from '../../settings.ts'
import { defaultListOf } from '../network-acl/association.ts'
import { mainTableOf, ownTableOf } from '../route-table/association.ts'
import { driverOf } from '../security-group/driver.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { siblingKey } from '../stored.ts'
import { observeResolver, type ResolverFacts, type ResolverSettings } from './resolver.ts'
import { type RouterPlan, routerOf } from './router.ts'
import { usersOf } from './users.ts'

export type VPCFacts = {
  id: string
  /** Kube-OVN's router, if it is ours. */
  router: Vpc | undefined
  /** What should stand in it. */
  plan: RouterPlan
  driver: SecurityGroupDriver
  /** What closes it: a policy or a group of Kube-OVN's, by the driver. */
  isolation: NetworkPolicy | KubeOVNSecurityGroup | undefined
  /** Whether that is in force. */
  isIsolated: boolean
  defaultGroup: SecurityGroup | undefined
  /** The list of the subnets that no list names, made with the VPC. */
  defaultList: NetworkACL | undefined
  /** The table that was made with the VPC. */
  ownTable: RouteTable | undefined
  /** The table of the subnets that none names. */
  mainTable: RouteTable | undefined
  resolver: ResolverFacts
  /** Who keeps the VPC from being deleted, by title. */
  users: readonly string[]
}

type Settings = ResolverSettings & Pick<Partial<OperatorSettings>, 'securityGroupDriver'>

export const observeVPC = (vpc: VPC, cache: Cache, settings: Settings = {}): VPCFacts => {
  const driver = driverOf(vpc, settings.securityGroupDriver ?? 'networkPolicy', cache)
  const id = idOf(idPrefixes.vpc, vpc.metadata.uid)
  const groups = cache.of(securityGroupInformer)
  const defaultGroup = madeFor(vpc, groups.get(siblingKey(vpc, defaultSecurityGroupName(vpc.metadata.name))))
  const defaultList = defaultListOf(vpc, cache)
  const ownTable = ownTableOf(vpc, cache)
  const resolver = observeResolver(vpc, settings, cache)
  return {
    id,
    router: madeFor(vpc, cache.of(kubeOVNVpcInformer).get(id)),
    // For as long as the switch is there it is closed.
    plan: routerOf(vpc, cache, resolver.plan === undefined && resolver.network === undefined ? undefined : resolver.name),
    driver,
    ...isolationOf(vpc, id, driver, cache),
    defaultGroup,
    defaultList,
    ownTable,
    mainTable: mainTableOf(vpc, cache),
    resolver,
    users: usersOf(keyOf(vpc.metadata), [defaultGroup, defaultList, ownTable], cache),
  }
}

const isolationOf = (vpc: VPC, id: string, driver: SecurityGroupDriver, cache: Cache): Pick<VPCFacts, 'isolation' | 'isIsolated'> => {
  if (driver === 'networkPolicy') {
    const isolation = madeFor(vpc, cache.of(networkPolicyInformer).get(siblingKey(vpc, id)))
    return { isolation, isIsolated: isolation !== undefined }
  }
  const isolation = madeFor(vpc, cache.of(kubeOVNSecurityGroupInformer).get(id))
  return { isolation, isIsolated: isGroupReady(isolation) }
}
