import { apiVersionOf, type KubeObject, type NewObject, type ResourceType } from '../crds/kubernetes.ts'
import { definitions } from '../crds/v1alpha1/index.ts'

export type Manifest = NewObject & Record<string, unknown>

/** An object with whatever it has. */
export type Anything = KubeObject & { spec?: Record<string, unknown>; status?: { state?: string; conditions?: { type: string; status: string }[] } }

/** The kind of ours by its name. */
export const kind = (name: string): ResourceType => {
  const found = definitions.find((each) => each.kind === name)
  if (found === undefined) throw new Error(`${name} is no kind of ours`)
  return found
}

export const namespace = 'default'

/** Everything that an instance refers to, in one zone, with room for every instance that a run may make. */
export const prerequisites = (imageURL: string): Manifest[] => [...globalPrerequisites(), ...tenantPrerequisites(imageURL, namespace)]

/** What the cloud's owner offers to every tenant. */
export const globalPrerequisites = (): Manifest[] => [
  manifest('InstanceType', 't3.micro', undefined, { vcpus: 1, memory: '1Gi' }),
  manifest('VolumeType', 'gp3', undefined, { storageClassName: 'standard' }),
]

/** What a tenant makes before the first instance. */
export const tenantPrerequisites = (imageURL: string, tenant: string): Manifest[] => [
  manifest('VPC', 'main', tenant, { cidrBlocks: ['10.0.0.0/16'] }),
  manifest('Subnet', 'public-a', tenant, { vpcRef: { name: 'main' }, cidrBlock: '10.0.0.0/17', availabilityZone: 'zone-a' }),
  manifest('SecurityGroup', 'web', tenant, {
    vpcRef: { name: 'main' }, ingressRules: [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidr: '0.0.0.0/0' }],
  }),
  manifest('KeyPair', 'ops', tenant, { publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNv1dKhFJxGRTLmUMqmwb0mUo1DcKhsZkLuHNP1hB1L ops' }),
  manifest('Image', 'linux', tenant, { source: { http: { url: imageURL } }, minSize: '64Mi' }),
]

export type InstanceOptions = { namespace?: string; state?: 'Running' | 'Stopped' }

/** One disk, a group, a key and user data: the usual instance, with every child that it can have. */
export const instance = (name: string, { namespace: tenant = namespace, state }: InstanceOptions = {}): Manifest =>
  manifest('Instance', name, tenant, {
    instanceType: 't3.micro',
    imageRef: { name: 'linux' },
    subnetRef: { name: 'public-a' },
    securityGroupRefs: [{ name: 'web' }],
    keyPairRef: { name: 'ops' },
    userData: '#!/bin/sh\necho hello',
    blockDevices: [{ deviceName: '/dev/sda1', size: '1Gi', volumeType: 'gp3' }],
    tags: { Name: name },
    ...(state === undefined ? {} : { state }),
  })

const manifest = (name: string, objectName: string, tenant: string | undefined, spec: object): Manifest => {
  const resource = kind(name)
  const metadata = tenant === undefined ? { name: objectName } : { name: objectName, namespace: tenant }
  return { apiVersion: apiVersionOf(resource), kind: name, metadata, spec }
}
