import type { V1beta1VirtualMachineInstancetypeSpec } from '@kubevirt-ui-ext/kubevirt-api/kubevirt'
import { type KubeObject, type ResourceType, apiVersionOf } from '../../../crds/kubernetes.ts'
import { formatBytes } from '../../../crds/quantity.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { madeMetadata, managedByKumulus } from '../made.ts'
import { instancetypeName } from './instancetype.ts'

export const clusterInstancetypeResource: ResourceType = {
  group: 'instancetype.kubevirt.io',
  version: 'v1beta1',
  kind: 'VirtualMachineClusterInstancetype',
  plural: 'virtualmachineclusterinstancetypes',
  namespaced: false,
}

export const clusterInstancetypeInformer: InformerSpec<KubeObject> = {
  resource: clusterInstancetypeResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata }: KubeObject): KubeObject => ({ apiVersion, kind, metadata: madeMetadata(metadata) }),
}

export type MachineSize = {
  /** Name of the InstanceType. */
  name: string
  vcpus: number
  memoryBytes: bigint
  dedicatedCPU: boolean
  gpus: readonly { deviceName: string; count: number }[]
}

/**
 * Sizes of machines. KubeVirt keeps a copy of its own (a ControllerRevision) for every machine that was made by it, so that no change of an
 * instancetype reaches a machine that is there. Source: kubevirt v1.9.0, pkg/instancetype/revision.
 */
export const buildClusterInstancetype = ({ name, vcpus, memoryBytes, dedicatedCPU, gpus }: MachineSize) => {
  const devices = gpus.flatMap(({ deviceName, count }) => Array.from({ length: count }, () => deviceName))
  return {
    apiVersion: apiVersionOf(clusterInstancetypeResource),
    kind: clusterInstancetypeResource.kind,
    metadata: { name: instancetypeName(name) },
    spec: {
      cpu: { guest: vcpus, ...(dedicatedCPU ? { dedicatedCPUPlacement: true } : {}) },
      memory: { guest: formatBytes(memoryBytes) },
      ...(devices.length === 0 ? {} : { gpus: devices.map((deviceName, index) => ({ name: `gpu${index}`, deviceName })) }),
    } satisfies V1beta1VirtualMachineInstancetypeSpec,
  }
}
