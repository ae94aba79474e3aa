import test from 'ava'
import { startCloud, type Cloud } from '../cloud.ts'

let cloud: Cloud
test.before(async () => {
  cloud = await startCloud()
  await cloud.applyFile('examples/quickstart.yaml')
  await cloud.wait('subnet.kumulus.dev/public-a', 'condition=Ready')
})
test.after.always(async () => {
  await cloud?.stop()
})

type Case = { title: string; kind: string; name?: string; spec: Record<string, unknown>; says: RegExp }

const launch = { instanceType: 't3.micro', imageRef: { name: 'linux' }, subnetRef: { name: 'public-a' } }
const inMain = { vpcRef: { name: 'main' }, availabilityZone: 'zone-a' }

const refused: Case[] = [
  { title: 'a number where a string belongs', kind: 'Instance', spec: { ...launch, instanceType: 7 }, says: /spec\.instanceType/ },
  { title: 'an unknown field', kind: 'Instance', spec: { ...launch, instanceTyp: 't3.micro' }, says: /unknown field "spec\.instanceTyp"/ },
  { title: 'a missing required field', kind: 'Instance', spec: { instanceType: 't3.micro', imageRef: { name: 'linux' } }, says: /spec\.subnetRef/ },
  { title: 'a state that EC2 does not know', kind: 'Instance', spec: { ...launch, state: 'Paused' }, says: /spec\.state[\s\S]*Stopped/ },
  { title: 'user data of 17 KiB', kind: 'Instance', spec: { ...launch, userData: 'x'.repeat(17 * 1024) }, says: /spec\.userData/ },
  { title: 'both forms of user data', kind: 'Instance', spec: { ...launch, userData: '#!/bin/sh', userDataSecretRef: { name: 'a', key: 'b' } }, says: /userDataSecretRef/ },
  {
    title: '10,000 tags',
    kind: 'Instance',
    spec: { ...launch, tags: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`tag-${index}`, 'x'])) },
    says: /spec\.tags/,
  },
  { title: 'a name of 253 characters', kind: 'Instance', name: 'a'.repeat(253), spec: launch, says: /metadata\.name/ },
  { title: '17 security groups', kind: 'Instance', spec: { ...launch, securityGroupRefs: Array.from({ length: 17 }, (_, index) => ({ name: `g${index}` })) }, says: /securityGroupRefs/ },
  { title: 'an address outside the subnet', kind: 'Instance', spec: { ...launch, privateIPAddress: '10.9.9.9' }, says: /privateIPAddress[\s\S]*10\.0\.1\.0\/24/ },
  { title: 'a reserved address', kind: 'Instance', spec: { ...launch, privateIPAddress: '10.0.1.1' }, says: /privateIPAddress[\s\S]*reserved/i },
  { title: 'an address that another instance has', kind: 'Instance', spec: { ...launch, privateIPAddress: '10.0.1.5' }, says: /privateIPAddress[\s\S]*web/ },
  { title: 'a subnet outside its VPC', kind: 'Subnet', spec: { ...inMain, cidrBlock: '192.168.1.0/24' }, says: /cidrBlock[\s\S]*10\.0\.0\.0\/16/ },
  { title: 'a subnet over another', kind: 'Subnet', spec: { ...inMain, cidrBlock: '10.0.1.128/25' }, says: /cidrBlock[\s\S]*public-a/ },
  { title: 'a CIDR that is none', kind: 'VPC', spec: { cidrBlocks: ['10.0.0/16'] }, says: /cidrBlocks/ },
  { title: 'a VPC larger than /16', kind: 'VPC', spec: { cidrBlocks: ['10.0.0.0/8'] }, says: /\/16/ },
  { title: 'a rule with ports upside down', kind: 'SecurityGroup', spec: { vpcRef: { name: 'main' }, description: 'x', ingressRules: [{ protocol: 'tcp', fromPort: 90, toPort: 80, cidr: '0.0.0.0/0' }] }, says: /ingressRules|Port/ },
  { title: 'a rule with both a CIDR and a group', kind: 'SecurityGroup', spec: { vpcRef: { name: 'main' }, description: 'x', ingressRules: [{ protocol: 'tcp', fromPort: 80, toPort: 80, cidr: '0.0.0.0/0', securityGroupRef: { name: 'web' } }] }, says: /exactly one|cidr/ },
  { title: 'an image from the metadata address', kind: 'Image', spec: { source: { http: { url: 'http://169.254.169.254/disk.img' } }, architecture: 'x86_64' }, says: /source\.http\.url/ },
  { title: 'an image from a private address in decimal', kind: 'Image', spec: { source: { http: { url: 'http://167772161/disk.img' } }, architecture: 'x86_64' }, says: /source\.http\.url/ },
  { title: 'an image from a file URL', kind: 'Image', spec: { source: { http: { url: 'file:///etc/passwd' } }, architecture: 'x86_64' }, says: /url/ },
  { title: 'an image without a source', kind: 'Image', spec: { source: {}, architecture: 'x86_64' }, says: /source[\s\S]*exactly one/ },
]

for (const { title, kind, name, spec, says } of refused) {
  test(`${title} is refused with the field named (${kind})`, async (t) => {
    const message = await cloud.fails('apply', { apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name: name ?? 'bad' }, spec })
    t.regex(message, says)
  })
}

const waits: Case[] = [
  { title: 'an unknown image', kind: 'Instance', name: 'no-image', spec: { ...launch, imageRef: { name: 'nope' } }, says: /Image[\s\S]*nope/ },
  { title: 'an unknown instance type', kind: 'Instance', name: 'no-type', spec: { ...launch, instanceType: 'x9.huge' }, says: /InstanceType[\s\S]*x9\.huge/ },
  { title: 'an unknown subnet', kind: 'Instance', name: 'no-subnet', spec: { ...launch, subnetRef: { name: 'nope' } }, says: /Subnet[\s\S]*nope/ },
  { title: 'an unknown security group', kind: 'Instance', name: 'no-group', spec: { ...launch, securityGroupRefs: [{ name: 'nope' }] }, says: /SecurityGroup[\s\S]*nope/ },
  { title: 'an unknown key pair', kind: 'Instance', name: 'no-key', spec: { ...launch, keyPairRef: { name: 'nope' } }, says: /KeyPair[\s\S]*nope/ },
  { title: 'an unknown VPC', kind: 'Subnet', name: 'no-vpc', spec: { ...inMain, vpcRef: { name: 'nope' }, cidrBlock: '10.0.2.0/24' }, says: /VPC[\s\S]*nope/ },
]

for (const { title, kind, name, spec, says } of waits) {
  test(`${title} is waited for, and named (${kind})`, async (t) => {
    const reference = `${kind.toLowerCase()}.kumulus.dev/${name}`
    await cloud.apply({ apiVersion: 'kumulus.dev/v1alpha1', kind, metadata: { name }, spec })
    await cloud.wait(reference, 'condition=Ready=False')
    const { status } = (await cloud.get(reference)) as { status: { conditions: { type: string; message: string }[] } }
    t.regex(status.conditions.find(({ type }) => type === 'Ready')?.message ?? '', says)
    await cloud.kubectl('delete', reference, '--timeout=30s')
  })
}

test('an immutable field is refused with the way round', async (t) => {
  const message = await cloud.fails('patch', 'subnet.kumulus.dev', 'public-a', '--type=merge', '-p', JSON.stringify({ spec: { cidrBlock: '10.0.7.0/24' } }))
  t.regex(message, /cidrBlock/)
  t.regex(message, /immutable/)
})
