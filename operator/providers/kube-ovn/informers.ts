import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { madeMetadata, managedByKumulus } from '../made.ts'
import { privateAddressKey } from './network-attachment.ts'
import {
  type NetworkAttachment, networkAttachmentResource, type SecurityGroup, securityGroupResource, type Subnet, subnetResource, type Vpc, vpcResource,
} from './resources.ts'

/** Index of the networks of single ports by `portAddressOf` their address. */
export const byPortAddress = 'portAddress'

export const kubeOVNVpcInformer: InformerSpec<Vpc> = {
  resource: vpcResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata, status }: Vpc): Vpc => ({
    apiVersion,
    kind,
    metadata: madeMetadata(metadata),
    ...(status?.standby === undefined ? {} : {
      status: {
        standby: status.standby,
        ...status.enableExternal === true ? { enableExternal: true } : {},
        ...(status.vpcPeerings ?? []).length === 0 ? {} : { vpcPeerings: [...status.vpcPeerings ?? []] },
      },
    }),
  }),
}

export const kubeOVNSubnetInformer: InformerSpec<Subnet> = {
  resource: subnetResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata, status }: Subnet): Subnet => ({
    apiVersion,
    kind,
    metadata: madeMetadata(metadata),
    status: {
      conditions: (status?.conditions ?? []).map(({ type, status, reason, message }) => ({
        type,
        status,
        ...(reason === undefined ? {} : { reason }),
        ...(message === undefined ? {} : { message }),
      })),
    },
  }),
}

/** With the driver `kubeOVN` alone: nothing else watches it. */
export const kubeOVNSecurityGroupInformer: InformerSpec<SecurityGroup> = {
  resource: securityGroupResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata, status = {} }: SecurityGroup): SecurityGroup => ({
    apiVersion,
    kind,
    metadata: madeMetadata(metadata),
    status: {
      portGroup: status.portGroup ?? '',
      ingressLastSyncSuccess: status.ingressLastSyncSuccess === true,
      egressLastSyncSuccess: status.egressLastSyncSuccess === true,
    },
  }),
}

export const networkAttachmentInformer: InformerSpec<NetworkAttachment> = {
  resource: networkAttachmentResource,
  labelSelector: managedByKumulus,
  trim: ({ apiVersion, kind, metadata }: KubeObject): NetworkAttachment => {
    const privateIPAddress = metadata.annotations?.[privateAddressKey]
    return { apiVersion, kind, metadata: madeMetadata(metadata), ...privateIPAddress === undefined ? {} : { privateIPAddress } }
  },
  indexes: {
    [byPortAddress]: ({ metadata, privateIPAddress }) => privateIPAddress === undefined ? [] : [portAddressOf(metadata.namespace ?? '', privateIPAddress)],
  },
}

/** One text for a port's address in an account, by which to find its network. */
export const portAddressOf = (namespace: string, privateIPAddress: string): string => `${namespace}/${privateIPAddress}`
