import test from 'ava'
import { idOf, idPrefixes, macOf } from '../../../crds/ids.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { NetworkInterface } from '../../../crds/v1alpha1/network-interface.ts'
import { kubeOVNSecurityGroupInformer, networkAttachmentInformer } from '../../providers/kube-ovn/informers.ts'
import { buildPortAttachment } from '../../providers/kube-ovn/network-attachment.ts'
import { buildIsolationGroup, buildSecurityGroup } from '../../providers/kube-ovn/security-group.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { buildVirtualMachine } from '../../providers/kubevirt/virtual-machine.ts'
import { ready } from '../../runtime/outcome.ts'
import type { Cache, InformerSpec } from '../../runtime/store.ts'
import { golden } from '../golden.ts'
import { machineFor, runFor, stored, world } from '../instance/sample.ts'
import { instanceInformer } from '../instance/store.ts'
import { cacheOf, holding, made, recordingContext } from '../recording-context.ts'
import { securityGroupInformer } from '../security-group/store.ts'
import { createAddressLedger } from '../subnet/ledger.ts'
import { subnetInformer } from '../subnet/store.ts'
import { vpcInformer } from '../vpc/store.ts'
import { attachmentsOf } from './attachment.ts'
import { observeNetworkInterface } from './observe.ts'
import { portAttachmentOf } from './port.ts'
import { networkInterfaceStatus } from './status.ts'
import { awaitAttachment, checkSpec, finalizeNetworkInterface, followInstance } from './steps.ts'
import { networkInterfaceInformer } from './store.ts'

const instance = stored()
const eni = (name: string, spec: object = {}, more: { status?: object; deleted?: boolean } = {}): NetworkInterface => ({
  apiVersion: 'kumulus.dev/v1alpha1', kind: 'NetworkInterface',
  metadata: {
    name, namespace: 'team-a', uid: `uid-${name}`, resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z',
    ...more.deleted === true ? { deletionTimestamp: '2026-01-02T00:00:00Z' } : {},
  },
  spec: { subnetRef: { name: 'public-a' }, securityGroupRefs: [{ name: 'web' }], sourceDestCheck: true, ...spec },
  ...more.status === undefined ? {} : { status: { observedGeneration: 1, ...more.status } },
})
const at = (deviceIndex: number, more: object = {}) => ({ attachment: { instanceRef: { name: 'web' }, deviceIndex, deleteOnTermination: false, ...more } })
const networkOf = (object: NetworkInterface, address: string) => made(object, buildPortAttachment(portAttachmentOf(object), address))
const idFor = (name: string) => idOf(idPrefixes.networkInterface, `uid-${name}`)

type Around = { others?: NetworkInterface[]; networks?: object[]; instances?: object[]; machine?: object; run?: object; isKubeOVN?: boolean }
const cacheWith = (object: NetworkInterface, around: Around = {}): Cache => {
  const hold = (spec: unknown, ...objects: object[]) => holding(spec as InformerSpec<KubeObject>, ...objects)
  const closed = { status: { portGroup: 'x', ingressLastSyncSuccess: true, egressLastSyncSuccess: true } }
  const groups = around.isKubeOVN !== true ? [] : [
    { ...made(world.vpc, buildIsolationGroup(idOf(idPrefixes.vpc, 'uid-VPC-main'))), ...closed },
    ...[world.web, world.db].map(group => ({
      ...made(group, buildSecurityGroup({ groupID: idOf(idPrefixes.securityGroup, group.metadata.uid), ingress: [], egress: 'all' })), ...closed,
    })),
  ]
  return cacheOf(
    hold(vpcInformer, world.vpc), hold(subnetInformer, world.subnet), hold(securityGroupInformer, world.defaultGroup, world.web, world.db),
    hold(kubeOVNSecurityGroupInformer, ...groups), hold(networkInterfaceInformer, object, ...around.others ?? []),
    hold(networkAttachmentInformer, ...around.networks ?? [networkOf(object, '10.0.1.20')]), hold(instanceInformer, ...around.instances ?? [instance]),
    hold(virtualMachineInformer, ...around.machine === undefined ? [] : [around.machine]),
    hold(virtualMachineInstanceInformer, ...around.run === undefined ? [] : [around.run]),
  )
}
const contextOf = (object: NetworkInterface, around: Around = {}, live: KubeObject[] = []) =>
  recordingContext(object, observeNetworkInterface(createAddressLedger())(object, cacheWith(object, around)), live)
