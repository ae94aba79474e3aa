import type { z } from 'zod'
import { ipv4Address } from '../cidr-field.ts'
import { define, type Definition, type Resource } from '../definition.ts'
import {
  bytes, choice, deviceName, flag, integer, list, objectName, refAcross, refTo, rule, struct, tags, text, zoneName,
} from '../fields.ts'
import { immutable, immutableIfAny } from '../immutable.ts'
import { instanceColumns, instanceReasons } from './instance-columns.ts'
import { instanceStatus } from './instance-status.ts'
import { snapshotSource } from './snapshot.ts'

const anew = 'create a new Instance'

const onBlockDevice = 'change the Volume that was made from it, or create a Volume and a VolumeAttachment'

const blockDevice = struct({
  description: 'A disk that is made with the instance, as a Volume object of its own.',
  rules: [
    ...['size', 'volumeType', 'iops', 'throughput', 'snapshotRef'].map(field => immutableIfAny(field, onBlockDevice)),
    rule('(has(self.encrypted) && self.encrypted) == (has(oldSelf.encrypted) && oldSelf.encrypted)', `encrypted is immutable: ${onBlockDevice}`,
      { fieldPath: '.encrypted' }),
    rule('(has(self.noDevice) && self.noDevice) == (has(oldSelf.noDevice) && oldSelf.noDevice)', `noDevice is immutable: ${onBlockDevice}`,
      { fieldPath: '.noDevice' }),
    rule('!has(self.noDevice) || !self.noDevice || !(has(self.size) || has(self.volumeType) || has(self.iops) || has(self.throughput) || has(self.encrypted) || '
      + 'has(self.snapshotRef) || has(self.deleteOnTermination))', 'noDevice leaves the disk out: remove every other field but deviceName, or noDevice'),
  ],
}, {
  deviceName: deviceName('Device name that the guest is told, for example /dev/sda1.'),
  size: bytes('size', {
    description: 'Size of the disk. Left out: the size of the image or of the snapshot. Needed of a disk that is made from neither.', min: '1Mi', max: '64Ti',
  }).exactOptional(),
  volumeType: objectName('Name of the VolumeType. Left out: the one that the platform has chosen for such devices, commonly gp3.', 63).exactOptional(),
  iops: integer({ description: 'I/O operations a second. Left out: what the VolumeType gives.', min: 1, max: 1000000 }).exactOptional(),
  throughput: integer({ description: 'Throughput in MiB a second. Left out: what the VolumeType gives.', min: 1, max: 100000 }).exactOptional(),
  encrypted: flag('Whether the disk is encrypted at rest. Left out: false.').exactOptional(),
  snapshotRef: snapshotSource('Snapshot that the disk is made from, also where the image has a disk of this name. Not for the first device, which is made from the image.').exactOptional(),
  deleteOnTermination: flag('Whether the Volume is deleted with the instance. Left out: as the image has it, else true for the first device, false for the rest.')
    .exactOptional(),
  noDevice: flag('Launch without this disk, which the image has. Left out: false.').exactOptional(),
})

const blockDevices = list(blockDevice, {
  description: 'Disks made at launch; the first is the root. One of the name of a disk of the image (status.blockDevices there) changes that disk; those that are not '
    + 'named are made as the image has them. Left out: the disks of the image.',
  min: 1,
  max: 28,
  keys: ['deviceName'],
  rules: [
    rule('self.size() == 0 || !has(self[0].noDevice) || !self[0].noDevice', 'blockDevices: the first device is the root, which no instance is without: leave its noDevice out'),
    rule('self.size() == 0 || !has(self[0].snapshotRef)', 'blockDevices: the first device is the root and is made from imageRef: leave its snapshotRef out'),
    rule('self.size() == oldSelf.size() && self.all(d, oldSelf.exists(o, o.deviceName == d.deviceName)) && self[0].deviceName == oldSelf[0].deviceName',
      'blockDevices are made at launch and can\'t be added, removed or reordered: create or delete a Volume and a VolumeAttachment'),
  ],
})

const placement = struct({
  description: 'Where the instance runs.',
  rules: [rule('!has(self.partition) || has(self.groupRef)', 'placement.partition needs placement.groupRef: name the placement group')],
}, {
  availabilityZone: zoneName('Zone that the instance must run in; it must be that of the subnet. Immutable. Left out: the zone of the subnet.').exactOptional(),
  groupRef: refTo('PlacementGroup', 'Placement group that the instance is part of.').exactOptional(),
  partition: integer({ description: 'Number of the partition in the placement group, from 1 to 7.', min: 1, max: 7 }).exactOptional(),
  tenancy: choice(['Default', 'Dedicated', 'Host'], 'Default: shared hosts; Dedicated: hosts of this account alone; Host: a DedicatedHost.').default('Default'),
})

const market = struct({
  description: 'How the instance is paid for.',
  rules: [rule("self.type == 'Spot' || (!has(self.maxPrice) && !has(self.interruptionBehavior))",
    'market: maxPrice and interruptionBehavior go with type Spot only: remove them or set type: Spot')],
}, {
  type: choice(['OnDemand', 'Spot'], 'OnDemand runs until you stop it; Spot may be interrupted.').default('OnDemand'),
  maxPrice: text({ description: 'Most that you pay, a decimal number a hour.', min: 1, max: 16, shape: {
    pattern: '^[0-9]{1,9}([.][0-9]{1,5})?$', message: 'market.maxPrice must be a decimal number, for example "0.05"',
  } }).exactOptional(),
  interruptionBehavior: choice(['Terminate', 'Stop', 'Hibernate'], 'What happens to a Spot instance that is interrupted. Left out: Terminate.').exactOptional(),
})

