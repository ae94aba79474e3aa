import type { KubeObject } from '../crds/kubernetes.ts'
import { imageInformer } from '../operator/resources/image/store.ts'
import { instanceTypeInformer } from '../operator/resources/instance-type/store.ts'
import { instanceInformer } from '../operator/resources/instance/store.ts'
import { securityGroupInformer } from '../operator/resources/security-group/store.ts'
import { subnetInformer } from '../operator/resources/subnet/store.ts'
import { volumeTypeInformer } from '../operator/resources/volume-type/store.ts'
import { volumeInformer } from '../operator/resources/volume/store.ts'
import { vpcInformer } from '../operator/resources/vpc/store.ts'
import type { InformerSpec } from '../operator/runtime/store.ts'

/** What the verdicts look up; see `viewOf`. */
export const viewInformers: readonly InformerSpec<KubeObject>[] = [
  vpcInformer, subnetInformer, instanceInformer, instanceTypeInformer, imageInformer, securityGroupInformer, volumeInformer, volumeTypeInformer,
] as unknown as readonly InformerSpec<KubeObject>[]