const machineWith = (name: string, state?: string) => {
  const machine = machineFor(instance)
  const nic = { name: idFor(name), bridge: {}, ...state === undefined ? {} : { state } }
  const template = { ...machine.spec.template, spec: { volumes: [], domain: { devices: { interfaces: [nic] } } } }
  return { ...machine, spec: { ...machine.spec, template } }
}
const statusOf = (context: ReturnType<typeof contextOf>) => networkInterfaceStatus({ ...context, outcome: ready, outcomes: {}, now: context.now })

test('what an interface becomes, and what it is to a machine, is as the golden file says', t => {
  const object = eni('data', { ...at(1), securityGroupRefs: [{ name: 'db' }] })
  const [attachment] = attachmentsOf(instance, {}, cacheWith(object, { isKubeOVN: true }))
  if (attachment === undefined || !('port' in attachment)) return t.fail()
  const machine = buildVirtualMachine({
    name: 'web', namespace: 'team-a', annotations: {}, templateLabels: {}, runStrategy: 'Halted', instancetype: 't', architecture: 'amd64',
    firmware: { uuid: '', serial: '' }, hostname: 'h', disks: [], availabilityZone: 'zone-a',
    network: { networkName: 'team-a/public-a', macAddress: macOf('uid'), annotations: {} }, interfaces: [attachment.port],
  })
  const { actual, expected } = golden(import.meta.dirname, 'data', buildPortAttachment(portAttachmentOf(object), '10.0.1.20'), machine)
  t.deepEqual(actual, expected)
})

test('an address that was written down is kept, whatever the status says, and two never have one', t => {
  t.like(contextOf(eni('data')).facts.address, { kind: 'chosen', address: '10.0.1.20' })
  const other = eni('other', { privateIPAddress: '10.0.1.20' })
  const asks = contextOf(other, { others: [eni('data')], networks: [networkOf(eni('data'), '10.0.1.20')] })
  t.like(checkSpec(asks), { kind: 'blocked', reason: 'InvalidSpec' })
  const taken = contextOf(eni('third', { privateIPAddress: '10.0.1.5' }), { networks: [], instances: [stored({}, { status: { privateIPAddress: '10.0.1.5' } })] })
  t.like(checkSpec(taken), { kind: 'blocked', reason: 'InvalidSpec' })
})

test('an address that its subnet can\'t give is nobody\'s, whoever wrote it down: the status is believed, or another is given, and no machine has it', t => {
  for (const forged of ['10.0.1.1', '10.0.1.255', '10.9.1.5', '10.0.1.20,10.0.1.21', 'eth0', '']) {
    const networks = (object: NetworkInterface) => [networkOf(object, forged)]
    const told = eni('data', at(1), { status: { privateIPAddress: '10.0.1.30' } })
    t.like(contextOf(told, { networks: networks(told) }).facts.address, { kind: 'chosen', address: '10.0.1.30' }, forged)
    const young = eni('data', at(1))
    t.regex((contextOf(young, { networks: networks(young) }).facts.address as { address: string }).address, /^10\.0\.1\.\d+$/, forged)
    t.like(attachmentsOf(instance, {}, cacheWith(young, { networks: networks(young) })), { 0: { obstacle: { outcome: { reason: 'DependencyNotReady' } } } }, forged)
  }
})

