/** What the objects that are changed find around them: enough of everything, a second of each kind, and another account with its own. */
import type { Definition } from '../../../crds/definition.ts'
import { objectSchemaOf } from '../../../crds/generation/custom-resource-definition.ts'
import type { StructuralSchema } from '../../../crds/structural-schema.ts'
import { definitions } from '../../../crds/v1alpha1/index.ts'
import { storageClassName } from '../../../sandbox/stand-ins/cluster.ts'
import type { Names } from './mutations.ts'

/** Kind, name, spec and, where it is not `default`, the namespace. */
export type Manifest = readonly [kind: string, name: string, spec: object, namespace?: string]

export const definitionOf = (kind: string): Definition => {
  const found = definitions.find((each) => each.kind === kind)
  if (found === undefined) throw new Error(`${kind} is no kind of ours`)
  return found
}

const schemas = new Map<string, StructuralSchema>()

/** What an API server is told of a kind; made once, since it takes a while. */
export const schemaOf = (kind: string): StructuralSchema => {
  const found = schemas.get(kind) ?? objectSchemaOf(definitionOf(kind))
  schemas.set(kind, found)
  return found
}

export const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNv1dKhFJxGRTLmUMqmwb0mUo1DcKhsZkLuHNP1hB1L ops'
export const imageURL = 'http://127.0.0.1:18080/linux.img'

const stopped = { instanceType: 't3.micro', imageRef: { name: 'linux' }, state: 'Stopped', blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi' }] }
const another = 'elsewhere'

export const surroundings: readonly Manifest[] = [
  ['InstanceType', 't3.micro', { vcpus: 1, memory: '1Gi' }],
  ['InstanceType', 't3.small', { vcpus: 2, memory: '2Gi' }],
  ['VolumeType', 'gp3', { storageClassName, encryptedStorageClassName: storageClassName, iops: { min: 100, max: 1000000 }, throughput: { min: 100, max: 100000 } }],
  ['VolumeType', 'second', { storageClassName }],
  ['VPC', 'main', { cidrBlocks: ['10.0.0.0/16'] }],
  ['VPC', 'second', { cidrBlocks: ['10.0.0.0/16'] }],
  ['Subnet', 'public-a', { vpcRef: { name: 'main' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' }],
  ['Subnet', 'second', { vpcRef: { name: 'main' }, cidrBlock: '10.0.2.0/24', availabilityZone: 'zone-b' }],
  ['SecurityGroup', 'web', { vpcRef: { name: 'main' } }],
  ['SecurityGroup', 'second', { vpcRef: { name: 'main' } }],
  ['SecurityGroup', 'of-second', { vpcRef: { name: 'second' } }],
  ['KeyPair', 'ops', { publicKey }],
  ['KeyPair', 'second', { publicKey }],
  ['Image', 'linux', { source: { http: { url: imageURL } }, minSize: '64Mi' }],
  ['Image', 'second', { source: { http: { url: imageURL } }, minSize: '64Mi' }],
  ['Instance', 'second', { ...stopped, subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }], privateIPAddress: '10.0.1.4' }],
  ['Volume', 'second', { availabilityZone: 'zone-a', size: '1Gi' }],
  ['VPC', another, { cidrBlocks: ['10.0.0.0/16'] }, 'other'],
  ['Subnet', another, { vpcRef: { name: another }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a' }, 'other'],
  ['SecurityGroup', another, { vpcRef: { name: another } }, 'other'],
  ['KeyPair', another, { publicKey }, 'other'],
  ['Image', another, { source: { http: { url: imageURL } }, minSize: '64Mi' }, 'other'],
  ['Image', 'shared', { source: { http: { url: imageURL } }, minSize: '64Mi', launchPermissions: { public: true } }, 'other'],
  ['Volume', another, { availabilityZone: 'zone-a', size: '1Gi' }, 'other'],
]

/** What references are tried with. */
export const known: Names = {
  kinds: {
    ...Object.fromEntries(['VPC', 'Subnet', 'KeyPair', 'Instance', 'Volume'].map((kind) => [kind, ['second', another]])),
    SecurityGroup: ['second', 'of-second', another],
    InstanceType: ['t3.small'],
    VolumeType: ['second'],
    Image: ['second', another, 'shared'],
  },
  namespaces: ['default', 'other', 'nowhere', 'kube-system', 'kumulus-system'],
}
