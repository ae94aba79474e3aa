import { idOf, idPrefixes } from '../../../crds/ids.ts'
import type { InstanceAction, InstanceActionStatus } from '../../../crds/v1alpha1/instance-action.ts'
import { agentOf } from '../../providers/kubevirt/power.ts'
import { conditionsOf, timestamp } from '../../runtime/conditions.ts'
import type { StatusInput } from '../../runtime/kind.ts'
import { ready } from '../../runtime/outcome.ts'
import type { InstanceActionFacts } from './observe.ts'
import { phaseOf } from './progress.ts'
import { isOver } from './store.ts'

/** What is over stays as it was written, a record, of whatever generation: `kubectl wait` asks each condition which one it speaks of. */
export const instanceActionStatus = ({ object, facts, outcome, now }: StatusInput<InstanceAction, InstanceActionFacts>): InstanceActionStatus => {
  const generation = object.metadata.generation ?? 0
  if (object.status !== undefined && isOver(object)) return ofGeneration(object.status, generation)
  const phase = phaseOf(outcome)
  const isDone = phase === 'Completed' || phase === 'Superseded'
  const message = outcome.kind === 'ready' ? '' : outcome.message.slice(0, 1024)
  const instanceID = object.status?.instanceID ?? (facts.instance === undefined ? undefined : idOf(idPrefixes.instance, facts.instance.metadata.uid))
  const guestAgentSince = phase === 'InProgress' && object.status?.startTime === undefined ? agentNow(object, facts) : object.status?.guestAgentSince
  const startTime = object.status?.startTime ?? (phase === 'InProgress' ? timestamp(now) : undefined)
  return {
    observedGeneration: generation,
    conditions: conditionsOf({
      previous: object.status?.conditions, generation, outcome: isDone ? ready : outcome, now, readyReason: phase, readyMessage: message,
    }),
    phase,
    ...instanceID === undefined ? {} : { instanceID },
    ...startTime === undefined ? {} : { startTime },
    ...guestAgentSince === undefined ? {} : { guestAgentSince },
    ...isDone || phase === 'Failed' ? { completionTime: timestamp(now) } : {},
    message,
  }
}

/** Recorded as a reboot begins: what the agent says later is held against it. */
const agentNow = ({ spec }: InstanceAction, { run }: InstanceActionFacts): string | undefined => {
  const agent = run === undefined || spec.type !== 'Reboot' ? undefined : agentOf(run)
  return agent?.connected === true ? timestamp(agent.since) : undefined
}

const ofGeneration = ({ conditions, ...record }: InstanceActionStatus, observedGeneration: number): InstanceActionStatus =>
  ({ ...record, observedGeneration, ...conditions === undefined ? {} : { conditions: conditions.map(each => ({ ...each, observedGeneration })) } })
