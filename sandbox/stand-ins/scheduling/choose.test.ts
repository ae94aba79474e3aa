import test from 'ava'
import type { Node, Pod } from '../kubelet/types.ts'
import { chooseNode } from './choose.ts'
import { buildNode } from './nodes.ts'
import type { SchedulingFacts } from './predicates.ts'

const node = (name: string, zone: string, more: object = {}): Node =>
  ({ ...buildNode({ name, zone, cpus: 4, memory: '8Gi', index: 0 }, ''), ...more }) as unknown as Node
const pod = (name: string, spec: object = {}, labels: Record<string, string> = {}): Pod =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'a', uid: name, labels }, spec: { containers: [{ name: 'c', resources: { requests: { memory: '1Gi' } } }], ...spec } }) as unknown as Pod
const nodes = [node('a1', 'zone-a'), node('b1', 'zone-b')]
const choose = (facts: Partial<SchedulingFacts>) => chooseNode({ pod: pod('new'), nodes, bound: [], volumes: [], namespaceLabels: () => ({}), ...facts })
const near = (topologyKey: string) => ({ topologyKey, labelSelector: { matchLabels: { app: 'web' } } })
const web = { app: 'web' }
const on = (name: string, nodeName: string, labels = web) => pod(name, { nodeName }, labels)

test('a pod goes where its selector, its affinity and its volumes let it', (t) => {
  t.deepEqual(choose({ pod: pod('p', { nodeSelector: { 'topology.kubernetes.io/zone': 'zone-b' } }) }), { node: 'b1' })
  const terms = [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['zone-b'] }] }]
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } }
  t.deepEqual(choose({ pod: pod('p', { affinity }) }), { node: 'b1' })
  t.deepEqual(choose({ volumes: [{ spec: { nodeAffinity: { required: { nodeSelectorTerms: terms } } } } as never] }), { node: 'b1' })
})

test('pods that repel each other land on different nodes, and the third waits', (t) => {
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near('kubernetes.io/hostname')] } }
  const third = pod('p', { affinity }, web)
  t.deepEqual(choose({ pod: third, bound: [on('x', 'a1')] }), { node: 'b1' })
  t.like(choose({ pod: third, bound: [on('x', 'a1'), on('y', 'b1')] }), {
    message: "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
  })
})

test('pods that attract each other share a zone', (t) => {
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near('topology.kubernetes.io/zone')] } }
  t.deepEqual(choose({ pod: pod('p', { affinity }), bound: [on('x', 'b1')] }), { node: 'b1' })
})

test('hard topology spread keeps the zones even', (t) => {
  const topologySpreadConstraints = [{ maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: web } }]
  t.deepEqual(choose({ pod: pod('p', { topologySpreadConstraints }, web), bound: [on('x', 'a1')] }), { node: 'b1' })
})

test('a taint keeps pods away that do not tolerate it', (t) => {
  const tainted = node('a1', 'zone-a', { spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] } })
  t.like(choose({ nodes: [tainted] }), { message: '0/1 nodes are available: 1 node(s) had untolerated taint(s) {dedicated: gpu}. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.' })
  t.deepEqual(choose({ nodes: [tainted], pod: pod('p', { tolerations: [{ key: 'dedicated', operator: 'Exists' }] }) }), { node: 'a1' })
})

test('what is asked for and not there is named', (t) => {
  const big = pod('p', { containers: [{ name: 'c', resources: { requests: { memory: '9Gi' } } }] })
  t.like(choose({ pod: big }), { message: '0/2 nodes are available: 2 Insufficient memory. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.' })
})
