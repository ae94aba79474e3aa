import type { KubeObject } from '../../crds/kubernetes.ts'
import { keyOf } from '../../crds/kubernetes.ts'
import type { Clock } from '../../operator/runtime/clock.ts'
import type { Log } from '../../operator/runtime/log.ts'
import { createClient, isConflict, type Client } from '../../operator/runtime/client.ts'
import { createRuntime } from '../../operator/runtime/runtime.ts'
import type { Runtime } from '../../operator/runtime/runtime.ts'
import { source } from '../../operator/runtime/controller.ts'
import type { Controller } from '../../operator/runtime/controller.ts'
import type { InformerSpec } from '../../operator/runtime/store.ts'
import type { Transport } from '../../operator/runtime/transport.ts'
import type { AggregatedApi } from '../apiserver/server.ts'
import type { PodLogs } from '../apiserver/subresources/pods.ts'
import type { Disks } from '../disks/disks.ts'
import type { Hypervisor } from '../hypervisor/hypervisor.ts'
import type { NetworkObjects } from '../network/kube-ovn/objects.ts'
import { createBackground } from './background.ts'
import type { Background } from './background.ts'
import { dataSourceController, storageProfileController } from './cdi/data-source.ts'
import { dataVolumeController } from './cdi/data-volume.ts'
import { createTransfers } from './cdi/transfers.ts'
import { installCluster } from './cluster.ts'
import { createControl } from './control.ts'
import type { Control, StandInController } from './control.ts'
import { attributesClassController } from './csi/attributes.ts'
import { claimController, provisionController } from './csi/claims.ts'
import { createRoom } from './csi/room.ts'
import { snapshotController } from './csi/snapshots.ts'
import { releaseController, volumeController } from './csi/volumes.ts'
import { installCrds } from './install-crds.ts'
import { addressController, ipController } from './kube-ovn/addresses.ts'
import { ovnEipController, ovnFipController, ovnSnatController } from './kube-ovn/external.ts'
import { packetController } from './kube-ovn/packets.ts'
import { subnetController, defaultVpc } from './kube-ovn/subnet.ts'
import { securityGroupController, vpcController } from './kube-ovn/vpc.ts'
import { kubelet } from './kubelet/kubelet.ts'
import { createPodLogs } from './kubelet/pod-logs.ts'
import { asksGuest, createNodeActs, type NodeActs } from './kubevirt/node/acts.ts'
import { trackGuests } from './kubevirt/node/guests.ts'
import type { Guests } from './kubevirt/node/guests.ts'
import { instanceController } from './kubevirt/control/instance.ts'
import { reportsOf, type Report } from './kubevirt/node/report.ts'
import { nodeHandler } from './kubevirt/node/virt-handler.ts'
import { createSubresources, subresourceNames } from './kubevirt/control/subresources.ts'
import { virtualMachineController } from './kubevirt/control/virtual-machine.ts'
import { createNames } from './names.ts'
import { defaultNodes, nodeController } from './scheduling/nodes.ts'
import type { KubeletEndpoint, NodeOptions } from './scheduling/nodes.ts'
import { scheduler } from './scheduling/scheduler.ts'
import { specs } from './specs.ts'
import { demoTimings } from './timings.ts'
import type { Timings } from './timings.ts'
import { deploymentController } from './workloads/deployments.ts'

export type StandInOptions = {
  transport: Transport
  clock: Clock
  log: Log
  hypervisor: Hypervisor
  disks: Disks
  timings?: Partial<Timings>
  nodes?: readonly NodeOptions[]
  /**
   * Given where a real kube-controller-manager and kube-scheduler bind claims and pods, protect and release volumes, and watch over nodes: that
   * is then left to them. The API server finds our nodes' kubelets there.
   */
  realControlPlane?: { kubelets: KubeletEndpoint }
  /**
   * Given where virt-api and virt-controller run: of KubeVirt only the nodes' half is played then. They take no status of an instance but from
   * the virt-handler of its node.
   */
  realKubeVirt?: { handlerOf: (node: string) => Client }
  /** Where kube-ovn-controller runs: nothing of Kube-OVN is played then. */
  realKubeOVN?: boolean
  /** Names and addresses are drawn from it. */
  seed?: string
  /** A folder of upstream's own definitions, instead of our small ones. */
  crdFolder?: string
  /** The cluster has them and everything else that is installed already. */
  installed?: boolean
  /** See `RuntimeOptions`. */
  silence?: number
  /** What carries packets as Kube-OVN's objects say. It is shown all of them whenever one has changed. Default: nothing does. */
  network?: (objects: NetworkObjects) => Promise<void>
  /** Whether an agent runs in a guest. Default: as the hypervisor says. */
  guestAgent?: (uid: string) => boolean
}

