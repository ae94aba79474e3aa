import { keyOf } from '../../../crds/kubernetes.ts'
import { machineUIDOf, virtualMachineInformer } from '../../providers/kubevirt/informers.ts'
import { deletedAt, endedBeforeDeletion, isDisrupted } from '../../providers/kubevirt/power.ts'
import type { LauncherPod, VirtualMachine, VirtualMachineInstance } from '../../providers/kubevirt/resources.ts'
import { compareResourceVersions } from '../../runtime/resource-version.ts'
import type { Cache } from '../../runtime/store.ts'

/**
 * How the last run of each Instance ended, by the Instance's key, as far as this process has watched it. KubeVirt keeps nothing of a run that it has
 * tidied up, which may be before anybody has looked at the Instance; and its times are whole seconds, in which a guest and its pod both go. What of
 * this is lost with the process is not guessed at: nobody knows then who ended the run.
 */
export type Ends = Map<string, End>

type End = {
  /** UID of the VirtualMachineInstance. */
  run: string
  /** Once it has ended: the resourceVersion that showed it first, when that was, the node, and whether nobody had told it to go by then. */
  over?: { version: string; at: string | undefined; node: string; untold: boolean }
  /** By node: how its launcher went. */
  launchers: Map<string, Going>
}

/** `itself`: its process ended, and nobody had told it to. Otherwise when it was told, and the resourceVersion that showed that first, if any did. */
type Going = 'itself' | { told: string | undefined; at: number }

/**
 * Who ended a run. `unclear`: not known yet, for its launcher, which KubeVirt deletes after it, is there still. `unknown`: not enough of it was seen.
 */
export type EndedBy = 'guest' | 'host' | 'unclear' | 'unknown'

/** @param launchers - pods of the run that are there still. */
export const endedBy = (end: End | undefined, launchers: readonly LauncherPod[]): EndedBy => {
  if (end?.over?.untold !== true) return 'unknown'
  const { version, at, node } = end.over
  const going = end.launchers.get(node)
  if (going === undefined) return launchers.some(pod => nodeOf(pod) === node) ? 'unclear' : 'unknown'
  if (going === 'itself') return 'guest'
  if (going.told === undefined) return 'unknown'
  // A watch with a gap shows what has happened later than it did: then the times may tell.
  return compareResourceVersions(going.told, version) < 0 || going.at < Date.parse(at ?? '') ? 'host' : 'guest'
}

/** To be told of every change of a machine: what is decided is not to be decided again, nor of another run. */
export const noteMachine = (ends: Ends, machine: VirtualMachine): void => {
  if (isOff(machine)) ends.delete(keyOf(machine.metadata))
}

/** To be told of every change of a run. */
export const noteRun = (ends: Ends, run: VirtualMachineInstance, cache: Cache): void => {
  const key = keyOf(run.metadata)
  const known = ends.get(key)
  const isOver = run.status.phase === 'Succeeded'
  const isKnown = known?.run === run.metadata.uid
  if (isOff(cache.of(virtualMachineInformer).get(key)) || (!isOver && !isKnown)) return void ends.delete(key)
  if (!isOver || (isKnown && known.over !== undefined)) return
  const untold = endedBeforeDeletion(run) === 'yes' && run.status.evacuationNodeName === undefined
  const over = { version: run.metadata.resourceVersion, at: run.status.endedAt, node: run.status.nodeName ?? '', untold }
  ends.set(key, { ...endOf(known, run.metadata.uid), over })
}

/** To be told of every change of a launcher. @param key - of its Instance. @param previous - what it was before; the pod itself where it is gone. */
export const noteLauncher = (ends: Ends, key: string, pod: LauncherPod, previous: LauncherPod | undefined, cache: Cache): void => {
  if (isOff(cache.of(virtualMachineInformer).get(key))) return void ends.delete(key)
  const run = machineUIDOf(pod)
  const going = goingOf(pod, previous)
  if (run === undefined || going === undefined) return
  const end = endOf(ends.get(key), run)
  if (!end.launchers.has(nodeOf(pod))) ends.set(key, { ...end, launchers: new Map(end.launchers).set(nodeOf(pod), going) })
}

const goingOf = (pod: LauncherPod, previous: LauncherPod | undefined): Going | undefined => {
  const at = deletedAt(pod)
  if (pod === previous) return { told: undefined, at }
  if (isTold(pod)) return { told: previous === undefined || isTold(previous) ? undefined : pod.metadata.resourceVersion, at }
  return pod.status.phase === 'Succeeded' ? 'itself' : undefined
}

const isTold = (pod: LauncherPod): boolean => pod.metadata.deletionTimestamp !== undefined || isDisrupted(pod)

const endOf = (known: End | undefined, run: string): End => known?.run === run ? known : { run, launchers: new Map() }

/** Whatever ends then was told to. */
const isOff = (machine: VirtualMachine | undefined): boolean => machine?.spec.runStrategy === 'Halted'

const nodeOf = ({ node }: LauncherPod): string => node ?? ''
