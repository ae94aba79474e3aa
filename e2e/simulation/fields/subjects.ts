import { networkSubjects } from './network-subjects.ts'
import { subject, type Subject } from './subject.ts'
import { imageURL, publicKey } from './surroundings.ts'

const tags = { Name: 'web' }

const ssh = { protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '203.0.113.0/24', description: 'ssh' }
const inside = { protocol: 'all', securityGroupRef: { name: 'web' } }
const fromPeer = { protocol: 'all', securityGroupRef: { name: 'web', namespace: 'other' } }
const listed = { protocol: 'all', prefixListRef: { name: 'offices' } }

const web = {
  instanceType: 't3.micro', imageRef: { name: 'linux' }, state: 'Running', subnetRef: { name: 'public-a' }, privateIPAddress: '10.0.1.5', associatePublicIP: false,
  securityGroupRefs: [{ name: 'web' }], sourceDestCheck: true, keyPairRef: { name: 'ops' }, userData: '#!/bin/sh\necho hello', disableAPITermination: false,
  blockDevices: [
    { deviceName: '/dev/sda1', size: '1Gi', volumeType: 'gp3', iops: 100, throughput: 100, encrypted: false, deleteOnTermination: true },
    { deviceName: '/dev/sdb', size: '1Gi', deleteOnTermination: true },
  ],
  placement: { availabilityZone: 'zone-a', tenancy: 'Default' }, market: { type: 'OnDemand' },
  metadataOptions: { endpoint: 'Enabled', tokens: 'Required', hopLimit: 1, instanceTags: 'Disabled' }, disableAPIStop: false,
  instanceInitiatedShutdownBehavior: 'Stop', maintenance: { autoRecovery: 'Enabled' }, tags,
}

/** What is in the API and not served yet, and what excludes what `web` has. */
const rare = {
  instanceType: 't3.micro', imageRef: { name: 'linux', namespace: 'default' }, state: 'Stopped', subnetRef: { name: 'public-a' },
  userDataSecretRef: { name: 'seed', key: 'userdata' }, placement: { groupRef: { name: 'pg' }, partition: 1 },
  market: { type: 'Spot', maxPrice: '0.05', interruptionBehavior: 'Terminate' }, instanceProfileRef: { name: 'app' },
  blockDevices: [
    { deviceName: '/dev/sda1' }, { deviceName: '/dev/sdb', snapshotRef: { name: 'data', namespace: 'default', deviceName: '/dev/sdb' } },
    { deviceName: '/dev/sdc', size: '1Gi', noDevice: false },
  ],
}

export const subjects: readonly Subject[] = [
  // The table that is made with each, by its name.
  subject('VPC', [
    { cidrBlocks: ['10.0.0.0/16', '10.1.0.0/16'], mainRouteTableRef: { name: 'changed-0-main' }, enableDNSSupport: true, enableDNSHostnames: false, tags },
  ], { fresh: { mainRouteTableRef: { name: 'created-main' } } }),
  subject('Subnet', [{ vpcRef: { name: 'main' }, cidrBlock: '10.0.8.0/24', availabilityZone: 'zone-a', mapPublicIPOnLaunch: false, tags }], {
    fresh: { cidrBlock: '10.0.9.0/24' },
  }),
  subject('SecurityGroup', [
    { vpcRef: { name: 'main' }, description: 'web servers', ingressRules: [ssh, inside, fromPeer, listed], egressRules: [ssh, inside, fromPeer, listed], tags },
  ]),
  subject('KeyPair', [{ publicKey, tags }, { generate: { type: 'ed25519' }, tags }]),
  subject('InstanceType', [{
    vcpus: 1, memory: '1Gi', family: 'GeneralPurpose', architecture: 'x86_64', network: { baselineMbps: 100, burstMbps: 1000 }, ebsBandwidthMbps: 100,
    instanceStore: [{ size: '1Gi', media: 'SSD' }], gpus: [{ deviceName: 'nvidia.com/A10', count: 1 }], dedicatedCPU: false, state: 'Active', tags,
  }]),
  subject('VolumeType', [{
    storageClassName: 'standard', encryptedStorageClassName: 'standard', media: 'SSD', iops: { perGiB: 500, min: 100, max: 1000, scalesWithSize: false },
    throughput: { min: 100, max: 1000, iopsPerMiB: 4, perTiB: 40, scalesWithSize: false }, volumeAttributeParameters: { iops: '{iops}' }, sizeLimits: { min: '1Gi', max: '1Ti' }, multiAttach: false, tags,
  }]),
  subject('Image', [
    {
      source: { http: { url: imageURL, checksum: `sha256:${'0'.repeat(64)}` } }, architecture: 'x86_64', platform: 'Linux', rootDeviceName: '/dev/sda1', minSize: '64Mi',
      launchPermissions: { public: false, namespaces: ['other'] }, deprecationTime: '2030-01-01T00:00:00Z', tags,
    },
    { source: { http: { url: imageURL, refresh: '0 4 * * *' } }, minSize: '64Mi', retain: { count: 2 } },
    { source: { registry: { url: 'docker://quay.io/containerdisks/debian:12' } } },
    { source: { s3: { url: 'https://s3.eu-west-1.amazonaws.com/bucket/disk.qcow2', secretRef: { name: 'keys' } } } },
    { source: { instanceRef: { name: 'second', noReboot: false } } },
    { source: { snapshotRef: { name: 'data' } } },
  ]),
  subject('Volume', [
    { availabilityZone: 'zone-a', volumeType: 'gp3', size: '2Gi', iops: 100, throughput: 100, encrypted: false, multiAttach: false, deletionPolicy: 'Delete', tags },
    { availabilityZone: 'zone-a', size: '2Gi', imageRef: { name: 'shared', namespace: 'other', deviceName: '/dev/sda1' } },
    { availabilityZone: 'zone-a', snapshotRef: { name: 'data', namespace: 'default', deviceName: '/dev/sdb' }, encrypted: true, kmsKeyRef: { name: 'key' } },
  ]),
  subject('Instance', [web, rare], { fresh: { privateIPAddress: '10.0.1.6', state: 'Stopped' } }),
  subject('InstanceAction', [{ instanceRef: { name: 'second' }, type: 'Reboot', tags }]),
  subject('VolumeAttachment', [
    { volumeRef: { name: 'second' }, instanceRef: { name: 'second' }, device: '/dev/sdf', deleteOnTermination: false, readOnly: false, tags },
  ], { fresh: { volumeRef: { name: 'third' }, device: '/dev/sdg' }, around: [['Volume', 'third', { availabilityZone: 'zone-a', size: '1Gi' }]] }),
  subject('Snapshot', [
    { volumeRef: { name: 'second' }, description: 'nightly', createVolumePermissions: { public: false, namespaces: ['other'] }, tags },
    { instanceRef: { name: 'second' }, tags },
  ]),
  // On a day that does not come.
  subject('SnapshotSchedule', [{
    resourceType: 'Volume', schedule: '0 3 29 2 *', timeZone: 'Europe/Berlin', startingDeadlineSeconds: 600, retain: { count: 7, age: '30d' }, copyTags: true,
    selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['gold'] }], matchTags: tags },
    tagsToAdd: tags, suspend: false, tags,
  }]),
  ...networkSubjects,
]

/** A valid spec of a second object beside the first. */
export const freshSpecs = ({ specs, fresh }: Subject): object[] =>
  specs.map((spec) => ({ ...spec, ...Object.fromEntries(Object.entries(fresh).filter(([field]) => field in spec)) }))
