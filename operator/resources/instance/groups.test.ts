import test from 'ava'
import { recordingContext } from '../recording-context.ts'
import { ensureMembership, labelChange } from './groups.ts'
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
