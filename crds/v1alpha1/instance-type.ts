import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { bytes, choice, flag, integer, list, rule, statusFields, struct, tags, text } from '../fields.ts'
import { immutable, immutableIfAny } from '../immutable.ts'

const anew = 'create another InstanceType and set state: Deprecated on this one'

const network = struct({
  description: 'Network bandwidth of an instance, each direction.',
  rules: [rule('!has(self.burstMbps) || self.burstMbps >= self.baselineMbps', 'network.burstMbps must be at least network.baselineMbps')],
}, {
  baselineMbps: integer({ description: 'Bandwidth that is always there, in megabits a second.', min: 1, max: 10000000 }),
  burstMbps: integer({ description: 'Bandwidth for short bursts, in megabits a second. Left out: the baseline.', min: 1, max: 10000000 }).exactOptional(),
})

/** `spec` of an InstanceType. */
export const instanceTypeSpec = struct({
  description: 'What an instance of this type has.',
  rules: [
    ...['vcpus', 'memory', 'architecture', 'dedicatedCPU'].map(field => immutable(field, anew)),
    ...['gpus', 'instanceStore'].map(field => immutableIfAny(field, anew)),
  ],
}, {
  vcpus: integer({ description: 'Number of virtual CPUs.', min: 1, max: 1024 }),
  memory: bytes('memory', { description: 'Memory of the guest.', min: '32Mi', max: '64Ti' }),
  family: choice(['GeneralPurpose', 'ComputeOptimized', 'MemoryOptimized', 'StorageOptimized', 'AcceleratedComputing'],
    'What the type is made for.').default('GeneralPurpose'),
  architecture: choice(['x86_64', 'arm64'], 'Processor architecture; images must have the same.').default('x86_64'),
  network: network.exactOptional(),
  ebsBandwidthMbps: integer({ description: 'Bandwidth to volumes, in megabits a second.', min: 1, max: 10000000 }).exactOptional(),
  instanceStore: list(struct('A disk of the host, lost when the instance stops.', {
    size: bytes('size', { description: 'Size of the disk.', min: '1Mi', max: '64Ti' }),
    media: choice(['SSD', 'HDD', 'NVMe'], 'What the disk is made of.'),
  }), { description: 'Disks of the host that instances of this type get.', max: 24 }).exactOptional(),
  gpus: list(struct('Accelerators of one make.', {
    deviceName: text({ description: 'Resource name of the device, for example nvidia.com/GA102GL_A10.', min: 1, max: 253,
      shape: {
        pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$',
        message: 'must be a device resource, for example nvidia.com/GA102GL_A10',
      } }),
    count: integer({ description: 'How many.', min: 1, max: 64 }),
  }), { description: 'Accelerators of an instance.', max: 16, keys: ['deviceName'] }).exactOptional(),
  dedicatedCPU: flag('Whether each virtual CPU has a processor of the host to itself.').default(false),
  state: choice(['Active', 'Deprecated'], 'Deprecated: running instances stay, new ones are refused.').default('Active'),
  tags: tags(),
})

/** `status` of an InstanceType. */
export const instanceTypeStatus = struct('Whether the type can be used. Written by the operator alone.', statusFields())

export type InstanceTypeSpec = z.output<typeof instanceTypeSpec>
export type InstanceTypeStatus = z.output<typeof instanceTypeStatus>
/** A size of virtual machine that the cloud offers. Cluster-scoped. */
export type InstanceType = Resource<InstanceTypeSpec, InstanceTypeStatus>

export const instanceType: Definition = define({
  kind: 'InstanceType',
  plural: 'instancetypes',
  namespaced: false,
  shortNames: ['itype'],
  description: 'A size of virtual machine that the cloud offers to all accounts.',
  spec: instanceTypeSpec,
  status: instanceTypeStatus,
  rules: [rule('size(self.metadata.name) <= 63', 'metadata.name of an InstanceType must have at most 63 characters, for example t3.medium')],
  columns: [
    { name: 'State', type: 'string', description: 'Active or Deprecated.', jsonPath: '.spec.state' },
    { name: 'vCPUs', type: 'integer', description: 'Number of virtual CPUs.', jsonPath: '.spec.vcpus' },
    { name: 'Memory', type: 'string', description: 'Memory.', jsonPath: '.spec.memory' },
    { name: 'Arch', type: 'string', description: 'Processor architecture.', jsonPath: '.spec.architecture' },
    { name: 'Family', type: 'string', description: 'What it is made for.', jsonPath: '.spec.family', priority: 1 },
  ],
  reasons: { Deprecated: 'Ready: running instances stay, new ones are refused.' },
})
