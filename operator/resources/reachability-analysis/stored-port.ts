import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { NATGateway } from '../../../crds/v1alpha1/nat-gateway.ts'
import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import type { SecurityGroup } from '../../../crds/v1alpha1/security-group.ts'
import { defaultSecurityGroupName } from '../../../crds/v1alpha1/vpc.ts'
import { blocksOf } from '../../providers/permission.ts'
import type { Cache } from '../../runtime/store.ts'
import type { StoredInstance } from '../instance/store.ts'
import { prefixListInformer } from '../prefix-list/store.ts'
import { observeSecurityGroup } from '../security-group/observe.ts'
import { type ResolvedRule, ruleTitle } from '../security-group/rules.ts'
import { groupKeyOf, securityGroupInformer } from '../security-group/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { titleOf } from '../waiting-for.ts'
import type { Group, Port, Rule } from './network.ts'

/** The first network interface of an instance. Undefined while it has no address, or its subnet does not exist. */
export const portOfInstance = (instance: StoredInstance, cache: Cache): Port | undefined =>
  portOf(instance, { kind: 'Instance', id: idOf(idPrefixes.instance, instance.metadata.uid) }, cache)

/** A further network interface. Behind one that is in no machine there is nobody. */
export const portOfInterface = (object: NetworkInterface, cache: Cache): Port | undefined => {
  const port = portOf(object, { kind: 'NetworkInterface', id: idOf(idPrefixes.networkInterface, object.metadata.uid) }, cache)
  return port === undefined || object.status?.state === 'in-use' ? port : { ...port, vacant: vacancyOf(object) }
}

const vacancyOf = ({ metadata, spec, status }: NetworkInterface): string => {
  const title = titleOf('NetworkInterface', metadata.name)
  if (spec.attachment === undefined) return `${title} is attached to no instance: give it an attachment`
  const told = status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? ''
  return `${title} is not in ${titleOf('Instance', spec.attachment.instanceRef.name)} yet${told === '' ? '' : `: ${told}`}`
}

const portOf = (object: StoredInstance | NetworkInterface, as: Pick<Port, 'kind' | 'id'>, cache: Cache): Port | undefined => {
  const { metadata, spec, status } = object
  const subnetKey = siblingKey(object, spec.subnetRef.name)
  const subnet = cache.of(subnetInformer).get(subnetKey)
  if (subnet === undefined || status?.privateIPAddress === undefined) return undefined
  const vpcName = subnet.spec.vpcRef.name
  const names = spec.securityGroupRefs?.map(({ name }) => name) ?? [defaultSecurityGroupName(vpcName)]
  return {
    ...as,
    name: metadata.name,
    vpc: siblingKey(subnet, vpcName),
    subnet: subnetKey,
    privateAddress: status.privateIPAddress,
    ...status.publicIPAddress === undefined ? {} : { publicAddress: status.publicIPAddress },
    groups: names.flatMap(name => groupAt(siblingKey(object, name), vpcName, cache) ?? []),
  }
}

/** What a NATGateway is on the way. Its private address is the router's own and matters to no rule. */
export const portOfGateway = (gateway: NATGateway, cache: Cache): Port | undefined => {
  const subnetKey = siblingKey(gateway, gateway.spec.subnetRef.name)
  const subnet = cache.of(subnetInformer).get(subnetKey)
  return subnet === undefined ? undefined : {
    kind: 'NATGateway',
    name: gateway.metadata.name,
    id: idOf(idPrefixes.natGateway, gateway.metadata.uid),
    vpc: siblingKey(subnet, subnet.spec.vpcRef.name),
    subnet: subnetKey,
    privateAddress: gateway.status?.privateIP ?? '',
    ...gateway.status?.publicIP === undefined ? {} : { publicAddress: gateway.status.publicIP },
    groups: [],
  }
}

/** A group of another VPC is none of the instance's. */
const groupAt = (key: string, vpcName: string, cache: Cache): Group | undefined => {
  const group = cache.of(securityGroupInformer).get(key)
  if (group === undefined || group.spec.vpcRef.name !== vpcName) return undefined
  const { id, rules } = observeSecurityGroup(group, cache)
  const ofDirection = (direction: ResolvedRule['direction']) => rules.filter(rule => rule.direction === direction).map(rule => asRule(rule, group, cache))
  return {
    name: group.metadata.name,
    id,
    key: id,
    ingress: ofDirection('Ingress'),
    egress: group.spec.egressRules === undefined ? 'all' : ofDirection('Egress'),
  }
}

const asRule = (resolved: ResolvedRule, group: SecurityGroup, cache: Cache): Rule => {
  const { path, rule: { protocol, fromPort, toPort } } = resolved
  const said = { path, title: ruleTitle(resolved), protocol, fromPort, toPort }
  if ('permission' in resolved) {
    const { peer } = resolved.permission
    return { ...said, peer: 'groupID' in peer ? { group: peer.groupID } : { cidrs: blocksOf(peer) } }
  }
  const { obstacle } = resolved
  return { ...said, peer: intendedPeer(resolved, group, cache), obstacle: obstacle.kind === 'unsupported' ? obstacle.message : 'it is not in force yet' }
}

/** Whom a rule that is not in force would be about. What it names and isn't there is nobody. */
const intendedPeer = ({ rule, obstacle }: ResolvedRule & { obstacle: { kind: string } }, group: SecurityGroup, cache: Cache): Rule['peer'] => {
  const { cidr, prefixListRef, securityGroupRef } = rule
  if (cidr !== undefined) return { cidrs: [cidr] }
  if (prefixListRef !== undefined) {
    return { cidrs: (cache.of(prefixListInformer).get(siblingKey(group, prefixListRef.name))?.spec.entries ?? []).map(entry => entry.cidr) }
  }
  const key = securityGroupRef === undefined || obstacle.kind === 'unpeered' ? undefined : groupKeyOf(group, securityGroupRef)
  const other = key === undefined ? undefined : cache.of(securityGroupInformer).get(key)
  return other === undefined ? { cidrs: [] } : { group: idOf(idPrefixes.securityGroup, other.metadata.uid) }
}
