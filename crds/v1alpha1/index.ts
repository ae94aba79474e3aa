import type { Definition } from '../definition.ts'
import { elasticIP } from './elastic-ip.ts'
import { image } from './image.ts'
import { instanceAction } from './instance-action.ts'
import { instanceType } from './instance-type.ts'
import { instance } from './instance.ts'
import { internetGateway } from './internet-gateway.ts'
import { keyPair } from './key-pair.ts'
import { kumulus } from './kumulus.ts'
import { natGateway } from './nat-gateway.ts'
import { networkACL } from './network-acl.ts'
import { networkInterface } from './network-interface.ts'
import { prefixList } from './prefix-list.ts'
import { publicIPPool } from './public-ip-pool.ts'
import { reachabilityAnalysis } from './reachability-analysis.ts'
import { routeTable } from './route-table.ts'
import { securityGroup } from './security-group.ts'
import { snapshotSchedule } from './snapshot-schedule.ts'
import { snapshot } from './snapshot.ts'
import { subnet } from './subnet.ts'
import { volumeAttachment } from './volume-attachment.ts'
import { volumeType } from './volume-type.ts'
import { volume } from './volume.ts'
import { vpcPeering } from './vpc-peering.ts'
import { vpc } from './vpc.ts'

export * from './elastic-ip.ts'
export * from './image.ts'
export * from './instance-action.ts'
export * from './instance-type.ts'
export * from './instance.ts'
export * from './internet-gateway.ts'
export * from './key-pair.ts'
export * from './kumulus.ts'
export * from './nat-gateway.ts'
export * from './network-acl.ts'
export * from './network-interface.ts'
export * from './prefix-list.ts'
export * from './public-ip-pool.ts'
export * from './reachability-analysis.ts'
export * from './route-table.ts'
export * from './security-group.ts'
export * from './snapshot-schedule.ts'
export * from './snapshot.ts'
export * from './subnet.ts'
export * from './volume-attachment.ts'
export * from './volume-type.ts'
export * from './volume.ts'
export * from './vpc-peering.ts'
export * from './vpc.ts'

/** Every kind of ours that people write. */
export const definitions: readonly Definition[] = [
  instance, instanceAction, instanceType, image, keyPair,
  volume, volumeAttachment, volumeType, snapshot, snapshotSchedule,
  vpc, subnet, securityGroup, networkACL, prefixList, routeTable, internetGateway, natGateway, publicIPPool, elasticIP, networkInterface, vpcPeering,
  reachabilityAnalysis,
]

/** Every kind of ours, with that which the operator tells of itself by. */
export const everyDefinition: readonly Definition[] = [...definitions, kumulus]