test('with policies, an interface of other groups than its instance is not plugged in, and one of the same is', t => {
  const context = contextOf(eni('data', { ...at(1), securityGroupRefs: [{ name: 'db' }] }))
  t.like(awaitAttachment(context), { kind: 'blocked', reason: 'GroupsNotSupported' })
  t.like(statusOf(context).conditions?.find(({ type }) => type === 'Enforced'), { status: 'False', reason: 'GroupsNotSupported' })
  t.like(awaitAttachment(contextOf(eni('data', at(1)))), { kind: 'waiting', reason: 'Attaching' })
})

test('what the machine knows decides: attaching, attached, detaching', t => {
  const wanted = eni('data', at(1))
  const run = (infoSource?: string, conditions: object[] = []) =>
    runFor(instance, 'Running', { status: { conditions, ...infoSource === undefined ? {} : { interfaces: [{ name: idFor('data'), infoSource }] } } })
  const state = (object: NetworkInterface, around: Around) => statusOf(contextOf(object, around)).state
  t.is(state(eni('data'), {}), 'available')
  t.is(state(eni('data'), { networks: [] }), 'pending')
  t.is(state(wanted, { machine: machineWith('data'), run: run('multus-status') }), 'attaching')
  t.is(state(wanted, { machine: machineWith('data'), run: run('domain, multus-status') }), 'in-use')
  t.is(state(wanted, { machine: machineWith('data') }), 'in-use', 'a machine that is off')
  t.is(state(eni('data'), { machine: machineWith('data') }), 'detaching')
  t.is(state(wanted, { machine: machineWith('data', 'absent'), run: run('multus-status') }), 'detaching')
  const stuck = run(undefined, [{ type: 'MigrationRequired', status: 'True' }, { type: 'LiveMigratable', status: 'False' }])
  t.like(awaitAttachment(contextOf(wanted, { machine: machineWith('data'), run: stuck })), { kind: 'waiting', reason: 'PendingRestart' })
})

test('of two that were admitted at one place the one that came first has it, and who is there stays', t => {
  const [older, younger] = [eni('a', at(1)), eni('b', at(1))]
  t.like(awaitAttachment(contextOf(older, { others: [younger] })), { reason: 'Attaching' })
  t.like(checkSpec(contextOf(younger, { others: [older] })), { kind: 'blocked', reason: 'InvalidSpec' })
  const there = eni('b', at(1), { status: { attachment: { attachmentID: 'x', instanceName: 'web', instanceID: 'i', deviceIndex: 1, state: 'attached' } } })
  t.is(checkSpec(contextOf(there, { others: [older] })), ready)
  t.like(checkSpec(contextOf(older, { others: [there] })), { kind: 'blocked', reason: 'InvalidSpec' })
})

test('one that goes with its instance goes once the server says that this one is gone, and at no namesake\'s', async t => {
  const instanceID = idOf(idPrefixes.instance, instance.metadata.uid)
  const attachment = { attachmentID: 'x', instanceName: 'web', instanceID, deviceIndex: 1, state: 'attached' }
  const object = eni('data', at(1, { deleteOnTermination: true }), { status: { attachment } })
  const kept = contextOf(object, { instances: [] }, [instance])
  t.is(await followInstance(kept), ready, 'an old view')
  t.false(kept.recording.acts.some(act => act.startsWith('remove')))
  const gone = contextOf(object, { instances: [] })
  await followInstance(gone)
  t.true(gone.recording.acts.includes('remove NetworkInterface team-a/data'))
  const never = contextOf(eni('data', at(1, { deleteOnTermination: true })), { instances: [] })
  t.is(await followInstance(never), ready, 'one whose instance was never there')
})

test('a deletion waits while a machine has it, and takes its network last', async t => {
  const finalize = finalizeNetworkInterface(createAddressLedger())
  const used = contextOf(eni('data', at(1), { deleted: true }), { machine: machineWith('data') })
  t.like(await finalize['attachment']?.(used), { kind: 'waiting', reason: 'DependencyViolation' })
  const free = contextOf(eni('data', {}, { deleted: true }))
  t.is(await finalize['attachment']?.(free), ready)
  await finalize['network']?.(free)
  t.deepEqual(free.recording.acts, [`remove NetworkAttachmentDefinition team-a/${idFor('data')}`])
})
