import { isNotFound } from '../../../operator/runtime/client.ts'
import { watching } from '../control.ts'
import type { Control, StandInController } from '../control.ts'
import type { Node, Taint } from '../kubelet/types.ts'
import { resources } from '../resources.ts'
import { specs } from '../specs.ts'

/** One machine of the cluster. */
export type NodeOptions = {
  name: string
  zone: string
  cpus: number
  /** A Kubernetes quantity, for example `64Gi`. */
  memory: string
  /** Pods that it takes; 110 by default. */
  pods?: number
  labels?: Record<string, string>
}

/** Where a real API server finds the kubelets of all our nodes. */
export type KubeletEndpoint = { address: string; port: number }

/** Two nodes in two zones, as in a small region. */
export const defaultNodes: NodeOptions[] = [
  { name: 'node-a1', zone: 'zone-a', cpus: 64, memory: '256Gi' },
  { name: 'node-b1', zone: 'zone-b', cpus: 64, memory: '256Gi' },
]

/** Registers the nodes, keeps their heartbeats fresh, and says so when one falls silent. */
export const nodeController = (control: Control, { nodes, isDown, kubelets }: NodeFacts): StandInController => ({
  name: 'nodes',
  watches: [watching(specs.nodes, (node) => [node.metadata.name])],
  reconcile: (key) => {
    const index = nodes.findIndex(({ name }) => name === key)
    const options = nodes[index]
    return options === undefined ? Promise.resolve(undefined) : reconcile(control, { ...options, index, kubelets }, isDown(key))
  },
})

export type NodeFacts = { nodes: readonly NodeOptions[]; isDown: (node: string) => boolean; kubelets: KubeletEndpoint | undefined }

type NodeInput = NodeOptions & { index: number; kubelets?: KubeletEndpoint | undefined }

const reconcile = async (control: Control, options: NodeInput, down: boolean): Promise<number | undefined> => {
  const node = control.cache.of(specs.nodes).get(options.name)
  if (node === undefined) {
    await control.create<Node>(resources.nodes, buildNode(options, control.now()))
    return 0
  }
  // Where a real kube-controller-manager watches over the nodes, a silent one is its business.
  if (down) return options.kubelets === undefined ? loseNode(control, node) : undefined
  if (readyOf(node)?.status !== 'True') await recoverNode(control, node, options)
  await renewLease(control, options.name)
  const fresh = control.cache.of(specs.nodes).get(options.name) ?? node
  const annotations = { ...fresh.metadata.annotations, 'kubevirt.io/heartbeat': control.now() }
  if (Date.parse(fresh.metadata.annotations?.['kubevirt.io/heartbeat'] ?? '1970-01-01') + 60_000 <= control.clock.now()) {
    await control.patch(resources.nodes, fresh, { ...fresh, metadata: { ...fresh.metadata, annotations } })
  }
  return control.timings.nodeHeartbeat
}

const readyOf = (node: Node) => node.status?.conditions?.find(({ type }) => type === 'Ready')

/** A node as kubelet, cloud provider and virt-handler make it. */
export const buildNode = ({ name, zone, cpus, memory, pods = 110, labels, index, kubelets }: NodeInput, now: string) => {
  const capacity = {
    cpu: `${cpus}`,
    memory,
    pods: `${pods}`,
    'ephemeral-storage': '1Ti',
    'devices.kubevirt.io/kvm': '1k',
    'devices.kubevirt.io/tun': '1k',
    'devices.kubevirt.io/vhost-net': '1k',
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/region': 'sandbox',
        'topology.kubernetes.io/zone': zone,
        'topology.sandbox.kumulus.dev/zone': zone,
        'kubevirt.io/schedulable': 'true',
        'machine-type.node.kubevirt.io/q35': 'true',
        ...labels,
      },
      annotations: { 'kubevirt.io/heartbeat': now },
    },
    spec: { podCIDR: `10.${240 + (index % 15)}.0.0/16`, providerID: `sandbox://${zone}/${name}` },
    status: { ...nodeStatus(index, now, name), ...(kubelets === undefined ? {} : reachedAt(kubelets)), capacity, allocatable: capacity },
  }
}

