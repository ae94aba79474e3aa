import { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { bytes, choice, flag, integer, meta, objectName, rule, statusFields, struct, tags } from '../fields.ts'

const ordered = (path: string) =>
  rule('!has(self.min) || !has(self.max) || self.min <= self.max', `${path}.min must not be more than ${path}.max`)

const scaled = (path: string, per: string) =>
  rule(`!has(self.scalesWithSize) || !self.scalesWithSize || has(self.${per})`, `${path}.scalesWithSize needs ${path}.${per}: say how much comes with the size`)

/** `spec` of a VolumeType. */
export const volumeTypeSpec = struct('What volumes of this type are made of and may ask for.', {
  storageClassName: objectName('StorageClass that volumes are made of.'),
  encryptedStorageClassName: objectName('StorageClass of encrypted volumes. Left out: volumes of this type can\'t be encrypted.').exactOptional(),
  media: choice(['SSD', 'HDD', 'NVMe'], 'What the storage is made of.').default('SSD'),
  iops: struct({ description: 'I/O operations a second that a volume may ask for. Left out: none can be asked for.', rules: [ordered('iops'), scaled('iops', 'perGiB')] }, {
    perGiB: integer({ description: 'Most that a volume may ask for, for each GiB of its size.', min: 1, max: 100000 }).exactOptional(),
    min: integer({ description: 'Least; what a volume gets that asks for nothing.', min: 1, max: 1000000 }).exactOptional(),
    max: integer({ description: 'Most.', min: 1, max: 1000000 }).exactOptional(),
    scalesWithSize: flag('Whether a volume gets perGiB for each GiB of its size, from min to max, and can ask for nothing else, as with gp2. Left out: false.').exactOptional(),
  }).exactOptional(),
  throughput: struct({ description: 'Throughput that a volume may ask for. Left out: none can be asked for.', rules: [ordered('throughput'), scaled('throughput', 'perTiB')] }, {
    min: integer({ description: 'Least, in MiB a second; what a volume gets that asks for nothing.', min: 1, max: 100000 }).exactOptional(),
    max: integer({ description: 'Most, in MiB a second.', min: 1, max: 100000 }).exactOptional(),
    iopsPerMiB: integer({ description: 'I/O operations a second that a volume must have for each MiB a second, for example 4.', min: 1, max: 1000 }).exactOptional(),
    perTiB: integer({ description: 'MiB a second for each TiB of its size; see scalesWithSize.', min: 1, max: 100000 }).exactOptional(),
    scalesWithSize: flag('Whether a volume gets perTiB for each TiB of its size, from min to max, and can ask for nothing else, as with st1. Left out: false.').exactOptional(),
  }).exactOptional(),
  sizeLimits: struct({
    description: 'Sizes that a volume may have. Left out: any.',
    rules: [rule('!has(self.min) || !has(self.max) || !isQuantity(self.min) || !isQuantity(self.max) || quantity(self.min).compareTo(quantity(self.max)) <= 0',
      'sizeLimits.min must not be more than sizeLimits.max')],
  }, {
    min: bytes('sizeLimits.min', { description: 'Smallest size.', min: '1Mi', max: '64Ti' }).exactOptional(),
    max: bytes('sizeLimits.max', { description: 'Largest size.', min: '1Mi', max: '64Ti' }).exactOptional(),
  }).exactOptional(),
  volumeAttributeParameters: z.record(z.string(), z.string().max(256).meta({ description: 'Value, in which {iops}, {throughput} and {throughputBytes} stand for figures.' }))
    .meta(meta({
      description: 'How the storage is told what a volume is to do: the parameters of a VolumeAttributesClass of its CSI driver, for example iops: "{iops}". In the values ' +
        '{iops} stands for I/O operations a second, {throughput} for MiB a second and {throughputBytes} for bytes a second. A parameter whose figure a volume doesn\'t have is left ' +
        'out. Left out: no volume of the type gets more than what the StorageClass gives to all.',
      rules: [rule('self.all(key, size(key) >= 1 && size(key) <= 128)', 'volumeAttributeParameters: every name must have 1 to 128 characters: shorten it')],
    }, { maxProperties: 16, 'x-kubernetes-map-type': 'granular' })).exactOptional(),
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