export type StandIns = {
  /** virt-handler's API on every node; virt-api hands on to it. */
  acts: NodeActs
  /** Serves `subresources.kubevirt.io`; give it to the API server as the aggregated API of `subresources.kubevirt.io/v1`. */
  subresources: AggregatedApi
  podLogs: PodLogs
  /** Nothing is being worked on, and only time can change that. */
  idle: () => boolean
  /** Takes a node's power away, or gives it back. */
  setNodePower: (node: string, on: boolean) => Promise<void>
  /** Ends Kube-OVN's controller, or starts it again: without it no network comes about and no pod gets an address. */
  setNetworkController: (up: boolean) => void
  stop: () => Promise<void>
}

/** Installs the definitions and starts every controller. Machines that run go on running. */
export const startStandIns = async (options: StandInOptions): Promise<StandIns> => {
  const { transport, clock, hypervisor, nodes = defaultNodes } = options
  const log = options.log.child({ part: 'stand-ins' })
  if (options.installed !== true) await installCrds(createClient(transport), clock, options.crdFolder)
  const runtime = createRuntime({ transport, clock, log, identity: 'stand-ins', silence: options.silence })
  const controllers = new Map<string, Controller>()
  const background = createBackground(log)
  const control = controlOf(options, { runtime, controllers, background, log })
  const down = new Set<string>()
  const guestAgent = options.guestAgent ?? ((uid: string) => hypervisor.agent(uid) !== undefined)
  const guests = trackGuests(hypervisor, (uid) => {
    for (const { metadata } of runtime.cache.of(specs.virtualMachineInstances).by('uid', uid)) controllers.get('virt-handler')?.queue.add(keyOf(metadata))
  })
  const network = { up: true }
  const report = reportsOf(control, options.realKubeVirt?.handlerOf)
  const parts = everyPart(control, options, { guests, guestAgent, report, nodes, isDown: (node) => down.has(node), network })
  for (const part of parts) controllers.set(part.name, adapt(runtime, part))
  // Some are only read; what is declared when it is first read, in the middle of a pass, is declared too late.
  for (const spec of Object.values(specs)) runtime.informer(spec as InformerSpec<KubeObject>)
  // After the controllers listen: an object that the store knows already is no news to them.
  if (options.installed !== true) {
    await installCluster(control, { kubeVirt: options.realKubeVirt === undefined, webhooks: options.realControlPlane === undefined })
  }
  runtime.start()
  lookAtOnce(controllers, nodes)
  const acts = createNodeActs({ control, hypervisor, guestAgent, report })
  return {
    acts,
    subresources: { resources: aggregatedResources, handle: createSubresources({ control, acts }) },
    podLogs: createPodLogs(hypervisor),
    idle: () => runtime.idle() && background.idle(),
    setNetworkController: (up) => void (network.up = up),
    setNodePower: (node, on) => setPower({ control, hypervisor, guests, down, controllers }, node, on),
    stop: () => stop(guests, background, runtime),
  }
}

type Around = { runtime: Runtime; controllers: ReadonlyMap<string, Controller>; background: Background; log: Log }

const controlOf = ({ transport, clock, seed = 'sandbox', timings }: StandInOptions, { runtime, controllers, background, log }: Around): Control =>
  createControl({
    transport,
    clock,
    log,
    client: runtime.client,
    cache: runtime.cache,
    names: createNames(seed),
    timings: { ...demoTimings, ...timings },
    background: background.run,
    enqueue: (name, key, after = 0) => controllers.get(name)?.queue.addAfter(key, after),
    seen: writeThrough(runtime),
  })

/** What no event is about, since it may not exist yet. */
const lookAtOnce = (controllers: ReadonlyMap<string, Controller>, nodes: readonly NodeOptions[]): void => {
  for (const { name } of nodes) controllers.get('nodes')?.queue.add(name)
  controllers.get('kube-ovn-vpcs')?.queue.add(defaultVpc)
}

const stop = async (guests: Guests, background: Background, runtime: Runtime): Promise<void> => {
  guests.close()
  await background.stop()
  await runtime.stop()
}

type PartFacts = {
  guests: Guests
  guestAgent: (uid: string) => boolean
  report: Report
  nodes: readonly NodeOptions[]
  isDown: (node: string) => boolean
  network: { readonly up: boolean }
}

