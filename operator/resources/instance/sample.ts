import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { type Instance, instanceSpec, type InstanceStatus } from '../../../crds/v1alpha1/instance.ts'
import { launcherPodInformer, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { ownerLabels } from '../../runtime/ownership.ts'
import type { Cache, InformerSpec } from '../../runtime/store.ts'
import { imageInformer } from '../image/store.ts'
import { instanceTypeInformer } from '../instance-type/store.ts'
import { keyPairInformer } from '../key-pair/store.ts'
import { cacheOf, holding, made } from '../recording-context.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { createAddressLedger } from '../subnet/ledger.ts'
import { subnetInformer } from '../subnet/store.ts'
import { volumeInformer } from '../volume/store.ts'
import { volumeTypeInformer } from '../volume-type/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { buildVolume, volumesOf } from './block-devices.ts'
import type { Ends } from './ends.ts'
import { type InstanceFacts, observeInstance } from './observe.ts'
import { instanceInformer, type StoredInstance } from './store.ts'

/** A small world for the tests of this folder: one of everything that an instance refers to, in namespace team-a. */
export const now = Date.UTC(2026, 0, 1)

const object = (kind: string, name: string, spec: object, status?: object, namespace: string | undefined = 'team-a') => ({
  apiVersion: 'kumulus.dev/v1alpha1',
  kind,
  metadata: {
    name, uid: `uid-${kind}-${name}`, resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z',
    ...namespace === '' ? {} : { namespace },
  },
  spec,
  ...status === undefined ? {} : { status: { observedGeneration: 1, ...status } },
})

export const world = {
  vpc: object('VPC', 'main', { cidrBlocks: ['10.0.0.0/16'] }, { state: 'available', defaultSecurityGroup: 'main-default' }),
  subnet: object('Subnet', 'public-a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' }, { state: 'available' }),
  defaultGroup: object('SecurityGroup', 'main-default', { vpcRef: { name: 'main' } }),
  web: object('SecurityGroup', 'web', { vpcRef: { name: 'main' } }),
  db: object('SecurityGroup', 'db', { vpcRef: { name: 'main' } }),
  keyPair: object('KeyPair', 'ops', {}, { publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIexample ops' }),
  image: object('Image', 'debian', { source: {}, architecture: 'x86_64', launchPermissions: { public: false } },
    { state: 'available', size: '2Gi', dataSource: { name: 'ami-1' } }),
  micro: object('InstanceType', 't3.micro', { vcpus: 2, memory: '1Gi', architecture: 'x86_64', state: 'Active' }, undefined, ''),
  small: object('InstanceType', 't3.small', { vcpus: 2, memory: '2Gi', architecture: 'x86_64', state: 'Active' }, undefined, ''),
  gp3: object('VolumeType', 'gp3', { storageClassName: 'fast' }, undefined, ''),
} satisfies Record<string, KubeObject>

type More = { status?: Partial<InstanceStatus>; annotations?: Record<string, string>; deleted?: boolean }

export const stored = (spec: object = {}, more: More = {}): StoredInstance => {
  const parsed = instanceSpec.parse({
    instanceType: 't3.micro', imageRef: { name: 'debian' }, subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }],
    privateIPAddress: '10.0.1.5', ...spec,
  })
  const instance = object('Instance', 'web', parsed, more.status) as unknown as Instance
  return instanceInformer.trim({
    ...instance,
    metadata: {
      ...instance.metadata, annotations: more.annotations ?? {}, ...more.deleted === true ? { deletionTimestamp: '2026-01-02T00:00:00Z' } : {},
    },
  } as never)
}

/** The Volumes of an instance, all there. */
export const volumesFor = (instance: StoredInstance, state = 'available'): KubeObject[] => volumesOf(instance).map(disk => ({
  ...made(instance, buildVolume(instance, disk, { availabilityZone: 'zone-a', defaultVolumeType: 'gp3' })), status: { observedGeneration: 1, state },
}) as KubeObject)

export type MachineSample = {
  runStrategy?: string
  printableStatus?: string
  /** That KubeVirt has acted on last. */
  acted?: string
  type?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  deleted?: boolean
}

