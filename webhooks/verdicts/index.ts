import { isDeepStrictEqual } from 'node:util'
import type { ObjectMeta } from '../../crds/kubernetes.ts'
import { elasticIPVerdict } from './elastic-ip.ts'
import { imageVerdict } from './image.ts'
import { instanceActionVerdict } from './instance-action.ts'
import { instanceDeletionVerdict, instanceVerdict } from './instance.ts'
import { internetGatewayVerdict } from './internet-gateway.ts'
import { keyPairVerdict } from './key-pair.ts'
import { natGatewayVerdict } from './nat-gateway.ts'
import { networkACLDeletionVerdict, networkACLVerdict } from './network-acl.ts'
import { networkInterfaceVerdict } from './network-interface.ts'
import { publicIPPoolVerdict } from './public-ip-pool.ts'
import { routeTableDeletionVerdict, routeTableVerdict } from './route-table.ts'
import { securityGroupDeletionVerdict, securityGroupVerdict } from './security-group.ts'
import { snapshotScheduleVerdict } from './snapshot-schedule.ts'
import { subnetVerdict } from './subnet.ts'
import { untoldInstanceVerdict, untoldVolumeVerdict } from './untold.ts'
import type { DeletionVerdict, Verdict, View, Violation } from './view.ts'
import { volumeAttachmentVerdict } from './volume-attachment.ts'
import { volumeVerdict } from './volume.ts'
import { vpcPeeringVerdict } from './vpc-peering.ts'
import { vpcVerdict } from './vpc.ts'

export type { View, Violation } from './view.ts'

const verdicts: Readonly<Record<string, Verdict<never>>> = {
  Instance: instanceVerdict,
  InstanceAction: instanceActionVerdict,
  Image: imageVerdict,
  KeyPair: keyPairVerdict,
  Volume: volumeVerdict,
  VolumeAttachment: volumeAttachmentVerdict,
  SnapshotSchedule: snapshotScheduleVerdict,
  VPC: vpcVerdict,
  Subnet: subnetVerdict,
  SecurityGroup: securityGroupVerdict,
  RouteTable: routeTableVerdict,
  NetworkACL: networkACLVerdict,
  InternetGateway: internetGatewayVerdict,
  NATGateway: natGatewayVerdict,
  ElasticIP: elasticIPVerdict,
  PublicIPPool: publicIPPoolVerdict,
  NetworkInterface: networkInterfaceVerdict,
  VPCPeering: vpcPeeringVerdict,
}

/** What is asked at the door alone, beside the verdict. */
const doorVerdicts: Readonly<Record<string, Verdict<never>>> = { Instance: untoldInstanceVerdict, Volume: untoldVolumeVerdict }

const deletionVerdicts: Readonly<Record<string, DeletionVerdict<never>>> = {
  Instance: instanceDeletionVerdict,
  SecurityGroup: securityGroupDeletionVerdict,
  RouteTable: routeTableDeletionVerdict,
  NetworkACL: networkACLDeletionVerdict,
}

/** Kinds that may refuse to be deleted. */
export const protectedKinds: readonly string[] = Object.keys(deletionVerdicts)

type Judged = { kind: string; metadata: ObjectMeta; spec: object }

/**
 * A change that leaves the spec alone (finalizers, labels) and objects on their way out always pass: what was wrong before must not keep anyone from
 * cleaning up.
 */
export const isJudged = ({ metadata, spec }: Judged, old: Judged | undefined): boolean =>
  metadata.deletionTimestamp === undefined && (old === undefined || !isDeepStrictEqual(spec, old.spec))

/** The verdict on an object of any kind of ours, for admission. */
export const violationsOf = (object: Judged, old: Judged | undefined, view: View): Violation[] => {
  if (!isJudged(object, old)) return []
  const judged = (old === undefined ? asNewest(object) : object) as never
  return [verdicts, doorVerdicts].flatMap(of => of[object.kind]?.(judged, old as never, view) ?? [])
}

/** The API server has given an object that is being created its times already: it comes last all the same, also after those of the same second. */
const asNewest = ({ metadata: { creationTimestamp: _, ...metadata }, ...rest }: Judged): Judged => ({ ...rest, metadata })

/** Why an object of any kind of ours may not be deleted now. */
export const deletionViolationsOf = (object: Judged, view: View): Violation[] => deletionVerdicts[object.kind]?.(object as never, view) ?? []
