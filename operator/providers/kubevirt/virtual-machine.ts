import type { V1AccessCredential, V1DomainSpec, V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt'
import { apiVersionOf } from '../../../crds/kubernetes.ts'
import { ephemeralBytes, ephemeralDevice, ephemeralVolume } from './ephemeral-disks.ts'
import { hotDevice, type HotDisk, hotVolume } from './hot-disks.ts'
import { interfaceDevice, interfaceNetwork, type MachineInterface } from './interfaces.ts'
import { virtualMachineResource, type RunStrategy } from './resources.ts'

export type MachineDisk = {
  /** Name of the disk inside the machine, a DNS label. */
  name: string
  /** Name of the PersistentVolumeClaim. */
  claim: string
  /** Shown to the guest; virtio cuts it after 20 characters. */
  serial: string
}

export type MachineNetwork = {
  /** `namespace/name` of the NetworkAttachmentDefinition. */
  networkName: string
  macAddress: string
  /** Template annotations that put its port on the network; the only ones that a template gets. */
  annotations: Readonly<Record<string, string>>
}

export type VirtualMachineInput = {
  name: string
  namespace: string
  /** Our own bookkeeping, on the VirtualMachine alone: never on the template, whose annotations reach the pod. */
  annotations: Readonly<Record<string, string>>
  /** Labels of the template: the running machine and its pod inherit them. */
  templateLabels: Readonly<Record<string, string>>
  runStrategy: RunStrategy
  /** Name of the VirtualMachineClusterInstancetype, which alone gives CPU and memory. */
  instancetype: string
  architecture: 'amd64' | 'arm64'
  firmware: { uuid: string; serial: string }
  hostname: string
  /** First is the boot disk. */
  disks: readonly MachineDisk[]
  /** Sizes of the empty disks that every run begins with and loses at its end; bytes as Kubernetes quantities. */
  ephemeralDisks?: readonly string[]
  /** Those that come and go while it runs, as it has them. */
  hotDisks?: readonly HotDisk[]
  network: MachineNetwork
  /** Beside the first, in the order in which the guest shall find them. */
  interfaces?: readonly MachineInterface[]
  availabilityZone: string
  /** What guests are told of DNS; left out, what the launcher pod has of the cluster's. */
  dns?: { nameservers: readonly string[]; searches: readonly string[] } | undefined
  /** Secret whose key `userdata` the guest runs. Always a Secret: KubeVirt refuses more than 2,048 bytes inline. */
  userDataSecret?: string
  /** Secret whose every value is a public key for the guest's default user. */
  publicKeySecret?: string
}

/** How long a guest that was told to stop may take, in seconds, before its plug is pulled. EC2 gives a few minutes too. */
export const gracePeriodSeconds = 180

const seedDisk = 'cloudinit'

/** The VirtualMachine of an Instance. Nothing in it comes from free text of the tenant but what is in a Secret. */
export const buildVirtualMachine = (input: VirtualMachineInput) => ({
  apiVersion: apiVersionOf(virtualMachineResource),
  kind: virtualMachineResource.kind,
  metadata: { name: input.name, namespace: input.namespace, annotations: { ...input.annotations } },
  spec: {
    runStrategy: input.runStrategy,
    instancetype: { kind: 'VirtualMachineClusterInstancetype', name: input.instancetype },
    template: {
      metadata: { labels: { ...input.templateLabels }, annotations: annotationsOf(input) },
      spec: {
        architecture: input.architecture,
        hostname: input.hostname,
        ...input.dns === undefined ? {} : { dnsPolicy: 'None', dnsConfig: { nameservers: [...input.dns.nameservers], searches: [...input.dns.searches] } },
        domain: domainOf(input),
        networks: [{ name: 'eth0', multus: { networkName: input.network.networkName, default: true } }, ...(input.interfaces ?? []).map(interfaceNetwork)],
        volumes: volumesOf(input),
        ...input.publicKeySecret === undefined ? {} : { accessCredentials: [accessCredential(input.publicKeySecret)] },
        affinity: inZone(input.availabilityZone),
        // Not LiveMigrateIfPossible: draining a machine that can't migrate would then shut it down behind its owner's back (kubevirt#9823).
        evictionStrategy: 'LiveMigrate',
        terminationGracePeriodSeconds: gracePeriodSeconds,
      },
    },
  },
})

const annotationsOf = ({ network, interfaces = [] }: VirtualMachineInput): Record<string, string> =>
  Object.assign({}, ...[network, ...interfaces].map(({ annotations }) => annotations))

// The parts are held against upstream's types; the whole can't be: they call Multus' `default` `_default`, which is not its name in JSON.
const domainOf = ({ firmware, disks, ephemeralDisks = [], network, interfaces = [], hotDisks = [] }: VirtualMachineInput) => ({
  // The host must have room for them: CPU and memory alone are the instancetype's to say.
  ...ephemeralDisks.length === 0 ? {} : { resources: { requests: { 'ephemeral-storage': ephemeralBytes(ephemeralDisks) } } },
  firmware: { uuid: firmware.uuid, serial: firmware.serial },
  devices: {
    disks: [
      ...disks.map((disk, index) => ({
        name: disk.name, serial: disk.serial, disk: { bus: 'virtio' }, ...index === 0 ? { bootOrder: 1 } : {},
      })),
      { name: seedDisk, disk: { bus: 'virtio' } },
      ...ephemeralDisks.map(ephemeralDevice),
      ...hotDisks.map(hotDevice),
    ],
    interfaces: [{ name: 'eth0', bridge: {}, macAddress: network.macAddress, model: 'virtio' }, ...interfaces.map(interfaceDevice)],
    rng: {},
    logSerialConsole: true,
  },
} satisfies V1DomainSpec)

const volumesOf = ({ disks, userDataSecret, ephemeralDisks = [], hotDisks = [] }: VirtualMachineInput) => [
  ...disks.map(disk => ({ name: disk.name, persistentVolumeClaim: { claimName: disk.claim } })),
  // The seed is there without user data too: it carries the host name and the public keys, which KubeVirt writes into its metadata.
  { name: seedDisk, cloudInitNoCloud: userDataSecret === undefined ? { userData: '#cloud-config\n' } : { secretRef: { name: userDataSecret } } },
  ...ephemeralDisks.map(ephemeralVolume),
  ...hotDisks.map(hotVolume),
] satisfies V1Volume[]

/** KubeVirt reads every value of the Secret as one public key: it must hold nothing else. Source: kubevirt v1.9.0, pkg/cloud-init. */
const accessCredential = (secretName: string) => ({
  sshPublicKey: { source: { secret: { secretName } }, propagationMethod: { noCloud: {} } },
} satisfies V1AccessCredential)

const inZone = (zone: string) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }] }],
    },
  },
})
