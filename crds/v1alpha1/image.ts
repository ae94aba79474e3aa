import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import {
  bytes, choice, dateTime, deviceName, flag, integer, list, namespaceName, objectName, refTo, reportedBytes, reportedID, rule, setOf, statusFields,
  struct, tags, text,
} from '../fields.ts'
import { exactlyOne, immutable } from '../immutable.ts'

const anew = 'create a new Image'

const httpURL = rule("isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != ''",
  'source.http.url must be a whole http or https URL, for example https://cloud.debian.org/debian-12.qcow2')

const source = struct({
  description: 'Where the disk comes from; exactly one.',
  rules: [exactlyOne(['http', 'registry', 's3', 'instanceRef', 'snapshotRef'],
    'source needs exactly one of http, registry, s3, instanceRef and snapshotRef')],
}, {
  http: struct({
    description: 'A disk file (qcow2, raw, VMDK, VDI, VHD or VHDX, also compressed with gzip, xz or zstd) on a web server.',
    rules: [rule('!(has(self.refresh) && has(self.checksum))',
      'source.http: checksum pins one file and refresh takes whatever comes: keep one; https alone vouches for what is refreshed')],
  }, {
    url: text({ description: 'http or https URL of the file. Addresses inside the platform are refused.', min: 1, max: 2048, rules: [httpURL] }),
    checksum: text({
      description: 'Digest of the file: sha256: or sha512: and hexadecimal digits. A file that differs is refused.',
      max: 136,
      shape: { pattern: '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$', message: 'must be sha256: and 64, or sha512: and 128 hexadecimal digits' },
    }).exactOptional(),
    refresh: text({
      description: 'When to look for a newer file at the url, as cron has it: minute, hour, day of the month, month, day of the week, in UTC; once an hour at most, for '
        + 'example "0 4 * * *". The image is a family then: each new file becomes an Image of its own, named by the family and the time, and a launch takes the newest.',
      min: 9,
      max: 128,
    }).exactOptional(),
  }).exactOptional(),
  registry: struct('A container image that holds a disk file under /disk, which anybody may pull.', {
    url: text({ description: 'docker://, the registry, and the name of the container image there. Addresses inside the platform are refused.', min: 10, max: 2048, shape: {
      pattern: '^docker://[^\\s@]+(@sha256:[0-9a-f]{64})?$', message: 'must be docker:// and an image, for example docker://quay.io/containerdisks/debian:12',
    } }),
  }).exactOptional(),
  s3: struct('A disk file, as of a web server, in an S3 bucket.', {
    url: text({ description: 'http or https URL of the object, in path style. Addresses inside the platform are refused.', min: 1, max: 2048, rules: [
      rule("isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != ''",
        'source.s3.url must be a whole http or https URL, for example https://s3.eu-west-1.amazonaws.com/bucket/disk.qcow2'),
    ] }),
    secretRef: refTo('Secret', 'Secret in the same namespace with the keys accessKeyId and secretKey. Of a bucket that is open to all, use source.http.'),
  }).exactOptional(),
  instanceRef: struct('An instance whose volumes are kept in a Snapshot, which goes with the image.', {
    name: objectName('Name of the Instance, in the same namespace.'),
    noReboot: flag('Leave the instance running: its guest agent holds the filesystems still, and without one the image is as after a power cut. Otherwise the '
      + 'instance is stopped, and started again as soon as its volumes are taken, which is seconds.').default(false),
  }).exactOptional(),
  snapshotRef: refTo('Snapshot', 'Snapshot of a root volume or of an instance, in the same namespace. It stays as long as the image does.').exactOptional(),
})

