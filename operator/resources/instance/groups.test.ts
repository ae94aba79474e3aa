import test from 'ava'
import { ready } from '../../runtime/outcome.ts'
import { recordingContext } from '../recording-context.ts'
import { awaitPortGroups, ensureMembership, labelChange, membershipOf } from './groups.ts'
import { factsFor, groupLabel, launcherFor, machineFor, runFor, stored, vpcLabels } from './sample.ts'

const web = { ...vpcLabels, [groupLabel('web')]: '' }

const around = (instance: ReturnType<typeof stored>, labels: Record<string, string>) => ({
  machine: machineFor(instance, { labels }), run: runFor(instance, 'Running', { labels }), launchers: [launcherFor(instance, { labels })],
})

test('a change of groups reaches the pod, the run and the template, in three writes', async t => {
  const instance = stored({ securityGroupRefs: [{ name: 'db' }] })
  const context = recordingContext(instance, factsFor(instance, around(instance, web)))
  await ensureMembership(context)
  t.deepEqual(context.recording.acts, [
    'patch Pod team-a/virt-launcher-web', 'patch VirtualMachineInstance team-a/web', 'patch VirtualMachine team-a/web', 'event Normal SecurityGroupsChanged',
  ])
})

test('an instance that is in its groups costs no write', async t => {
  const instance = stored()
  const context = recordingContext(instance, factsFor(instance, around(instance, web)))
  await ensureMembership(context)
  t.deepEqual(context.recording.acts, [])
})

test('while one of its groups is missing an instance keeps the groups that it has', async t => {
  const instance = stored({ securityGroupRefs: [{ name: 'db' }, { name: 'nope' }] })
  const context = recordingContext(instance, factsFor(instance, around(instance, web)))
  await ensureMembership(context)
  t.deepEqual(context.recording.acts, [])
})

test('a label that somebody took off the pod, or put on it, is mended', t => {
  t.deepEqual(labelChange({}, web), web)
  t.deepEqual(labelChange({ ...web, 'sg.kumulus.dev/sg-foreign': '', other: 'x' }, web), { 'sg.kumulus.dev/sg-foreign': null })
  t.is(labelChange({ ...web, other: 'x' }, web), undefined)
})

const byPorts = (instance: ReturnType<typeof stored>, given: object = {}, lateGroup?: string) =>
  ({ ...factsFor(instance, given), driver: 'kubeOVN' as const, lateGroup })

test('with Kube-OVN\'s groups a port is in the group that closes its VPC and in those of the instance, by annotation and by no label', t => {
  const membership = membershipOf(byPorts(stored()))
  t.deepEqual(membership?.labels, vpcLabels)
  t.deepEqual(Object.keys(membership?.annotations ?? {}), ['public-a.team-a.ovn.kubernetes.io/security_groups'])
  t.regex(Object.values(membership?.annotations ?? {}).join(), /^vpc-[0-9a-f]{17},sg-[0-9a-f]{17}$/)
})

test('with Kube-OVN\'s groups a change of groups reaches the pod, the run and the template, in three writes, and then costs none', async t => {
  const instance = stored({ securityGroupRefs: [{ name: 'db' }] })
  const context = recordingContext(instance, byPorts(instance, around(instance, vpcLabels)))
  await ensureMembership(context)
  t.deepEqual(context.recording.acts, [
    'patch Pod team-a/virt-launcher-web', 'patch VirtualMachineInstance team-a/web', 'patch VirtualMachine team-a/web', 'event Normal SecurityGroupsChanged',
  ])
  const annotations = membershipOf(byPorts(instance))?.annotations ?? {}
  t.deepEqual(context.recording.patches[0], { metadata: { annotations } })
  const { machine, run, launchers } = context.facts
  const told = <T extends { metadata: object }>(object: T): T => ({ ...object, metadata: { ...object.metadata, annotations } })
  if (machine === undefined || run === undefined) return t.fail()
  const again = recordingContext(instance, {
    ...context.facts, run: told(run), launchers: launchers.map(told),
    machine: { ...machine, spec: { ...machine.spec, templateAnnotations: annotations } },
  })
  await ensureMembership(again)
  t.deepEqual(again.recording.acts, [])
})

test('with Kube-OVN\'s groups a machine is made once its port can be put into every group; one that runs waits for none', t => {
  const instance = stored()
  t.like(awaitPortGroups(recordingContext(instance, byPorts(instance, {}, 'web'))), { kind: 'waiting', reason: 'DependencyNotReady' })
  t.deepEqual(awaitPortGroups(recordingContext(instance, byPorts(instance))), ready)
  t.deepEqual(awaitPortGroups(recordingContext(instance, byPorts(instance, { ...around(instance, vpcLabels), power: 'running' }, 'web'))), ready)
})
