import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { SecurityGroup } from '../../../crds/v1alpha1/security-group.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNSecurityGroupInformer } from '../../providers/kube-ovn/informers.ts'
import { isGroupReady } from '../../providers/kube-ovn/security-group.ts'
import type { Cache } from '../../runtime/store.ts'
import { siblingKey } from '../stored.ts'
import { securityGroupInformer } from './store.ts'

/** A group that a member should be in; `group` is undefined while there is none of that name. */
export type GroupReference = { name: string; group: SecurityGroup | undefined }

type Member = KubeObject & { spec: { securityGroupRefs?: readonly { name: string }[] } }

/** The groups that a member names, else the default one of its VPC; empty while the VPC has not said which that is. */
export const groupReferences = (member: Member, vpc: VPC | undefined, cache: Cache): GroupReference[] => {
  const ofVPC = vpc?.status?.defaultSecurityGroup
  const names = member.spec.securityGroupRefs?.map(({ name }) => name) ?? (ofVPC === undefined ? [] : [ofVPC])
  return names.map(name => ({ name, group: cache.of(securityGroupInformer).get(siblingKey(member, name)) }))
}

/** The groups themselves, once every one of them is there and of the VPC; undefined until then. */
export const resolvedIn = (vpcName: string | undefined, groups: readonly GroupReference[]): SecurityGroup[] | undefined => {
  const found = groups.flatMap(({ group }) => group?.spec.vpcRef.name === vpcName && group !== undefined ? [group] : [])
  return found.length > 0 && found.length === groups.length ? found : undefined
}

/** With the driver `kubeOVN`: the first of the groups that ports can't be put into yet. */
export const lateGroupOf = (groups: readonly GroupReference[], cache: Cache): string | undefined => groups.find(({ group }) => group !== undefined &&
  !isGroupReady(cache.of(kubeOVNSecurityGroupInformer).get(idOf(idPrefixes.securityGroup, group.metadata.uid))))?.name
