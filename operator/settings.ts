import type { ResolverProgram } from './providers/resolver/deployment.ts'

/** By what security groups are enforced: a NetworkPolicy or a Kube-OVN SecurityGroup each. */
export type SecurityGroupDriver = 'networkPolicy' | 'kubeOVN'

/** What a platform team sets once for the whole operator; read from flags in `main.ts`, never from objects of tenants. */
export type OperatorSettings = {
  /** Namespace that the operator itself runs in: its Lease, certificates and nothing of tenants. */
  operatorNamespace: string
  /**
   * URL prefixes that an Image may be imported from besides the public internet, for example `http://127.0.0.1:8080/`. Loopback,
   * link-local and private addresses are refused unless one of these admits them.
   */
  imageSources: readonly string[]
  /** Blocks of public addresses that are the platform's own (its nodes', its services'): images are never imported from there. */
  platformRanges?: readonly string[]
  /** StorageClass of imported images; left out, that of the default VolumeType. */
  storageClassForImages?: string
  /** Milliseconds for which the bytes of a Volume are kept after it was deleted by name; left out, they go at once. */
  keepDeletedVolumes?: number
  /** Milliseconds that must lie between the beginnings of two modifications of a Volume; left out, none. */
  volumeModificationInterval?: number
  /** VolumeType of a block device that names none. */
  defaultVolumeType: string
  /** Of VPCs that are made from now on; `networkPolicy` if left out. */
  securityGroupDriver?: SecurityGroupDriver
  /** What the DNS servers of VPCs are made of; left out, no VPC has any. */
  resolver?: ResolverProgram
}