const metadataOptions = struct('The instance metadata service at 169.254.169.254.', {
  endpoint: choice(['Enabled', 'Disabled'], 'Whether the service answers.').default('Enabled'),
  tokens: choice(['Required', 'Optional'], 'Whether requests need a session token (IMDSv2).').default('Required'),
  hopLimit: integer({ description: 'Network hops that an answer with a token may travel, from 1 to 64.', min: 1, max: 64 }).default(1),
  instanceTags: choice(['Enabled', 'Disabled'], 'Whether the tags of the instance are served.').default('Disabled'),
})

const userData = text({
  description: 'Script or cloud-config that the guest runs at its first boot, at most 16 KiB (16,384 bytes). Readable by all who can read the instance.',
  max: 16384,
  rules: [rule('size(bytes(self)) <= 16384', 'userData has more than 16384 bytes (16 KiB): let a short script download the rest')],
})

const fields = {
  instanceType: objectName('Name of the InstanceType. A change takes effect at the next stop and start; status.pendingChanges shows it.', 63),
  imageRef: refAcross('Image', 'Image that the root disk is made from. Immutable.', 'Its launchPermissions, or a role there, must admit this namespace.'),
  state: choice(['Running', 'Stopped', 'Hibernated'], 'What the instance should be.').default('Running'),
  subnetRef: refTo('Subnet', 'Subnet that the instance is in. Immutable.'),
  privateIPAddress: ipv4Address('privateIPAddress', 'inside the subnet, for example 10.0.1.5',
    'IPv4 address inside the subnet. Immutable. Left out: one is assigned at launch and kept for life.').exactOptional(),
  associatePublicIP: flag('Whether the instance gets a public address. Left out: mapPublicIPOnLaunch of the subnet.').exactOptional(),
  securityGroupRefs: list(refTo('SecurityGroup', 'A SecurityGroup of the VPC.'), {
    description: 'SecurityGroups of the instance, 1 to 16; changes take effect at once. Left out: the default group of the VPC.',
    min: 1,
    max: 16,
    keys: ['name'],
  }).exactOptional(),
  sourceDestCheck: flag('Whether packets that are neither from nor to the address of the instance are dropped.').default(true),
  keyPairRef: refTo('KeyPair', 'KeyPair whose public key lets you in by SSH. Immutable.').exactOptional(),
  userData: userData.exactOptional(),
  userDataSecretRef: struct('Secret of the same namespace that holds the user data. Not together with userData.', {
    name: objectName('Name of the Secret, in the same namespace.'),
    key: text({ description: 'Key in the Secret.', min: 1, max: 253, shape: {
      pattern: '^[-._a-zA-Z0-9]+$', message: 'must be a key of the Secret: letters, digits, hyphens, underscores and dots',
    } }),
  }).exactOptional(),
  blockDevices: blockDevices.exactOptional(),
  placement: placement.prefault({}),
  market: market.prefault({}),
  metadataOptions: metadataOptions.prefault({}),
  instanceProfileRef: refTo('ServiceAccount', 'ServiceAccount whose identity programs in the guest can take on.').exactOptional(),
  disableAPITermination: flag('Termination protection: while true, deleting the instance is refused.').default(false),
  disableAPIStop: flag('Stop protection: while true, state: Stopped is refused.').default(false),
  instanceInitiatedShutdownBehavior: choice(['Stop', 'Terminate'], 'What a shutdown from inside the guest does.').default('Stop'),
  maintenance: struct('What the cloud may do on its own.', {
    autoRecovery: choice(['Enabled', 'Disabled'], 'Whether the instance is started elsewhere when its host fails.').default('Enabled'),
  }).prefault({}),
  tags: tags(),
}

/** `spec` of an Instance. */
export const instanceSpec = struct({
  description: 'What the instance should be.',
  rules: [
    immutable('imageRef', anew),
    immutable('subnetRef', anew),
    immutableIfAny('privateIPAddress', anew),
    immutableIfAny('keyPairRef', `${anew}, or add the key to the guest's authorized_keys`),
    immutable('market', anew),
    rule('has(self.blockDevices) == has(oldSelf.blockDevices)',
      'blockDevices are made at launch and can\'t be added or removed: create a Volume and a VolumeAttachment', { fieldPath: '.blockDevices' }),
    rule('has(self.placement.availabilityZone) == has(oldSelf.placement.availabilityZone) && ' +
      '(!has(self.placement.availabilityZone) || self.placement.availabilityZone == oldSelf.placement.availabilityZone)',
    `placement.availabilityZone is immutable, also when it was left out: ${anew}`, { fieldPath: '.placement.availabilityZone' }),
    rule('!(has(self.userData) && has(self.userDataSecretRef))', 'userData and userDataSecretRef exclude each other: keep one'),
  ],
}, fields)

export type InstanceSpec = z.output<typeof instanceSpec>
export type InstanceStatus = z.output<typeof instanceStatus>
/** A virtual machine. `kubectl delete` terminates it. */
export type Instance = Resource<InstanceSpec, InstanceStatus>
export type BlockDevice = z.output<typeof blockDevice>

export { instanceStatus }

/** Annotation that asks for one reboot a value; the last handled value is in `status.lastHandledRebootRequest`. */
export const rebootRequestedAt = 'kumulus.dev/reboot-requested-at'

export const instance: Definition = define({
  kind: 'Instance',
  plural: 'instances',
  shortNames: ['inst'],
  description: 'A virtual machine in a subnet. Deleting it terminates it.',
  spec: instanceSpec,
  status: instanceStatus,
  columns: instanceColumns,
  reasons: instanceReasons,
  rules: [rule("self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
    'metadata.name: an Instance\'s name becomes the host name of the guest: use at most 63 small letters, digits and hyphens, no dots')],
})