/** `spec` of an Image. */
export const imageSpec = struct({
  description: 'What the image is.',
  rules: [
    ...['source', 'architecture', 'platform', 'rootDeviceName'].map(field => immutable(field, anew)),
    rule('!has(self.retain) || (has(self.source.http) && has(self.source.http.refresh))', 'retain is for an image with source.http.refresh: leave it out'),
  ],
}, {
  source,
  architecture: choice(['x86_64', 'arm64'], 'Processor architecture that the image runs on. Immutable.').default('x86_64'),
  platform: choice(['Linux', 'Windows'], 'Operating system of the image. Immutable.').default('Linux'),
  rootDeviceName: deviceName('Device name of the root disk. Immutable.').default('/dev/sda1'),
  minSize: bytes('minSize', { description: 'Smallest root disk that an instance of this image may have.', min: '1Mi', max: '64Ti' }).exactOptional(),
  launchPermissions: struct('Which other namespaces may launch instances of it.', {
    public: flag('Every namespace may.').default(false),
    namespaces: setOf(namespaceName('A namespace that may.'), { description: 'Namespaces that may, at most 256.', max: 256 }).exactOptional(),
  }).prefault({}),
  deprecationTime: dateTime('When the image is to be called deprecated, RFC 3339 in UTC, for example 2027-01-01T00:00:00Z. It can be launched all the same.').exactOptional(),
  retain: struct('Which versions of a family stay, beside those that instances and volumes name or were made from.', {
    count: integer({ description: 'So many, the newest.', min: 1, max: 100 }),
  }).exactOptional(),
  tags: tags(),
})

/** One disk of an image. */
const imageDevice = struct('A disk that instances of the image get.', {
  deviceName: text({ description: 'Device name; blockDevices of an Instance changes it by this name. The root is of any name there, and the first.', max: 32 }),
  snapshotID: reportedID('ID of the Snapshot that keeps its bytes.'),
  size: reportedBytes('Size; an instance may ask for more.').exactOptional(),
  encrypted: flag('Whether the bytes are encrypted at rest; then all that is made of them is.'),
  volumeType: text({ description: 'VolumeType that it had. Left out: its volume was gone by then, and the platform\'s own is taken.', max: 63 }).exactOptional(),
  iops: integer({ description: 'I/O operations a second that its volume asked for.', min: 1, max: 1000000 }).exactOptional(),
  throughput: integer({ description: 'MiB a second that its volume asked for.', min: 1, max: 100000 }).exactOptional(),
  deleteOnTermination: flag('Whether the Volume is deleted with the instance.'),
})

/** `status` of an Image. */
export const imageStatus = struct('Whether the image can be launched. Written by the operator alone.', {
  ...statusFields(),
  imageID: reportedID('ID of the image, ami- and 17 hexadecimal digits.').exactOptional(),
  state: choice(['pending', 'available', 'failed', 'deregistered'], 'State of the image, as EC2 names it.').exactOptional(),
  progress: text({ description: 'How much is imported, for example 42%.', max: 16 }).exactOptional(),
  deprecated: flag('Whether spec.deprecationTime has passed. Launches go on; choose a newer image for what is new.').exactOptional(),
  size: reportedBytes('Size of the disk that the image unpacks to.').exactOptional(),
  encrypted: flag('Whether the disk is encrypted at rest; then all that is made from it must be.').exactOptional(),
  capture: struct('When the instance of source.instanceRef was held stopped for it.', {
    instanceID: reportedID('ID of the instance.'),
    startTime: dateTime('Written before it is stopped, RFC 3339 in UTC.'),
    endTime: dateTime('From then on it goes on, RFC 3339 in UTC.').exactOptional(),
  }).exactOptional(),
  blockDevices: list(imageDevice, {
    description: 'The block device map of an image that is made of an instance or a Snapshot: the root, then the rest. An instance is launched with all of them.',
    max: 40,
    keys: ['deviceName'],
  }).exactOptional(),
  latest: struct('The version of a family that a launch takes.', {
    name: text({ description: 'Name of its Image.', max: 253 }),
    imageID: reportedID('ID of that image.'),
    time: dateTime('When it was due, RFC 3339 in UTC.'),
  }).exactOptional(),
  refresh: struct('How far a family is with looking for newer files.', {
    lastScheduleTime: dateTime('The last time that was due and is done with, RFC 3339 in UTC.').exactOptional(),
    nextScheduleTime: dateTime('When it is due next, RFC 3339 in UTC.').exactOptional(),
    etag: text({ description: 'What the server calls the file that the newest version was made of.', max: 256 }).exactOptional(),
    modified: text({ description: 'Last-Modified and length of that file.', max: 256 }).exactOptional(),
  }).exactOptional(),
  dataSource: struct('CDI DataSource in the namespace of the image that a launch clones.', {
    name: text({ description: 'Name of the DataSource.', max: 253 }),
  }).exactOptional(),
})

