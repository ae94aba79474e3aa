import type { KubeObject } from '../../../crds/kubernetes.ts'

export type KubeOvnCondition = {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  observedGeneration?: number
  lastUpdateTime: string
  lastTransitionTime: string
}

export type Vpc = KubeObject & {
  spec?: {
    namespaces?: string[]
    defaultSubnet?: string
    staticRoutes?: object[]
    policyRoutes?: object[]
    vpcPeerings?: { remoteVpc: string; localConnectIP: string }[]
    enableExternal?: boolean
    extraExternalSubnets?: string[]
    enableBfd?: boolean
  }
  status?: Record<string, unknown> & { subnets?: string[]; standby?: boolean; extraExternalSubnets?: string[] }
}

export type Subnet = KubeObject & {
  spec: {
    vpc?: string
    cidrBlock?: string
    gateway?: string
    excludeIps?: string[]
    provider?: string
    protocol?: string
    gatewayType?: string
    private?: boolean
    natOutgoing?: boolean
    default?: boolean
    enableLb?: boolean
    enableDHCP?: boolean
    namespaces?: string[]
  }
  status?: Record<string, unknown> & { conditions?: KubeOvnCondition[]; v4availableIPs?: number; v4usingIPs?: number }
}

export type Ip = KubeObject & {
  spec: {
    podName: string
    namespace: string
    subnet: string
    attachSubnets: string[]
    nodeName: string
    ipAddress: string
    v4IpAddress: string
    v6IpAddress: string
    attachIps: string[]
    macAddress: string
    attachMacs: string[]
    containerID: string
    podType: string
  }
}

export type SecurityGroup = KubeObject & {
  spec?: { ingressRules?: SecurityGroupRule[]; egressRules?: SecurityGroupRule[]; allowSameGroupTraffic?: boolean }
  status?: {
    portGroup: string
    allowSameGroupTraffic: boolean
    ingressMd5: string
    egressMd5: string
    ingressLastSyncSuccess: boolean
    egressLastSyncSuccess: boolean
  }
}

export type SecurityGroupRule = { remoteType?: string; remoteSecurityGroup?: string }

export type NetworkAttachment = KubeObject & { spec?: { config?: string } }

export type OvnEip = KubeObject & {
  spec?: { externalSubnet?: string; v4Ip?: string; macAddress?: string; type?: string }
  status?: Record<string, unknown> & { v4Ip?: string; ready?: boolean }
}
export type OvnFip = KubeObject & {
  spec?: { ovnEip?: string; ipType?: string; ipName?: string; vpc?: string; v4Ip?: string; type?: string }
  status?: Record<string, unknown> & { ready?: boolean }
}
export type OvnSnatRule = KubeObject & {
  spec?: { ovnEip?: string; vpcSubnet?: string; ipName?: string; vpc?: string; v4IpCidr?: string }
  status?: Record<string, unknown> & { ready?: boolean }
}
