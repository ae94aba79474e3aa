import type { V1Interface, V1Network } from '@kubevirt-ui-ext/kubevirt-api/kubevirt'
import type { KubeObject } from '../../../crds/kubernetes.ts'
import { changeInterfaces, isInterfaceName, type MachineInterface } from '../../providers/kubevirt/interfaces.ts'
import { virtualMachineResource } from '../../providers/kubevirt/resources.ts'
import { ownerUIDOf } from '../../providers/made.ts'
import type { StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import type { InstanceFacts } from './observe.ts'
import { isOff } from './power.ts'
import type { StoredInstance } from './store.ts'

type Context = StepContext<StoredInstance, InstanceFacts>
type Facts = Pick<InstanceFacts, 'interfaces' | 'machine' | 'run'>

/** What is to be in the machine beside its first interface. */
export const wantedPorts = ({ interfaces }: Pick<Facts, 'interfaces'>): MachineInterface[] =>
  interfaces.flatMap(each => 'port' in each ? [each.port] : [])

/** A launch waits for the interfaces that are to be there from its start. Those that can't be are left out, and say so themselves. */
export const awaitInterfaces = ({ facts }: Context): Outcome => {
  if (facts.machine !== undefined) return ready
  const [late] = facts.interfaces.flatMap(each => 'obstacle' in each && each.object.metadata.deletionTimestamp === undefined &&
    each.obstacle.outcome.kind === 'waiting' ? [{ ...each.obstacle.outcome, object: each.object }] : [])
  return late === undefined ? ready : waiting('DependencyNotReady', `NetworkInterface "${late.object.metadata.name}" is to be attached: ${late.message}`)
}

/**
 * Plugs into a machine that runs, and unplugs from it. An interface's annotations are on the pod before its network is (`ensureMembership`): by
 * them its port is in the right subnet, with its address and groups, from its first moment. Both lists are atomic and others' words may be in them,
 * so that the machine is read live and changed as it stands. Who waits for the outcome is the interface.
 */
export const ensureInterfaces = async (context: Context): Promise<Outcome> => {
  const { object, facts, read, patch, event } = context
  if (facts.machine === undefined || isOff(facts) || !isRunning(facts)) return ready
  const plug = wantedPorts(facts).filter(({ name }) => stateIn(facts, name) === 'none')
  const unplug = unwanted(facts)
  if (plug.length === 0 && unplug.length === 0) return ready
  const live = await read(virtualMachineResource, { name: object.metadata.name, namespace: object.metadata.namespace ?? '' }) as LiveMachine | undefined
  if (live === undefined || ownerUIDOf(live) !== object.metadata.uid) return ready
  const { domain: { devices }, networks } = live.spec.template.spec
  const changed = changeInterfaces({ interfaces: devices.interfaces ?? [], networks: networks ?? [] }, plug, unplug)
  await patch(virtualMachineResource, live, {
    spec: { template: { spec: { domain: { devices: { interfaces: changed.interfaces } }, networks: changed.networks } } },
  })
  for (const { name } of plug) event('Normal', 'AttachingNetworkInterface', `${name} is being attached to ${facts.id}`)
  for (const name of unplug) event('Normal', 'DetachingNetworkInterface', `${name} is being detached from ${facts.id}`)
  return ready
}

type LiveMachine = KubeObject & {
  spec: { template: { spec: { domain: { devices: { interfaces?: V1Interface[] } }; networks?: V1Network[] } } }
}

/** Annotations that the ports of further interfaces need, and of which interfaces none are needed any more. */
export const interfaceAnnotations = (facts: Facts): { wanted: Record<string, string>; isSurplus: (key: string) => boolean } => {
  const ports = wantedPorts(facts)
  const wanted: Record<string, string> = Object.assign({}, ...ports.map(({ annotations }) => annotations))
  return {
    wanted,
    // What is being unplugged keeps what closes it until it is out.
    isSurplus: key => isInterfaceName(ownerOf(key)) && !(key in wanted) && stateIn(facts, ownerOf(key)) === 'none' &&
      facts.run?.status.interfaces?.[ownerOf(key)] === undefined,
  }
}

/** A key of an interface's port begins with its ID. */
const ownerOf = (key: string): string => key.split('.', 1)[0] ?? ''

/** Those in the machine that no NetworkInterface wants there any more, or that must not stay. */
const unwanted = ({ machine, interfaces }: Facts): string[] => (machine?.spec.interfaces ?? []).flatMap(({ name, absent }) => {
  const wanted = interfaces.find(({ id }) => id === name)
  const stays = wanted !== undefined && ('port' in wanted || !wanted.obstacle.isClosing)
  return absent || stays ? [] : [name]
})

/** An interface that is on its way out comes in again only when it is out. */
const stateIn = ({ machine }: Facts, name: string): 'in' | 'going' | 'none' => {
  const found = machine?.spec.interfaces?.find(each => each.name === name)
  return found === undefined ? 'none' : found.absent ? 'going' : 'in'
}

/**
 * Before a run there is nothing to plug into: the next one is made of the template, and KubeVirt has read it perhaps already. Nor while its pod isn't
 * seen, which would have no annotations then: Kube-OVN puts a port that it finds none for into the default subnet of the cluster.
 */
const isRunning = ({ run, launchers }: Pick<InstanceFacts, 'run' | 'launchers'>): boolean =>
  run?.status.phase === 'Running' && run.metadata.deletionTimestamp === undefined &&
  launchers.some(({ metadata, status, node }) => metadata.deletionTimestamp === undefined && status.phase === 'Running' && node === run.status.nodeName)
