import test from 'ava'
import { matchesGlob } from 'node:path'
import { everyDefinition } from '../../crds/v1alpha1/index.ts'
import { condition, conditionsOf } from '../../operator/runtime/conditions.ts'
import { blocked, type Outcome, ready, waiting } from '../../operator/runtime/outcome.ts'
import { customizations, type Health, healthOf } from './health.ts'
import { kstatusOf, type KStatus } from './kstatus.ts'

const script = customizations()['kumulus.dev/*']?.['health.lua'] ?? ''
const now = Date.UTC(2026, 0, 1)

type State = { title: string; observed: number; outcome?: Outcome; metadata?: object; kstatus: KStatus; health: Health }

const going = { deletionTimestamp: '2026-01-01T00:00:00Z' }
const unseen: Pick<State, 'kstatus' | 'health'> = {
  kstatus: 'InProgress', health: { status: 'Progressing', message: 'the operator has not looked at the latest change yet' },
}

const states: readonly State[] = [
  { title: 'that nobody has looked at', observed: -1, ...unseen },
  { title: 'that is ready', observed: 2, outcome: ready, kstatus: 'Current', health: { status: 'Healthy', message: '' } },
  { title: 'that was ready before its last change', observed: 1, outcome: ready, ...unseen },
  {
    title: 'that waits', observed: 2, outcome: waiting('DependencyNotFound', 'waiting for VPC "main"'),
    kstatus: 'InProgress', health: { status: 'Progressing', message: 'waiting for VPC "main"' },
  },
  {
    title: 'that is stalled', observed: 2, outcome: blocked('NameConflict', 'rename it'),
    kstatus: 'Failed', health: { status: 'Degraded', message: 'rename it' },
  },
  { title: 'that was stalled before its last change', observed: 1, outcome: blocked('NameConflict', 'rename it'), ...unseen },
  {
    title: 'that is being deleted', observed: 2, outcome: ready, metadata: going,
    kstatus: 'Terminating', health: { status: 'Progressing', message: 'being deleted' },
  },
  {
    title: 'whose deletion waits for its users', observed: 2, outcome: waiting('DependencyViolation', 'Subnet "a" uses it'), metadata: going,
    kstatus: 'Terminating', health: { status: 'Progressing', message: 'Subnet "a" uses it' },
  },
]

const conditions = (generation: number, outcome: Outcome | undefined, more: { readyReason?: string; readyMessage?: string } = {}) =>
  outcome === undefined ? [] : conditionsOf({ previous: undefined, generation, outcome, now, ...more })

test('one customization is for all our kinds and for nobody else\'s', t => {
  const [key = '', ...others] = Object.keys(customizations())
  t.deepEqual(others, [])
  for (const { group, kind } of everyDefinition) t.true(matchesGlob(`${group}/${kind}`, key), kind)
  for (const foreign of ['kubeovn.io/Subnet', 'kubevirt.io/VirtualMachine', 'apps/Deployment']) t.false(matchesGlob(foreign, key), foreign)
})

for (const { kind } of everyDefinition) {
  test(`Argo CD and kstatus judge one of kind ${kind} by its conditions, whatever happens to it`, t => {
    for (const { title, observed, outcome, metadata, kstatus, health } of states) {
      const object = {
        kind, metadata: { name: 'x', generation: 2, ...metadata }, spec: {},
        status: { observedGeneration: observed, ...outcome === undefined ? {} : { conditions: conditions(observed, outcome) } },
      }
      t.deepEqual(healthOf(script, object), health, title)
      t.is(kstatusOf(object), kstatus, title)
    }
  })
}

const anInstance = (state: 'Running' | 'Stopped', shown: string, more: { readyReason?: string; readyMessage?: string } = {}) => ({
  kind: 'Instance', metadata: { name: 'web', generation: 1 }, spec: { state }, status: { observedGeneration: 1, state: shown, conditions: conditions(1, ready, more) },
})

test('an instance that is to be stopped is healthy once it is, and holds no sync wave up', t => {
  t.deepEqual(healthOf(script, anInstance('Stopped', 'stopped', { readyReason: 'Stopped' })), { status: 'Healthy', message: '' })
})

test('an instance that its guest has shut down is suspended, and the message says how to start it', t => {
  const message = 'the guest has shut itself down: to start it, annotate'
  t.deepEqual(healthOf(script, anInstance('Running', 'stopped', { readyReason: 'Stopped', readyMessage: message })), { status: 'Suspended', message })
})

test('what does not hold of a thing that works is said beside its health', t => {
  const basis = { previous: undefined, generation: 1, now }
  const group = {
    kind: 'SecurityGroup', metadata: { name: 'web', generation: 1 }, spec: {},
    status: { observedGeneration: 1, conditions: [...conditions(1, ready), condition(basis, 'Enforced', 'False', 'RulesNotSupported', 'ICMP is not let through')] },
  }
  t.deepEqual(healthOf(script, group), { status: 'Healthy', message: 'ICMP is not let through' })
  t.is(kstatusOf(group), 'Current')
})

test('an object without a status is in progress for Argo CD', t => {
  t.is(healthOf(script, { kind: 'VPC', metadata: { name: 'main', generation: 1 }, spec: {} }).status, 'Progressing')
})