const everyPart = (control: Control, options: StandInOptions, facts: PartFacts): StandInController[] => [
  ...(options.realKubeVirt === undefined ? [virtualMachineController(control), instanceController(control)] : []),
  nodeHandler(control, { ...facts, hypervisor: options.hypervisor, disks: options.disks }),
  kubelet(control, { ...facts, nodeNames: facts.nodes.map(({ name }) => name) }),
  ...storageControllers(control, options),
  ...(options.realKubeOVN === true ? [] : networkControllers(control, options)).map((part) => whileUp(part, facts.network)),
  nodeController(control, { ...facts, kubelets: options.realControlPlane?.kubelets }),
  ...(options.realControlPlane === undefined ? [scheduler(control), deploymentController(control)] : []),
]

const storageControllers = (control: Control, { disks, realControlPlane }: StandInOptions): StandInController[] => {
  const room = createRoom(control)
  return [
    ...(realControlPlane === undefined
      ? [claimController(control, { disks, room }), volumeController(control, disks), attributesClassController(control)]
      : [provisionController(control, { disks, room }), releaseController(control, disks)]),
    snapshotController(control, disks),
    dataVolumeController(control, createTransfers(control, disks), room),
    dataSourceController(control),
    storageProfileController(control),
  ]
}

const networkControllers = (control: Control, { network }: StandInOptions): StandInController[] => [
  vpcController(control),
  subnetController(control),
  securityGroupController(control),
  addressController(control),
  ipController(control),
  ovnEipController(control),
  ovnFipController(control),
  ovnSnatController(control),
  ...(network === undefined ? [] : [packetController(control, network)]),
]

/** Milliseconds after which what a controller that is down should have done is looked at again. */
const DOWN_POLL = 1000

const whileUp = (part: StandInController, state: PartFacts['network']): StandInController =>
  ({ ...part, reconcile: (key) => (state.up ? part.reconcile(key) : Promise.resolve(DOWN_POLL)) })

/** A stand-in's loop on the operator's own controller runtime. */
const adapt = (runtime: Runtime, part: StandInController): Controller =>
  runtime.controller({
    name: part.name,
    sources: part.watches.map(({ informer, keys }) => source(informer, (object) => keys(object, runtime.cache))),
    reconcile: async ({ key }) => {
      try {
        const after = await part.reconcile(key)
        return after === undefined ? undefined : { after }
      } catch (error) {
        // Somebody else wrote first: look again at what is there now. Nothing to warn of.
        if (isConflict(error)) return { requeue: true }
        throw error
      }
    },
  })

/** Answers to writes go into the store at once. */
const writeThrough = (runtime: Runtime) => {
  const byPlural = new Map(Object.values(specs).map((spec) => [`${spec.resource.group}/${spec.resource.plural}`, spec]))
  return ((resource, object) => {
    const spec = byPlural.get(`${resource.group}/${resource.plural}`)
    // An answer without a resourceVersion, such as a delete's Status, is no object.
    if (spec !== undefined && object.metadata?.resourceVersion !== undefined) runtime.informer(spec as never).store.put(object)
  }) satisfies Parameters<typeof createControl>[0]['seen']
}

const aggregatedResources = Object.entries(subresourceNames).flatMap(([plural, names]) =>
  names.map((name) => ({ name: `${plural}/${name}`, kind: '', namespaced: true, verbs: [asksGuest(name) ? 'get' : 'update'] })),
)

type Power = { control: Control; hypervisor: Hypervisor; guests: Guests; down: Set<string>; controllers: Map<string, Controller> }

/** Machines of a node without power are gone, and nobody on that node can say so until it is back. */
const setPower = async ({ control, hypervisor, guests, down, controllers }: Power, node: string, on: boolean): Promise<void> => {
  const instances = [...control.cache.of(specs.virtualMachineInstances).list()].filter(({ status }) => status?.nodeName === node)
  if (!on) down.add(node)
  for (const { metadata } of on ? [] : instances) {
    await hypervisor.destroy(metadata.uid)
    guests.lostPower(metadata.uid)
  }
  if (on) down.delete(node)
  controllers.get('nodes')?.queue.add(node)
  for (const { metadata } of instances) controllers.get('virt-handler')?.queue.add(keyOf(metadata))
  for (const { metadata } of control.cache.of(specs.pods).by('node', node)) controllers.get('kubelet')?.queue.add(keyOf(metadata))
}
