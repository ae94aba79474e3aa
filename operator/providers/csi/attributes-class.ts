import { hash } from 'node:crypto'
import { apiVersionOf, type KubeObject, type ResourceType } from '../../../crds/kubernetes.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { madeMetadata, managedByKumulus, ownerUIDOf } from '../made.ts'

/** GA in Kubernetes 1.34. Deleting one that a claim or a PersistentVolume names waits until none does: kube-controller-manager's vac-protection. */
export const attributesClassResource: ResourceType = {
  group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttributesClass', plural: 'volumeattributesclasses', namespaced: false,
}

/** What a CSI driver is told of a volume's performance. Neither can change once it is made. */
export type Attributes = { driver: string; parameters: Readonly<Record<string, string>> }

/** What we keep of a VolumeAttributesClass of ours. `created`: milliseconds since the epoch. */
export type AttributesClass = KubeObject & Attributes & { created: number }

/** Index of our classes by the UID of the VolumeType that they are of. */
export const byType = 'type'

export const attributesClassInformer: InformerSpec<AttributesClass> = {
  resource: attributesClassResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata, driverName, parameters }: RawAttributesClass): AttributesClass => ({
    apiVersion,
    kind,
    metadata: madeMetadata(metadata),
    driver: driverName,
    parameters: parameters ?? {},
    created: Date.parse(metadata.creationTimestamp ?? ''),
  }),
  indexes: { [byType]: each => [ownerUIDOf(each) ?? ''] },
}

type RawAttributesClass = KubeObject & { driverName: string; parameters?: Record<string, string> }

/** Named by what it says and whose it is: the same setting is the same class, and a type that is made anew under the name of another has its own. */
export const attributesClassName = (type: { name: string; uid: string }, { driver, parameters }: Attributes): string =>
  `kumulus.${type.name}.${hash('sha256', JSON.stringify([type.uid, driver, sorted(parameters)]), 'hex').slice(0, 16)}`

export const buildAttributesClass = (type: { name: string; uid: string }, attributes: Attributes) => ({
  apiVersion: apiVersionOf(attributesClassResource),
  kind: attributesClassResource.kind,
  metadata: { name: attributesClassName(type, attributes) },
  driverName: attributes.driver,
  parameters: { ...attributes.parameters },
})

export const saysTheSame = (one: Attributes, other: Attributes): boolean =>
  one.driver === other.driver && JSON.stringify(sorted(one.parameters)) === JSON.stringify(sorted(other.parameters))

const sorted = (parameters: Readonly<Record<string, string>>) => Object.entries(parameters).sort(([a], [b]) => a < b ? -1 : 1)
