import test from 'ava'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import type { InstanceAction, InstanceActionStatus } from '../../../crds/v1alpha1/instance-action.ts'
import { virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import { ApiError } from '../../runtime/api-error.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import type { InformerSpec } from '../../runtime/store.ts'
import { machineFor, runFor, stored } from '../instance/sample.ts'
import { instanceInformer } from '../instance/store.ts'
import { cacheOf, holding, recordingContext } from '../recording-context.ts'
import { type Asked, rebootPatienceMs } from './act.ts'
import { observeInstanceAction } from './observe.ts'
import { instanceActionStatus } from './status.ts'
import { instanceActionSteps } from './steps.ts'
import { instanceActionInformer } from './store.ts'

const instance = stored({}, { status: { state: 'running' } })
const begun = '2026-01-01T00:00:00Z'
const inProgress: InstanceActionStatus = {
  observedGeneration: 1, phase: 'InProgress', startTime: begun, instanceID: idOf(idPrefixes.instance, instance.metadata.uid),
}
const agentSince = '2025-12-31T00:00:00Z'
/** Of a reboot that began beside an agent. */
const witnessed: InstanceActionStatus = { ...inProgress, guestAgentSince: agentSince }
const actionOf = (type: InstanceAction['spec']['type'], status?: InstanceActionStatus, name = 'act', created = begun): InstanceAction => ({
  apiVersion: 'kumulus.dev/v1alpha1',
  kind: 'InstanceAction',
  metadata: { name, namespace: 'team-a', uid: `uid-${name}`, resourceVersion: '1', generation: 1, creationTimestamp: created },
  spec: { instanceRef: { name: 'web' }, type },
  ...status === undefined ? {} : { status },
})

type Around = {
  instance?: KubeObject
  machine?: object
  run?: object
  others?: InstanceAction[]
  after?: number
  asked?: Asked
  live?: InstanceAction
  refuse?: string
}

const agent = (status: string, since: string) =>
  runFor(instance, 'Running', { status: { conditions: [{ type: 'AgentConnected', status, lastProbeTime: since, lastTransitionTime: null }] } })

/** One pass: what it did, and the status that it ends with. */
const pass = async (action: InstanceAction, around: Around = {}) => {
  const hold = (spec: unknown, ...objects: object[]) => holding(spec as InformerSpec<KubeObject>, ...objects)
  const facts = observeInstanceAction(action, cacheOf(
    hold(instanceActionInformer, action, ...around.others ?? []),
    hold(instanceInformer, ...'instance' in around ? around.instance === undefined ? [] : [around.instance] : [instance]),
    hold(virtualMachineInformer, around.machine ?? machineFor(instance)),
    hold(virtualMachineInstanceInformer, around.run ?? runFor(instance, 'Running')),
  ))
  const recorded = recordingContext(action, facts, [around.live ?? action])
  const act: typeof recorded.act = async (resource, target, subresource, body) => {
    if (subresource === around.refuse) throw new ApiError(409, 'Conflict', 'no')
    await recorded.act(resource, target, subresource, body)
  }
  const context = { ...recorded, now: recorded.now + (around.after ?? 0), act }
  let outcome: Outcome = ready
  for (const step of Object.values(instanceActionSteps(around.asked))) {
    outcome = await step(context)
    if (outcome.kind !== 'ready') break
  }
  return { acts: recorded.recording.acts.filter(each => !each.startsWith('read ')), outcome, status: instanceActionStatus({ object: action, facts, outcome, outcomes: {}, now: context.now }) }
}

test('an act that is over already is not done again by a process whose list is behind', async t => {
  const over = actionOf('ForceStop', { ...inProgress, phase: 'Completed' })
  await t.throwsAsync(pass(actionOf('ForceStop', inProgress), { live: over }), { message: /over already/ })
})

test('an action is recorded as begun before anything is done', async t => {
  const { acts, status } = await pass(actionOf('Reboot'))
  t.deepEqual(acts, [])
  t.like(status, { phase: 'InProgress', startTime: begun })
})

test('a reboot of a guest without an agent is done with the request', async t => {
  const { acts, status } = await pass(actionOf('Reboot', inProgress))
  t.deepEqual(acts, ['softreboot VirtualMachineInstance team-a/web', 'event Normal Completed'])
  t.like(status, { phase: 'Completed', completionTime: begun, message: 'the guest was asked to reboot' })
  t.like(status.conditions?.[0], { type: 'Ready', status: 'True', reason: 'Completed' })
})

test('a status that could not be written does not reboot the guest again', async t => {
  const asked: Asked = new Map()
  await pass(actionOf('Reboot', inProgress), { asked })
  const again = await pass(actionOf('Reboot', inProgress), { asked })
  t.deepEqual(again.acts, ['event Normal Completed'])
  t.is(again.status.phase, 'Completed')
})

test('a guest that can\'t be asked is reset', async t => {
  t.deepEqual((await pass(actionOf('Reboot', inProgress), { refuse: 'softreboot' })).acts[0], 'reset VirtualMachineInstance team-a/web')
})

test('a guest with an agent is waited for, and reset when it does not heed the request in time', async t => {
  const asked: Asked = new Map()
  const first = await pass(actionOf('Reboot', witnessed), { run: agent('True', agentSince), asked })
  t.deepEqual([first.acts, first.status.phase], [['softreboot VirtualMachineInstance team-a/web'], 'InProgress'])
  const late = await pass(actionOf('Reboot', witnessed), { run: agent('True', agentSince), after: rebootPatienceMs, asked })
  t.deepEqual([late.acts[0], late.status.phase], ['reset VirtualMachineInstance team-a/web', 'Completed'])
})

test('a guest is not reset by who has only just asked it, however long ago the reboot began', async t => {
  const { acts, status } = await pass(actionOf('Reboot', witnessed), { run: agent('True', agentSince), after: 10 * rebootPatienceMs })
  t.deepEqual([acts, status.phase], [['softreboot VirtualMachineInstance team-a/web'], 'InProgress'])
})

test('a guest whose agent is gone since the reboot began is rebooting, and is neither asked again nor reset however long that takes', async t => {
  for (const asked of [new Map([['uid-act', 0]]), new Map()] satisfies Asked[]) {
    const down = await pass(actionOf('Reboot', witnessed), { asked })
    t.deepEqual([down.acts, down.status.phase, down.status.message], [[], 'InProgress', 'the guest is rebooting'])
    const late = await pass(actionOf('Reboot', witnessed), { asked, after: rebootPatienceMs })
    t.deepEqual([late.acts, late.status.phase], [['event Normal Completed'], 'Completed'])
    const back = await pass(actionOf('Reboot', witnessed), { asked, run: agent('True', '2026-01-01T00:00:40Z') })
    t.deepEqual([back.acts, back.status.message], [['event Normal Completed'], 'the guest has rebooted'])
  }
})

test('since when the agent is there is recorded with the beginning, and kept', async t => {
  const { status } = await pass(actionOf('Reboot'), { run: agent('True', agentSince) })
  t.like(status, { phase: 'InProgress', guestAgentSince: agentSince })
  const later = await pass(actionOf('Reboot', status), { run: agent('True', '2026-01-01T00:00:30Z') })
  t.like(later.status, { phase: 'Completed', guestAgentSince: agentSince })
  t.is((await pass(actionOf('Reboot'))).status.guestAgentSince, undefined)
  t.is((await pass(actionOf('ForceStop'), { run: agent('True', agentSince) })).status.guestAgentSince, undefined)
})

test('an agent that comes for the first time is not taken for that of a guest that has rebooted: one that nobody has asked yet is asked', async t => {
  const { acts, status } = await pass(actionOf('Reboot', inProgress), { run: agent('True', '2026-01-01T00:00:30Z') })
  t.deepEqual([acts, status.phase], [['softreboot VirtualMachineInstance team-a/web', 'event Normal Completed'], 'Completed'])
})

test('a host whose clock is ahead does not make a reboot of what was connected all the while', async t => {
  const ahead = '2026-01-01T00:05:00Z'
  const { acts, status } = await pass(actionOf('Reboot', { ...inProgress, guestAgentSince: ahead }), { run: agent('True', ahead) })
  t.deepEqual([acts, status.phase], [['softreboot VirtualMachineInstance team-a/web'], 'InProgress'])
})

test('a force-stop holds the machine stopped and cuts its power', async t => {
  const { acts, status } = await pass(actionOf('ForceStop', inProgress))
  t.deepEqual(acts, ['patch VirtualMachine team-a/web', 'stop VirtualMachine team-a/web'])
  t.is(status.phase, 'InProgress')
})

test('a force-stop does not get past stop protection', async t => {
  const { acts, status } = await pass(actionOf('ForceStop'), { instance: stored({ disableAPIStop: true }) })
  t.deepEqual(acts, [])
  t.like(status, { phase: 'Failed' })
  t.regex(status.message ?? '', /disableAPIStop/)
})

for (const type of ['Recover', 'Migrate', 'SendDiagnosticInterrupt'] as const) {
  test(`${type}, which is not served yet, fails in words`, async t => {
    t.like((await pass(actionOf(type))).status, { phase: 'Failed', message: `${type} is not supported yet: use Reboot or ForceStop` })
  })
}

test('an action waits for its instance, and outlives no namesake that replaces it', async t => {
  t.like((await pass(actionOf('Reboot'), { instance: undefined as never })).status, { phase: 'Pending' })
  const replaced = { ...instance, metadata: { ...instance.metadata, uid: 'another, of the same second' } }
  const { acts, status } = await pass(actionOf('Reboot', inProgress), { instance: replaced })
  t.deepEqual([acts, status.phase], [[], 'Superseded'])
})

test('of two reboots that nobody has begun the younger is enough, and different actions go one at a time', async t => {
  const younger = actionOf('Reboot', undefined, 'b', '2026-01-01T00:00:09Z')
  t.is((await pass(actionOf('Reboot', undefined, 'a'), { others: [younger] })).status.phase, 'Superseded')
  const { acts, status } = await pass(actionOf('ForceStop', undefined, 'b', '2026-01-01T00:00:09Z'), { others: [actionOf('Reboot', inProgress, 'a')] })
  t.deepEqual([acts, status.phase], [[], 'Pending'])
})

test('a record says of which generation its conditions are, so that kubectl wait does not wait for ever', async t => {
  const condition = { type: 'Ready', status: 'True' as const, reason: 'Completed', message: '', observedGeneration: 1, lastTransitionTime: begun }
  const over: InstanceActionStatus = { observedGeneration: 1, conditions: [condition], phase: 'Completed', message: 'done' }
  const action = actionOf('Reboot', over)
  const { status } = await pass({ ...action, metadata: { ...action.metadata, generation: 2 } })
  t.deepEqual(status, { ...over, observedGeneration: 2, conditions: [{ ...condition, observedGeneration: 2 }] })
})

test('an action that is over is a record that nothing changes', async t => {
  const over: InstanceActionStatus = { observedGeneration: 1, phase: 'Completed', startTime: begun, completionTime: begun, message: 'done' }
  const { acts, status } = await pass(actionOf('Reboot', over), { after: 1e9 })
  t.deepEqual([acts, status], [[], over])
})