/** What a disk is made from: `imageRef` of Volumes. */
export const imageSource = (description: string) => struct(description, {
  name: objectName('Name of the Image.'),
  namespace: namespaceName('Namespace of the Image; left out, the same namespace. Its launchPermissions, or a role there, must admit this namespace.').exactOptional(),
  deviceName: deviceName('Which disk of an image that has several: its name in status.blockDevices of the Image. Left out: the root.').exactOptional(),
})

export type ImageDevice = z.output<typeof imageDevice>
export type ImageSpec = z.output<typeof imageSpec>
export type ImageStatus = z.output<typeof imageStatus>
/** A disk that instances are launched from. */
export type Image = Resource<ImageSpec, ImageStatus>

export const image: Definition = define({
  kind: 'Image',
  plural: 'images',
  shortNames: ['ami'],
  description: 'A disk that instances are launched from. It is imported once; a launch clones it.',
  spec: imageSpec,
  status: imageStatus,
  columns: [
    { name: 'State', type: 'string', description: 'State of the image.', jsonPath: '.status.state' },
    { name: 'Progress', type: 'string', description: 'How much is imported.', jsonPath: '.status.progress' },
    { name: 'Size', type: 'string', description: 'Size of the disk.', jsonPath: '.status.size' },
    { name: 'Arch', type: 'string', description: 'Processor architecture.', jsonPath: '.spec.architecture' },
    { name: 'ID', type: 'string', description: 'Image ID.', jsonPath: '.status.imageID' },
    { name: 'Latest', type: 'string', description: 'Newest version of a family.', jsonPath: '.status.latest.name', priority: 1 },
    { name: 'Deprecated', type: 'boolean', description: 'Whether its deprecationTime has passed.', jsonPath: '.status.deprecated', priority: 1 },
    { name: 'Platform', type: 'string', description: 'Operating system.', jsonPath: '.spec.platform', priority: 1 },
    { name: 'Public', type: 'boolean', description: 'Whether every namespace may launch it.', jsonPath: '.spec.launchPermissions.public', priority: 1 },
  ],
  reasons: {
    Importing: 'Reconciling: the disk is being copied; status.progress says how far.',
    ImportFailed: 'Reconciling: the disk could not be imported, and it is tried again; the message says why. Create a new Image with a source that works.',
    Capturing: 'Reconciling: the instance is being stopped, or its volumes are being taken.',
    CaptureFailed: 'Stalled: the volumes of the instance could not be taken; it goes on as its spec says. The message says what to do.',
    SnapshotsNotSupported: 'Stalled: the storage of a volume of the instance takes no snapshots; the message says what to do. The instance is not stopped.',
    StopProtected: 'Stalled: the instance is protected from being stopped. Create a new Image with noReboot: true, or lift the protection first.',
    SnapshotLost: 'Stalled: the Snapshot that the image consists of is gone. Delete this Image.',
    SourceNotAllowed: 'Stalled: the address of the source is inside the platform or of a scheme that is not allowed.',
    UpToDate: 'On the condition Refreshed: the newest version is of the file that was there when it was looked at last.',
    Refreshing: 'On the condition Refreshed: a newer file is being imported.',
    RefreshFailed: 'On the condition Refreshed: a newer file could not be looked for or imported; the message says why. Launches take the version before.',
  },
  rules: [rule("!has(self.spec.source.http) || !has(self.spec.source.http.refresh) || self.metadata.name.size() <= 230",
    'metadata.name: versions of a family add the time to its name: use at most 230 characters')],
})

type Mapped = { spec: Pick<ImageSpec, 'rootDeviceName'>; status?: Pick<ImageStatus, 'blockDevices'> | undefined }

/** The disk of an image's map that becomes the root; undefined where nothing is said of it: an import has a root and no map. */
export const rootOf = ({ spec, status }: Mapped): ImageDevice | undefined =>
  status?.blockDevices?.find(({ deviceName }) => deviceName === spec.rootDeviceName)

/** The disks of an image beside its root. */
export const dataDevicesOf = ({ spec, status }: Mapped): ImageDevice[] =>
  (status?.blockDevices ?? []).filter(({ deviceName }) => deviceName !== spec.rootDeviceName)
