import { isDeepStrictEqual } from 'node:util'
import type { ObjectMeta } from '../../crds/kubernetes.ts'
import { imageVerdict } from './image.ts'
import { instanceActionVerdict } from './instance-action.ts'
import { instanceDeletionVerdict, instanceVerdict } from './instance.ts'
import { keyPairVerdict } from './key-pair.ts'
import { securityGroupDeletionVerdict, securityGroupVerdict } from './security-group.ts'
import { subnetVerdict } from './subnet.ts'
import type { DeletionVerdict, Verdict, View, Violation } from './view.ts'
import { volumeAttachmentVerdict } from './volume-attachment.ts'
import { volumeVerdict } from './volume.ts'
import { vpcVerdict } from './vpc.ts'

export type { View, Violation } from './view.ts'

const verdicts: Readonly<Record<string, Verdict<never>>> = {
  Instance: instanceVerdict,
  InstanceAction: instanceActionVerdict,
  Image: imageVerdict,
  KeyPair: keyPairVerdict,
  Volume: volumeVerdict,
  VolumeAttachment: volumeAttachmentVerdict,
  VPC: vpcVerdict,
  Subnet: subnetVerdict,
  SecurityGroup: securityGroupVerdict,
}

const deletionVerdicts: Readonly<Record<string, DeletionVerdict<never>>> = {
  Instance: instanceDeletionVerdict,
  SecurityGroup: securityGroupDeletionVerdict,
}

type Judged = { kind: string; metadata: ObjectMeta; spec: object }

/**
 * The verdict on an object of any kind of ours, for admission. A change that leaves the spec alone (finalizers, labels) and objects on their
 * way out always pass: what was wrong before must not keep anyone from cleaning up.
 */
export const violationsOf = (object: Judged, old: Judged | undefined, view: View): Violation[] => {
  if (object.metadata.deletionTimestamp !== undefined) return []
  if (old !== undefined && isDeepStrictEqual(object.spec, old.spec)) return []
  return verdicts[object.kind]?.((old === undefined ? asNewest(object) : object) as never, old as never, view) ?? []
}

/** The API server has given an object that is being created its times already: it comes last all the same, also after those of the same second. */
const asNewest = ({ metadata: { creationTimestamp: _, ...metadata }, ...rest }: Judged): Judged => ({ ...rest, metadata })

/** Why an object of any kind of ours may not be deleted now. */
export const deletionViolationsOf = (object: Judged, view: View): Violation[] => deletionVerdicts[object.kind]?.(object as never, view) ?? []
