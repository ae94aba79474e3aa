import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { RouteTable } from '../../../crds/v1alpha1/route-table.ts'
import type { NextHop } from '../../providers/kube-ovn/routes.ts'
import type { Cache } from '../../runtime/store.ts'
import { instanceInformer } from '../instance/store.ts'
import { publicNetwork, publicNetworkOf } from '../internet-gateway/attachment.ts'
import { internetGatewayInformer } from '../internet-gateway/store.ts'
import { natGatewayInformer } from '../nat-gateway/store.ts'
import { siblingKey } from '../stored.ts'
import { subnetInformer } from '../subnet/store.ts'
import { peerOf } from '../vpc-peering/peer.ts'
import { vpcPeeringInformer } from '../vpc-peering/store.ts'
import { titleOf } from '../waiting-for.ts'
import type { Obstacle } from './routes.ts'
import type { TargetKind } from './store.ts'

type Found = { target: string; nextHop: NextHop } | { target: string; obstacle: Obstacle }

/** Where a target of a table's route leads now. Looked up by name in the table's own namespace, and only ever of its own VPC. */
export const resolveTarget = (table: RouteTable, kind: TargetKind, name: string, cache: Cache): Found => {
  switch (kind) {
    case 'InternetGateway': return byInternetGateway(table, name, cache)
    case 'NATGateway': return byNATGateway(table, name, cache)
    case 'VPCPeering': return byPeering(table, name, cache)
    case 'Instance': return byInstance(table, name, cache)
  }
}

const byInternetGateway = (table: RouteTable, name: string, cache: Cache): Found => {
  const gateway = cache.of(internetGatewayInformer).get(siblingKey(table, name))
  if (gateway === undefined) return missing('InternetGateway', name)
  const target = idOf(idPrefixes.internetGateway, gateway.metadata.uid)
  if (gateway.spec.vpcRef.name !== table.spec.vpcRef.name) return unfit(target, `${titleOf('InternetGateway', name)} is of another VPC: name the one of this`)
  const subnet = publicNetworkOf(gateway, cache)
  return subnet === undefined || gateway.status?.state !== 'available'
    ? notReady(target, `${titleOf('InternetGateway', name)} is not attached`)
    : { target, nextHop: { kind: 'external', subnet, by: 'ownAddress' } }
}

const byNATGateway = (table: RouteTable, name: string, cache: Cache): Found => {
  const gateway = cache.of(natGatewayInformer).get(siblingKey(table, name))
  if (gateway === undefined) return missing('NATGateway', name)
  const target = idOf(idPrefixes.natGateway, gateway.metadata.uid)
  const home = cache.of(subnetInformer).get(siblingKey(gateway, gateway.spec.subnetRef.name))
  if (home !== undefined && home.spec.vpcRef.name !== table.spec.vpcRef.name) return unfit(target, `${titleOf('NATGateway', name)} is in another VPC: name one of this`)
  const subnet = publicNetwork(cache)
  return subnet === undefined || gateway.spec.connectivityType === 'Private' || gateway.status?.state !== 'available'
    ? notReady(target, `${titleOf('NATGateway', name)} is not available`)
    : { target, nextHop: { kind: 'external', subnet, by: 'sharedAddress' } }
}

const byPeering = (table: RouteTable, name: string, cache: Cache): Found => {
  const peering = cache.of(vpcPeeringInformer).get(siblingKey(table, name))
  if (peering === undefined) return missing('VPCPeering', name)
  const target = idOf(idPrefixes.vpcPeering, peering.metadata.uid)
  if (peering.spec.vpcRef.name !== table.spec.vpcRef.name) return unfit(target, `${titleOf('VPCPeering', name)} is of another VPC: name one of this`)
  const peer = peerOf(peering, cache)
  return peer.kind === 'bound' ? { target, nextHop: { kind: 'peer', vpcID: peer.vpcID } } : notReady(target, `${titleOf('VPCPeering', name)} is not active`)
}

const byInstance = (table: RouteTable, name: string, cache: Cache): Found => {
  const instance = cache.of(instanceInformer).get(siblingKey(table, name))
  if (instance === undefined) return missing('Instance', name)
  const target = idOf(idPrefixes.instance, instance.metadata.uid)
  const subnet = cache.of(subnetInformer).get(siblingKey(instance, instance.spec.subnetRef.name))
  if (subnet !== undefined && subnet.spec.vpcRef.name !== table.spec.vpcRef.name) return unfit(target, `${titleOf('Instance', name)} is in another VPC: name one of this`)
  if (instance.spec.sourceDestCheck) return unfit(target, `${titleOf('Instance', name)} passes nothing on: set its sourceDestCheck to false`)
  const address = instance.status?.privateIPAddress
  return subnet === undefined || address === undefined || instance.status?.state !== 'running' || instance.metadata.deletionTimestamp !== undefined
    ? notReady(target, `${titleOf('Instance', name)} is not running`)
    : { target, nextHop: { kind: 'inside', subnetID: idOf(idPrefixes.subnet, subnet.metadata.uid), address } }
}

const missing = (kind: TargetKind, name: string): Found =>
  ({ target: '', obstacle: { kind: 'missing', message: `${titleOf(kind, name)} does not exist: create it, or correct the route` } })

const notReady = (target: string, message: string): Found => ({ target, obstacle: { kind: 'notReady', message } })

const unfit = (target: string, message: string): Found => ({ target, obstacle: { kind: 'unfit', message } })
