import test from 'ava'
import { launcherPodInformer, virtualMachineInformer, virtualMachineInstanceInformer } from '../../providers/kubevirt/informers.ts'
import type { LauncherPod } from '../../providers/kubevirt/resources.ts'
import { endedBy, type Ends, noteLauncher, noteMachine, noteRun } from './ends.ts'
import { cacheFor, launcherFor, machineFor, runFor, stored } from './sample.ts'

const key = 'team-a/web'
const instance = stored()
const going = { deletionTimestamp: '2026-01-02T00:03:00Z', deletionGracePeriodSeconds: 180 }

type Run = Parameters<typeof runFor>[2]
type Pod = Parameters<typeof launcherFor>[1]

/** What a process is told, in the order in which it is. */
const told = (machine: object = machineFor(instance)) => {
  const ends: Ends = new Map()
  const cache = cacheFor(instance, { machine })
  const pods = new Map<string, LauncherPod>()
  const story = {
    run: (phase: string, version: string, more: Run = {}) => {
      noteRun(ends, virtualMachineInstanceInformer.trim(runFor(instance, phase, { version, ...more }) as never), cache)
      return story
    },
    pod: (version: string, more: Pod = {}) => {
      const pod = launcherPodInformer.trim(launcherFor(instance, { version, ...more }) as never)
      noteLauncher(ends, key, pod, pods.get(pod.node ?? ''), cache)
      pods.set(pod.node ?? '', pod)
      return story
    },
    podGone: (node = 'node-1') => {
      const pod = pods.get(node)
      if (pod !== undefined) noteLauncher(ends, key, pod, pod, cache)
      pods.delete(node)
      return story
    },
    by: () => endedBy(ends.get(key), [...pods.values()]),
    ends,
  }
  return story
}

test('a guest that ends before its launcher is told to go has shut itself down, in whatever order the two are told of', t => {
  t.is(told().run('Running', '5').pod('6').run('Succeeded', '10').pod('11', { deleted: going }).by(), 'guest')
  t.is(told().run('Running', '5').pod('6').pod('11', { deleted: going }).run('Succeeded', '10').by(), 'guest')
  t.is(told().run('Running', '5').pod('6').run('Succeeded', '10').pod('11', { deleted: going }).podGone().by(), 'guest')
  t.is(told().run('Running', '5').pod('6').pod('9', { phase: 'Succeeded' }).run('Succeeded', '10').podGone().by(), 'guest', 'its process ended with it')
})

test('a guest whose launcher is told to go first was ended with it, in whatever order the two are told of', t => {
  t.is(told().pod('6').pod('9', { deleted: going }).run('Succeeded', '10').by(), 'host')
  t.is(told().pod('6').run('Succeeded', '10').pod('9', { deleted: going }).by(), 'host')
  t.is(told().pod('6').pod('9', { conditions: [{ type: 'DisruptionTarget', status: 'True' }] }).run('Succeeded', '10').by(), 'host')
  t.is(told().pod('6').pod('99', { deleted: going }).pod('101', { deleted: going }).run('Succeeded', '100').by(), 'host', 'what changes later on it says nothing')
})

test('a watch with a gap shows late what came early: then the times say it', t => {
  const endedAt = { phaseTransitionTimestamps: [{ phase: 'Succeeded', phaseTransitionTimestamp: '2026-01-02T00:00:01Z' }] }
  t.is(told().pod('6').run('Succeeded', '10', { status: endedAt }).pod('11', { deleted: going }).by(), 'host')
})

test('as long as the launcher is there nothing is sure, and of one that nobody has seen going nothing ever is', t => {
  t.is(told().pod('6').run('Succeeded', '10').by(), 'unclear')
  t.is(told().pod('6').run('Succeeded', '10').podGone().by(), 'unknown')
  t.is(told().run('Succeeded', '10').by(), 'unknown')
  t.is(told().by(), 'unknown')
})

test('a new process that finds the launcher on its way out does not know what came first', t => {
  t.is(told().run('Succeeded', '10').pod('11', { deleted: going }).by(), 'unknown')
})

test('a run that somebody has deleted, or whose host is drained, was not ended by its guest', t => {
  const endedAt = { phaseTransitionTimestamps: [{ phase: 'Succeeded', phaseTransitionTimestamp: '2026-01-02T00:00:00Z' }] }
  t.is(told().pod('6').run('Succeeded', '10', { deleted: true, status: endedAt }).pod('11', { deleted: going }).by(), 'unknown', 'in one second')
  t.is(told().pod('6').run('Succeeded', '10', { status: { evacuationNodeName: 'node-1' } }).pod('11', { deleted: going }).by(), 'unknown')
})

test('the launcher that a migration has left behind says nothing of the end', t => {
  const story = told().pod('6').pod('7', { node: 'node-2' }).pod('8', { deleted: going }).podGone()
  t.is(story.run('Succeeded', '10', { status: { nodeName: 'node-2' } }).by(), 'unclear')
  t.is(story.pod('11', { node: 'node-2', deleted: going }).by(), 'guest')
})

test('nothing is kept of a machine that was told to stop, nor of a run when the next has begun', t => {
  t.is(told(machineFor(instance, { runStrategy: 'Halted' })).pod('6').run('Succeeded', '10').pod('11', { deleted: going }).ends.size, 0)
  t.is(told().pod('6').run('Succeeded', '10').pod('11', { deleted: going }).run('Pending', '20', { uid: 'uid-next' }).ends.size, 0)
  const { ends } = told().pod('6').run('Succeeded', '10').pod('11', { deleted: going })
  noteMachine(ends, virtualMachineInformer.trim(machineFor(instance) as never))
  t.is(ends.size, 1)
  noteMachine(ends, virtualMachineInformer.trim(machineFor(instance, { runStrategy: 'Halted' }) as never))
  t.is(ends.size, 0)
})
