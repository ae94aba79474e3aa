import test from 'ava'
import { parseCidr } from '../../../crds/cidr.ts'
import type { Subnet } from '../../../crds/v1alpha1/subnet.ts'
import type { VPC } from '../../../crds/v1alpha1/vpc.ts'
import { kubeOVNSubnetInformer, networkAttachmentInformer } from '../../providers/kube-ovn/informers.ts'
import { buildNetworkAttachment } from '../../providers/kube-ovn/network-attachment.ts'
import { podNetworkAnnotations } from '../../providers/kube-ovn/pod-annotations.ts'
import type { SubnetCondition } from '../../providers/kube-ovn/resources.ts'
import { buildSubnet } from '../../providers/kube-ovn/subnet.ts'
import { virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import { ready, waiting } from '../../runtime/outcome.ts'
import { golden } from '../golden.ts'
import { instanceInformer } from '../instance/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { vpcInformer } from '../vpc/store.ts'
import { finalizeSubnet } from './finalize.ts'
import { announce, attachmentOf, awaitVPC, checkSpec, ensureAttachment, ensureNetwork } from './network.ts'
import { observeSubnet } from './observe.ts'
import { subnetStatus } from './status.ts'
import { subnetInformer } from './store.ts'

const meta = (name: string, uid: string, creationTimestamp = '2026-01-01T00:00:00Z') =>
  ({ name, namespace: 'team-a', uid, resourceVersion: '5', generation: 1, creationTimestamp })
const subnet: Subnet = {
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'Subnet',
  metadata: meta('public-a', 'subnet-uid'),
  spec: { vpcRef: { name: 'prod' }, cidrBlock: '10.0.1.0/24', availabilityZone: 'zone-a', mapPublicIPOnLaunch: false },
}
const vpc: VPC = {
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'VPC',
  metadata: meta('prod', 'vpc-uid'),
  spec: { cidrBlocks: ['10.0.0.0/16'], enableDNSSupport: true, enableDNSHostnames: false },
  status: { observedGeneration: 1, state: 'available' },
}
const instance = (name: string, spec: object = {}, status?: object) => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'Instance', metadata: meta(name, `${name}-uid`),
  spec: { subnetRef: { name: 'public-a' }, imageRef: { name: 'debian' }, instanceType: 't3.micro', ...spec }, ...(status === undefined ? {} : { status }),
})

const now = Date.UTC(2026, 0, 1)
const withVPC = cacheOf(holding(vpcInformer, vpc), holding(subnetInformer, subnet))
const { id } = observeSubnet(subnet, withVPC)
const cidr = parseCidr('10.0.1.0/24') ?? { first: 0, prefixLength: 32 }
const desired = buildSubnet({ id, vpcID: 'vpc-0123456789abcdef0', cidr, attachment: attachmentOf(subnet) })
const network = (...conditions: SubnetCondition[]) => ({ ...made(subnet, desired), status: { conditions } })
const attachment = made(subnet, buildNetworkAttachment(attachmentOf(subnet)))
const realised = (...conditions: SubnetCondition[]) => cacheOf(
  holding(vpcInformer, vpc), holding(subnetInformer, subnet),
  holding(kubeOVNSubnetInformer, network(...conditions)), holding(networkAttachmentInformer, attachment),
)

test('what a Subnet becomes is as the golden file says', t => {
  const { actual, expected } = golden(import.meta.dirname, 'public-a', desired, buildNetworkAttachment(attachmentOf(subnet)))
  t.deepEqual(actual, expected)
})

test('a Subnet waits for its VPC and says which, whatever the order of arrival', t => {
  const missing = awaitVPC(recordingContext(subnet, observeSubnet(subnet, cacheOf())))
  t.like(missing, { kind: 'waiting', reason: 'DependencyNotFound' })
  t.regex(missing.kind === 'waiting' ? missing.message : '', /VPC "prod".*namespace "team-a"/)
  const pending = cacheOf(holding(vpcInformer, { ...vpc, status: { observedGeneration: 1, state: 'pending' } }))
  t.like(awaitVPC(recordingContext(subnet, observeSubnet(subnet, pending))), { kind: 'waiting', reason: 'DependencyNotReady' })
  t.deepEqual(awaitVPC(recordingContext(subnet, observeSubnet(subnet, withVPC))), ready)
})

