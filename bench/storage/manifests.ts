import { apiVersionOf } from '../../crds/kubernetes.ts'
import { storageClassResource } from '../../operator/providers/csi/resources.ts'
import type { Client } from '../../operator/runtime/client.ts'
import { type Anything, kind, type Manifest, namespace } from '../manifests.ts'
import { until } from '../waiting.ts'

/** An object of the bench's tenant, or of nobody where its kind is not of a namespace. */
export const manifest = (name: string, objectName: string, spec: object): Manifest => {
  const resource = kind(name)
  return { apiVersion: apiVersionOf(resource), kind: name, metadata: { name: objectName, ...resource.namespaced ? { namespace } : {} }, spec }
}

export const volume = (name: string, volumeType = 'gp3'): Manifest => manifest('Volume', name, { availabilityZone: 'zone-a', volumeType, size: '1Gi' })

/** A VolumeType whose volumes are made at once, and not when an instance first has them. */
export const offerImmediate = async (client: Client, name: string): Promise<void> => {
  const standard = await client.get<Anything & { provisioner: string }>(storageClassResource, { name: 'standard' })
  await client.create(storageClassResource, {
    apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, provisioner: standard.provisioner,
    reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate', allowVolumeExpansion: true,
  })
  await client.create(kind('VolumeType'), manifest('VolumeType', name, { storageClassName: name }))
  await until('the type', 60_000, async () => isReady(await client.get<Anything>(kind('VolumeType'), { name })))
}

const isReady = ({ status }: Anything): boolean => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true
