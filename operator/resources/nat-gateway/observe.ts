import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { keyOf } from '../../../crds/kubernetes.ts'
import type { ElasticIP } from '../../../crds/v1alpha1/elastic-ip.ts'
import type { NATGateway } from '../../../crds/v1alpha1/nat-gateway.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { cameFirst } from '../../../webhooks/verdicts/precedence.ts'
import { byOwner, ovnFipInformer, ovnSnatRuleInformer } from '../../providers/kube-ovn/external-informers.ts'
import type { OvnEip, OvnSnatRule } from '../../providers/kube-ovn/external-resources.ts'
import { addressOfName } from '../../providers/kube-ovn/public-address.ts'
import type { SourceNat } from '../../providers/kube-ovn/source-nat.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { elasticIPInformer } from '../elastic-ip/store.ts'
import { holdingOf } from '../public-ip-pool/holding.ts'
import { tableOf } from '../route-table/association.ts'
import { siblingKey } from '../stored.ts'
import { type Reachability, wayOf } from '../subnet/internet.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { titleOf } from '../waiting-for.ts'
import { natGatewayInformer } from './store.ts'

export type NATGatewayFacts = {
  id: string
  subnet: Subnet | undefined
  vpc: VPC | undefined
  elasticIP: ElasticIP | undefined
  /** What holds the address of the ElasticIP. */
  eip: OvnEip | undefined
  /** What else has the ElasticIP, by title. */
  otherUser: string | undefined
  way: () => Reachability
  /** What the subnets that are routed to it need. */
  wanted: readonly SourceNat[]
  /** What it has made. */
  rules: readonly OvnSnatRule[]
  /** The rule of a subnet, whoever made it. */
  ruleOf: (subnetID: string) => OvnSnatRule | undefined
}

export const observeNATGateway = (gateway: NATGateway, cache: Cache): NATGatewayFacts => {
  const { metadata, spec } = gateway
  const subnet = cache.of(subnetInformer).get(siblingKey(gateway, spec.subnetRef.name))
  const vpc = subnet === undefined ? undefined : cache.of(vpcInformer).get(siblingKey(gateway, subnet.spec.vpcRef.name))
  const elasticIP = spec.elasticIPRef === undefined ? undefined : cache.of(elasticIPInformer).get(siblingKey(gateway, spec.elasticIPRef.name))
  const eip = elasticIP === undefined ? undefined : holdingOf(elasticIP, elasticIP.status?.publicIP, cache).eip
  return {
    id: idOf(idPrefixes.natGateway, metadata.uid),
    subnet,
    vpc,
    elasticIP,
    eip,
    otherUser: elasticIP === undefined ? undefined : otherUserOf(gateway, elasticIP, cache),
    way: () => wayOf(subnet, eip?.spec.externalSubnet, cache),
    wanted: vpc === undefined || eip === undefined ? [] : routedTo(gateway, vpc, addressOfName(eip.metadata.name), cache),
    rules: cache.of(ovnSnatRuleInformer).by(byOwner, metadata.uid),
    ruleOf: subnetID => cache.of(ovnSnatRuleInformer).get(subnetID),
  }
}

/** An address is one gateway's: that which uses it already, else that which came first; what leads in by it excludes them all. */
const otherUserOf = (gateway: NATGateway, elasticIP: ElasticIP, cache: Cache): string | undefined => {
  const uses = (each: NATGateway) => cache.of(ovnSnatRuleInformer).count(byOwner, each.metadata.uid) > 0 || each.status?.state === 'available'
  const [fip] = cache.of(ovnFipInformer).by(byOwner, elasticIP.metadata.uid)
  if (fip !== undefined || (elasticIP.spec.instanceRef !== undefined && !uses(gateway))) {
    return elasticIP.spec.instanceRef === undefined ? `what it leads to still (${fip?.spec.v4Ip})` : titleOf('Instance', elasticIP.spec.instanceRef.name)
  }
  const others = cache.of(natGatewayInformer).by('elasticIP', keyOf(elasticIP.metadata)).filter(other => other.metadata.uid !== gateway.metadata.uid)
  const beats = (other: NATGateway) => uses(other) === uses(gateway) ? cameFirst(other.metadata, gateway.metadata) : uses(other)
  const rival = others.find(beats)
  return rival === undefined ? undefined : titleOf('NATGateway', rival.metadata.name)
}

/** The subnets of the VPC whose table has a route to the gateway. */
const routedTo = (gateway: NATGateway, vpc: VPC, address: string, cache: Cache): SourceNat[] =>
  cache.of(subnetInformer).by('vpc', keyOf(vpc.metadata)).filter(subnet =>
    tableOf(subnet, cache)?.spec.routes?.some(({ natGatewayRef }) => natGatewayRef?.name === gateway.metadata.name) === true)
    .map(subnet => ({
      subnetID: idOf(idPrefixes.subnet, subnet.metadata.uid),
      vpcID: idOf(idPrefixes.vpc, vpc.metadata.uid),
      cidrBlock: subnet.spec.cidrBlock,
      address,
    })).toSorted((a, b) => a.subnetID < b.subnetID ? -1 : 1)

/** Whether a rule was made for this gateway. */
export const isOwn = (rule: OvnSnatRule, gateway: NATGateway): boolean => ownerUIDOf(rule) === gateway.metadata.uid