test('a VPC on its way out takes no new Subnet and keeps those that are in it', t => {
  const going = { ...vpc, metadata: { ...vpc.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  t.like(awaitVPC(recordingContext(subnet, observeSubnet(subnet, cacheOf(holding(vpcInformer, going))))), { kind: 'waiting' })
  const inIt = cacheOf(holding(vpcInformer, going), holding(kubeOVNSubnetInformer, network()))
  t.deepEqual(awaitVPC(recordingContext(subnet, observeSubnet(subnet, inIt))), ready)
})

test('of two Subnets that overlap the younger is refused, also where admission saw neither', t => {
  const younger = { ...subnet, metadata: meta('late', 'late-uid', '2026-01-01T00:00:01Z'), spec: { ...subnet.spec, cidrBlock: '10.0.1.128/25' } }
  const cache = cacheOf(holding(vpcInformer, vpc), holding(subnetInformer, subnet, younger))
  t.deepEqual(checkSpec(recordingContext(subnet, observeSubnet(subnet, cache))), ready)
  const outcome = checkSpec(recordingContext(younger, observeSubnet(younger, cache)))
  t.like(outcome, { kind: 'blocked', reason: 'InvalidSpec' })
  t.regex(outcome.kind === 'blocked' ? outcome.message : '', /cidrBlock.*overlaps 10\.0\.1\.0\/24 of the subnet public-a/)
})

for (const [title, given] of [
  ['outside its VPC', { ...subnet, spec: { ...subnet.spec, cidrBlock: '10.1.0.0/24' } }],
  ['with a block that is none', { ...subnet, spec: { ...subnet.spec, cidrBlock: '10.0.1.0' } }],
  ['with a name that would break the network\'s', { ...subnet, metadata: { ...subnet.metadata, name: 'public.a' } }],
] as const) {
  test(`a Subnet ${title} is refused, and the field is named`, t => {
    const outcome = checkSpec(recordingContext(given, observeSubnet(given, withVPC)))
    t.regex(outcome.kind === 'blocked' ? outcome.message : '', /^(spec\.cidrBlock|metadata\.name): /)
  })
}

for (const [conditions, state, message] of [
  [[], 'pending', /waiting for Kube-OVN/],
  [[{ type: 'Validated', status: 'True' }], 'pending', /waiting for Kube-OVN/],
  [[{ type: 'Validated', status: 'False', message: 'conflicts with subnet x' }, { type: 'Ready', status: 'True' }], 'pending', /conflicts with subnet x/],
  [[{ type: 'Validated', status: 'True' }, { type: 'Ready', status: 'True' }], 'available', /^$/],
] as const) {
  test(`a Subnet is ${state} while Kube-OVN says ${JSON.stringify(conditions)}`, async t => {
    const facts = observeSubnet(subnet, realised(...conditions))
    const context = recordingContext(subnet, facts)
    t.deepEqual(await ensureAttachment(context), ready)
    const outcome = await ensureNetwork(context)
    t.regex(outcome.kind === 'ready' ? '' : outcome.message, message)
    const status = subnetStatus({ object: subnet, facts, outcome, outcomes: {}, now })
    t.like(status, { subnetID: id, state, availableIPAddressCount: 251, observedGeneration: 1 })
    t.like(status.conditions?.[0], { type: 'Ready', status: state === 'available' ? 'True' : 'False' })
  })
}

test('the free addresses are counted by what instances have, ask for and are about to show', t => {
  const machine = {
    apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine',
    metadata: { ...meta('new', 'vm-uid'), labels: { 'kumulus.dev/owner-uid': instance('new').metadata.uid } },
    spec: { template: { metadata: { annotations: podNetworkAnnotations({
      attachment: attachmentOf(subnet), logicalSwitch: id, ipAddress: '10.0.1.9', macAddress: '02:00:00:00:00:01', portSecurity: true,
    }) } } },
  }
  const cache = cacheOf(holding(instanceInformer,
    instance('has', {}, { privateIPAddress: '10.0.1.5' }),
    instance('asks', { privateIPAddress: '10.0.1.6' }),
    instance('asks-the-same', { privateIPAddress: '10.0.1.6' }),
    instance('new'),
    instance('waits'),
    instance('asks-outside', { privateIPAddress: '10.9.9.9' }),
  ), holding(virtualMachineInformer, machine))
  t.is(observeSubnet(subnet, cache).availableIPAddressCount, 248)
})

test('a Subnet in use is not deleted, and says by whom; else the name goes first and the network after it', async t => {
  const used = observeSubnet(subnet, cacheOf(holding(instanceInformer, instance('web'))))
  t.deepEqual(await finalizeSubnet['users']?.(recordingContext(subnet, used)),
    waiting('DependencyViolation', 'can\'t be deleted while in use by Instance "web": delete it first'))
  const context = recordingContext(subnet, observeSubnet(subnet, realised()))
  t.deepEqual(await finalizeSubnet['users']?.(context), ready)
  t.like(await finalizeSubnet['attachment']?.(context), { kind: 'waiting' })
  t.like(await finalizeSubnet['network']?.(context), { kind: 'waiting' })
  t.deepEqual(context.recording.acts, ['remove NetworkAttachmentDefinition team-a/public-a', `remove Subnet ${id}`])
})

test('that a Subnet is available is said once', t => {
  const facts = observeSubnet(subnet, withVPC)
  const first = recordingContext(subnet, facts)
  announce(first)
  const again = recordingContext({ ...subnet, status: { observedGeneration: 1, state: 'available' as const } }, facts)
  announce(again)
  t.deepEqual([first.recording.acts, again.recording.acts], [['event Normal Available'], []])
})