export const machineFor = (instance: StoredInstance, sample: MachineSample = {}) => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: {
    name: instance.metadata.name, namespace: 'team-a', uid: 'uid-vm', resourceVersion: '9', generation: 1, labels: ownerLabels(instance),
    annotations: { 'kumulus.dev/user-data': instance.userData, ...sample.annotations },
    ...sample.deleted === true ? { deletionTimestamp: '2026-01-02T00:00:00Z' } : {},
  },
  spec: {
    runStrategy: sample.runStrategy ?? 'RerunOnFailure',
    instancetype: { name: `kumulus.${sample.type ?? 't3.micro'}` },
    template: { metadata: { labels: { ...ownerLabels(instance), ...sample.labels } }, spec: { volumes: [] } },
  },
  status: { printableStatus: sample.printableStatus ?? 'Running', runStrategy: sample.acted ?? sample.runStrategy ?? 'RerunOnFailure' },
})

type RunSample = { labels?: Record<string, string>; status?: object; deleted?: boolean; version?: string; uid?: string }

export const runFor = (instance: StoredInstance, phase: string, more: RunSample = {}) => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: {
    name: instance.metadata.name, namespace: 'team-a', uid: more.uid ?? 'uid-vmi', resourceVersion: more.version ?? '9',
    labels: { ...ownerLabels(instance), ...more.labels },
    ...more.deleted === true ? { deletionTimestamp: '2026-01-02T00:00:00Z' } : {},
  },
  status: { phase, nodeName: 'node-1', ...more.status },
})

type LauncherSample = {
  labels?: Record<string, string>
  conditions?: object[]
  namespace?: string
  deleted?: object
  node?: string
  version?: string
  phase?: string
}

export const launcherFor = (instance: StoredInstance, more: LauncherSample = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'virt-launcher-web', namespace: more.namespace ?? 'team-a', uid: 'uid-pod', resourceVersion: more.version ?? '9', ...more.deleted,
    labels: { ...ownerLabels(instance), 'kubevirt.io': 'virt-launcher', 'kubevirt.io/created-by': 'uid-vmi', ...more.labels },
  },
  spec: { nodeName: more.node ?? 'node-1' },
  status: { phase: more.phase ?? 'Running', conditions: more.conditions ?? [] },
})

export type Around = {
  without?: readonly (keyof typeof world)[]
  volumes?: readonly object[]
  machine?: object
  run?: object
  launchers?: readonly object[]
  ends?: Ends
  /** In the place of the world's. */
  image?: object
}

export const cacheFor = (instance: StoredInstance, around: Around = {}): Cache => {
  const there = (...names: (keyof typeof world)[]) => names.filter(name => around.without?.includes(name) !== true).map(name => world[name])
  const hold = (spec: unknown, ...objects: object[]) => holding(spec as InformerSpec<KubeObject>, ...objects)
  return cacheOf(
    hold(vpcInformer, ...there('vpc')),
    hold(subnetInformer, ...there('subnet')),
    hold(securityGroupInformer, ...there('defaultGroup', 'web', 'db')),
    hold(keyPairInformer, ...there('keyPair')),
    hold(imageInformer, ...around.image === undefined ? there('image') : [around.image]),
    hold(instanceTypeInformer, ...there('micro', 'small')),
    hold(volumeTypeInformer, ...there('gp3')),
    hold(volumeInformer, ...around.volumes ?? volumesFor(instance)),
    hold(instanceInformer, instance),
    hold(virtualMachineInformer, ...around.machine === undefined ? [] : [around.machine]),
    hold(virtualMachineInstanceInformer, ...around.run === undefined ? [] : [around.run]),
    hold(launcherPodInformer, ...around.launchers ?? []),
  )
}

export const factsFor = (instance: StoredInstance, around: Around = {}): InstanceFacts =>
  observeInstance(createAddressLedger(), {}, around.ends)(instance, cacheFor(instance, around))

export const groupLabel = (name: string): string => `sg.kumulus.dev/${idOf(idPrefixes.securityGroup, `uid-SecurityGroup-${name}`)}`
export const vpcLabels = { 'kumulus.dev/vpc-id': idOf(idPrefixes.vpc, 'uid-VPC-main') }
