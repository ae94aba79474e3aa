import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { ElasticIP } from '../../../crds/v1alpha1/elastic-ip.ts'
import type { PublicIPPool } from '../../../crds/v1alpha1/public-ip-pool.ts'
import { cameFirst } from '../../../webhooks/verdicts/precedence.ts'
import { ovnEipInformer } from '../../providers/kube-ovn/external-informers.ts'
import type { OvnFip } from '../../providers/kube-ovn/external-resources.ts'
import { leadsTo } from '../../providers/kube-ovn/public-address.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { Cache } from '../../runtime/store.ts'
import { natGatewayInformer } from '../nat-gateway/store.ts'
import type { AddressBook, PublicAddressChoice } from '../public-ip-pool/address-book.ts'
import { associationsOf, othersAt } from '../public-ip-pool/association.ts'
import { chooseIn, type Holding, holdingOf, poolOf } from '../public-ip-pool/holding.ts'
import { publicIPPoolInformer } from '../public-ip-pool/store.ts'
import { siblingKey } from '../stored.ts'
import { type Reachability, wayOf } from '../subnet/internet.ts'
import { titleOf } from '../waiting-for.ts'
import { elasticIPInformer } from './store.ts'
import { type Aim, aimOf } from './target.ts'

export type ElasticIPFacts = {
  id: string
  pool: PublicIPPool | undefined
  holding: Holding
  /** The pool of the address that it holds: where the address goes back to. */
  home: PublicIPPool | undefined
  aim: Aim
  /** Its own associations: one at most but for a moment of a move. */
  fips: readonly OvnFip[]
  /** The one that leads where it shall. */
  fip: OvnFip | undefined
  /** What others lead to the same place. */
  others: readonly OvnFip[]
  /** Title of another ElasticIP that has the same place, or a better right to it. */
  rival: string | undefined
  /** Whether a public address can be reached where it leads. */
  way: () => Reachability
  /** NATGateways that name it. */
  natGateways: readonly { title: string; id: string }[]
  choose: (now: number) => PublicAddressChoice
  isKnown: (name: string) => boolean
}

export const observeElasticIP = (book: AddressBook) => (object: ElasticIP, cache: Cache): ElasticIPFacts => {
  const { metadata, spec, status } = object
  const pool = cache.of(publicIPPoolInformer).get(spec.poolName)
  const holding = holdingOf(object, status?.publicIP, cache)
  const aim = aimOf(object, cache)
  const fips = associationsOf(object, cache)
  const fip = aim.kind === 'there' ? fips.find(each => each.metadata.name === holding.eip?.metadata.name && leadsTo(each, aim.target)) : undefined
  const others = aim.kind === 'there' ? othersAt(aim.target, object, cache) : []
  return {
    id: idOf(idPrefixes.elasticIP, metadata.uid),
    pool,
    holding,
    home: holding.eip === undefined ? undefined : poolOf(holding.eip, cache),
    aim,
    fips,
    fip,
    others,
    rival: rivalOf(object, fip, others, cache),
    way: () => wayOf(aim.kind === 'there' ? aim.subnet : undefined, holding.eip?.spec.externalSubnet, cache),
    natGateways: cache.of(natGatewayInformer).by('elasticIP', siblingKey(object, metadata.name)).map(gateway => ({
      title: titleOf('NATGateway', gateway.metadata.name), id: idOf(idPrefixes.natGateway, gateway.metadata.uid),
    })).toSorted((a, b) => a.title < b.title ? -1 : 1),
    choose: now => pool === undefined ? { kind: 'exhausted' }
      // An address once told is the owner's: if what held it was lost, it is this one or none.
      : chooseIn(book, pool, cache, { holder: metadata.uid, hint: metadata.uid, wanted: status?.publicIP ?? spec.address, now }),
    isKnown: name => cache.of(ovnEipInformer).get(name) !== undefined,
  }
}

/** A place is led to by one address: that which leads there already, else that which came first. */
const rivalOf = (object: ElasticIP, fip: OvnFip | undefined, others: readonly OvnFip[], cache: Cache): string | undefined => {
  const { instanceRef, networkInterfaceRef } = object.spec
  const claimants = [
    ...instanceRef === undefined ? [] : cache.of(elasticIPInformer).by('instance', siblingKey(object, instanceRef.name)),
    ...networkInterfaceRef === undefined ? [] : cache.of(elasticIPInformer).by('networkInterface', siblingKey(object, networkInterfaceRef.name)),
  ].filter(each => each.metadata.uid !== object.metadata.uid && each.metadata.deletionTimestamp === undefined)
  const leads = (each: ElasticIP) => others.some(other => ownerUIDOf(other) === each.metadata.uid)
  const beats = (each: ElasticIP) => leads(each) === (fip !== undefined) ? cameFirst(each.metadata, object.metadata) : leads(each)
  const rival = claimants.find(beats)
  return rival === undefined ? undefined : titleOf('ElasticIP', rival.metadata.name)
}

