import type { Snapshot, SnapshotStatus } from '../../../crds/v1alpha1/snapshot.ts'
import { agentOf } from '../../providers/kubevirt/power.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { titleOf } from '../waiting-for.ts'
import { freezeEnd } from './freeze.ts'
import type { Kept, SnapshotFacts } from './observe.ts'

type Input = StatusInput<Snapshot, SnapshotFacts>
type Consistency = Pick<SnapshotStatus, 'consistency' | 'consistencyMessage'>

/** Decided once: as after a power cut, and why, unless every volume was taken while its guest certainly stood still. */
export const consistencyOf = ({ object, facts, outcome, outcomes, now }: Input): Consistency => {
  const { status } = object
  if (status?.consistency !== undefined) {
    return { consistency: status.consistency, ...status.consistencyMessage === undefined ? {} : { consistencyMessage: status.consistencyMessage } }
  }
  if (outcome.kind === 'waiting' && outcome.reason === 'FreezeFailed') return crash(outcome.message)
  if (outcome.kind === 'waiting' && outcome.reason === 'Thawed') return crash('the storage took longer to take it than a guest may stand still, which is a minute')
  if (status?.volumes === undefined || outcomes['take']?.kind !== 'ready') return {}
  if (status.freeze === undefined) return crash(unfrozen(facts))
  return now < freezeEnd(object) || facts.kept.every(({ snapshot }) => wasTakenBefore(snapshot, freezeEnd(object) - clockSkewMs))
    ? { consistency: 'Filesystem' }
    : crash('the storage told too late when it had taken it, so that the guest may have gone on by then')
}

const crash = (why: string): Consistency => ({ consistency: 'Crash', consistencyMessage: why.slice(0, 1024) })

/** Why nobody was asked to stand still. */
const unfrozen = ({ running }: SnapshotFacts): string => {
  const [only, ...others] = running
  if (only === undefined) return 'no instance ran with it: it is as the last guest left it'
  if (others.length > 0) return 'several instances write to it, whose guests can\'t be held still together: stop all but one first'
  const title = titleOf('Instance', only.instance.metadata.name)
  return agentOf(only.run)?.connected === true ? `${title} was paused, or its guest agent not there yet`
    : `no guest agent answers in ${title}: run qemu-guest-agent in it to have its filesystems whole, or stop it first`
}

/** By the storage's clock, which is another than ours. */
const wasTakenBefore = (snapshot: Kept['snapshot'], end: number): boolean => Date.parse(snapshot?.status.creationTime ?? '') < end

const clockSkewMs = 10_000
