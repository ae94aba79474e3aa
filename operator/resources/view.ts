import { type KubeObject, keyOf } from '../../crds/kubernetes.ts'
import type { View, Violation } from '../../webhooks/verdicts/view.ts'
import type { Cache, InformerSpec } from '../runtime/store.ts'
import type { OperatorSettings } from '../settings.ts'
import { imageInformer } from './image/store.ts'
import { instanceTypeInformer } from './instance-type/store.ts'
import { instanceInformer } from './instance/store.ts'
import { securityGroupInformer } from './security-group/store.ts'
import { subnetInformer } from './subnet/store.ts'
import { volumeTypeInformer } from './volume-type/store.ts'
import { volumeInformer } from './volume/store.ts'
import { vpcInformer } from './vpc/store.ts'

type Settings = Partial<Pick<OperatorSettings, 'imageSources' | 'platformRanges' | 'defaultVolumeType'>>

/**
 * What the verdicts see, out of our stores: the same for a controller and for the admission server. Only kinds that have a store are looked up, so
 * a controller need only watch what the verdict on its own kind asks for.
 */
export const viewOf = (cache: Cache, { imageSources = [], platformRanges = [], defaultVolumeType }: Settings = {}): View => ({
  getVPC: (namespace, name) => cache.of(vpcInformer).get(keyOf({ namespace, name })),
  getSubnet: (namespace, name) => cache.of(subnetInformer).get(keyOf({ namespace, name })),
  getInstance: (namespace, name) => cache.of(instanceInformer).get(keyOf({ namespace, name })),
  getInstanceType: name => cache.of(instanceTypeInformer).get(name),
  getImage: (namespace, name) => cache.of(imageInformer).get(keyOf({ namespace, name })),
  getSecurityGroup: (namespace, name) => cache.of(securityGroupInformer).get(keyOf({ namespace, name })),
  getVolume: (namespace, name) => cache.of(volumeInformer).get(keyOf({ namespace, name })),
  getVolumeType: name => cache.of(volumeTypeInformer).get(name),
  // Snapshots have no controller yet: what is made from one waits for it.
  getSnapshot: () => undefined,
  subnetsOfVPC: (namespace, name) => cache.of(subnetInformer).by('vpc', keyOf({ namespace, name })),
  instancesAt: (namespace, name, address) => cache.of(instanceInformer).by('address', `${keyOf({ namespace, name })}/${address}`),
  allowedImageSources: imageSources,
  platformRanges,
  ...defaultVolumeType === undefined ? {} : { defaultVolumeType },
})

/** All that `viewOf` looks into. */
export const viewInformers: readonly InformerSpec<KubeObject>[] = [
  vpcInformer, subnetInformer, instanceInformer, instanceTypeInformer, imageInformer, securityGroupInformer, volumeInformer, volumeTypeInformer,
] as unknown as readonly InformerSpec<KubeObject>[]

/** A violation in one line: the field, what is wrong and the way out. */
export const violationText = ({ field, message }: Violation): string => `${field}: ${message}`