/** A host name, which an API server would rather ask for, leads nowhere. */
const reachedAt = ({ address, port }: KubeletEndpoint) =>
  ({ addresses: [{ type: 'InternalIP', address }], daemonEndpoints: { kubeletEndpoint: { Port: port } } })

const nodeStatus = (index: number, now: string, name: string) => ({
  addresses: [
    { type: 'InternalIP', address: nodeAddress(index) },
    { type: 'Hostname', address: name },
  ],
  conditions: healthyConditions(now),
  nodeInfo: {
    architecture: 'amd64',
    operatingSystem: 'linux',
    kubeletVersion: 'v1.36.0',
    kubeProxyVersion: '',
    osImage: 'Sandbox',
    kernelVersion: '6.12.0',
    containerRuntimeVersion: 'sandbox://1',
    machineID: name,
    systemUUID: name,
    bootID: name,
  },
})

/** Address of the n-th node. */
const nodeAddress = (index: number): string => `172.18.${Math.floor((index + 2) / 256)}.${(index + 2) % 256}`

const healthyConditions = (now: string) => [
  ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: 'False' as const,
    reason: `KubeletHasNo${type}`,
    message: 'kubelet has sufficient resources',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  })),
  { type: 'Ready', status: 'True' as const, reason: 'KubeletReady', message: 'kubelet is posting ready status', lastHeartbeatTime: now, lastTransitionTime: now },
]

type Lease = { metadata: { name: string; namespace: string; resourceVersion: string; uid: string } }

/** kubelet's heartbeat is a Lease; the Node itself is written only when something changes. */
const renewLease = async (control: Control, name: string): Promise<void> => {
  const renewTime = new Date(control.clock.now()).toISOString().replace('Z', '000Z')
  const target = { name, namespace: 'kube-node-lease' }
  try {
    await control.client.mergePatch<Lease>(resources.leases, target, { spec: { renewTime } })
  } catch (error) {
    if (!isNotFound(error)) throw error
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: target, spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime } }
    await control.create(resources.leases, lease)
  }
}

const unreachable = 'node.kubernetes.io/unreachable'

/** The node controller's part: after the grace period the node is Unknown and tainted, so that nothing new is put on it. */
const loseNode = async (control: Control, node: Node): Promise<number | undefined> => {
  const wait = control.delay(`lost ${node.metadata.uid} ${readyOf(node)?.lastTransitionTime ?? ''}`, control.timings.nodeLost)
  if (wait > 0) return wait
  if (readyOf(node)?.status === 'Unknown') return undefined
  const now = control.now()
  const taints: Taint[] = (['NoSchedule', 'NoExecute'] as const).map((effect) => ({ key: unreachable, effect, timeAdded: now }))
  const others = (node.spec?.taints ?? []).filter(({ key }) => key !== unreachable)
  const labels = { ...node.metadata.labels, 'kubevirt.io/schedulable': 'false' }
  const spec = { ...node.spec, taints: [...others, ...taints] }
  const tainted = await control.patch(resources.nodes, node, { ...node, metadata: { ...node.metadata, labels }, spec })
  const conditions = (node.status?.conditions ?? []).map((condition) => ({
    ...condition,
    status: 'Unknown' as const,
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: now,
  }))
  await control.patchStatus(resources.nodes, tainted, { ...node.status, conditions })
  await control.event(node, 'node-controller', 'Normal', 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`)
  return undefined
}

/** A node that came back, or that another control plane registered without status. */
const recoverNode = async (control: Control, node: Node, options: NodeInput): Promise<void> => {
  const built = buildNode(options, control.now())
  const taints = (node.spec?.taints ?? []).filter(({ key }) => key !== unreachable && key !== 'node.kubernetes.io/not-ready')
  const spec = { ...node.spec, taints }
  const labels = { ...node.metadata.labels, ...built.metadata.labels }
  const patched = await control.patch(resources.nodes, node, { ...node, spec, metadata: { ...node.metadata, labels } })
  await control.patchStatus(resources.nodes, patched, { ...node.status, ...built.status })
}
