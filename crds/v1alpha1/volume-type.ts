import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { bytes, choice, flag, integer, objectName, rule, statusFields, struct, tags } from '../fields.ts'

const ordered = (path: string) =>
  rule('!has(self.min) || !has(self.max) || self.min <= self.max', `${path}.min must not be more than ${path}.max`)

/** `spec` of a VolumeType. */
export const volumeTypeSpec = struct('What volumes of this type are made of and may ask for.', {
  storageClassName: objectName('StorageClass that volumes are made of.'),
  encryptedStorageClassName: objectName('StorageClass of encrypted volumes. Left out: volumes of this type can\'t be encrypted.').exactOptional(),
  media: choice(['SSD', 'HDD', 'NVMe'], 'What the storage is made of.').default('SSD'),
  iops: struct({ description: 'I/O operations a second that a volume may ask for. Left out: none can be asked for.', rules: [ordered('iops')] }, {
    perGiB: integer({ description: 'Most that a volume may ask for, for each GiB of its size.', min: 1, max: 100000 }).exactOptional(),
    min: integer({ description: 'Least; what a volume gets that asks for nothing.', min: 1, max: 1000000 }).exactOptional(),
    max: integer({ description: 'Most.', min: 1, max: 1000000 }).exactOptional(),
  }).exactOptional(),
  throughput: struct({ description: 'Throughput that a volume may ask for. Left out: none can be asked for.', rules: [ordered('throughput')] }, {
    min: integer({ description: 'Least, in MiB a second; what a volume gets that asks for nothing.', min: 1, max: 100000 }).exactOptional(),
    max: integer({ description: 'Most, in MiB a second.', min: 1, max: 100000 }).exactOptional(),
  }).exactOptional(),
  sizeLimits: struct({
    description: 'Sizes that a volume may have. Left out: any.',
    rules: [rule('!has(self.min) || !has(self.max) || !isQuantity(self.min) || !isQuantity(self.max) || quantity(self.min).compareTo(quantity(self.max)) <= 0',
      'sizeLimits.min must not be more than sizeLimits.max')],
  }, {
    min: bytes('sizeLimits.min', { description: 'Smallest size.', min: '1Mi', max: '64Ti' }).exactOptional(),
    max: bytes('sizeLimits.max', { description: 'Largest size.', min: '1Mi', max: '64Ti' }).exactOptional(),
  }).exactOptional(),
  multiAttach: flag('Whether volumes of this type may be on several instances at once.').default(false),
  tags: tags(),
})

/** `status` of a VolumeType. */
export const volumeTypeStatus = struct('Whether the type can be used. Written by the operator alone.', statusFields())

export type VolumeTypeSpec = z.output<typeof volumeTypeSpec>
export type VolumeTypeStatus = z.output<typeof volumeTypeStatus>
/** A kind of storage that the cloud offers. Cluster-scoped. */
export type VolumeType = Resource<VolumeTypeSpec, VolumeTypeStatus>

export const volumeType: Definition = define({
  kind: 'VolumeType',
  plural: 'volumetypes',
  namespaced: false,
  shortNames: ['vtype'],
  description: 'A kind of storage that the cloud offers to all accounts, for example gp3.',
  spec: volumeTypeSpec,
  status: volumeTypeStatus,
  rules: [rule('size(self.metadata.name) <= 63', 'metadata.name of a VolumeType must have at most 63 characters, for example gp3')],
  columns: [
    { name: 'Storage-Class', type: 'string', description: 'StorageClass.', jsonPath: '.spec.storageClassName' },
    { name: 'Media', type: 'string', description: 'What it is made of.', jsonPath: '.spec.media' },
    { name: 'Max-IOPS', type: 'integer', description: 'Most I/O operations a second.', jsonPath: '.spec.iops.max' },
    { name: 'Multi-Attach', type: 'boolean', description: 'Whether several instances may have one.', jsonPath: '.spec.multiAttach', priority: 1 },
  ],
  reasons: { StorageClassNotFound: 'Waiting: the StorageClass does not exist; the message names it.' },
})
