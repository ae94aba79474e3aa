import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { type InstanceAction, instanceAction } from '../../../crds/v1alpha1/instance-action.ts'
import type { Step, StepContext } from '../../runtime/kind.ts'
import { type Outcome, ready } from '../../runtime/outcome.ts'
import { notFound } from '../waiting-for.ts'
import { type Asked, forceStop, reboot } from './act.ts'
import type { InstanceActionFacts } from './observe.ts'
import { outcomeOf, type Progress } from './progress.ts'
import { isOver } from './store.ts'

type Context = StepContext<InstanceAction, InstanceActionFacts>

/** Before anything is done the status says InProgress and since when: a crash in the act is seen for what it is. */
const begin = ({ object, facts }: Context): Outcome => {
  const { spec, metadata, status } = object
  if (isOver(object)) return ready
  if (spec.type !== 'Reboot' && spec.type !== 'ForceStop') return outcomeOf({ phase: 'Failed', message: `${spec.type} is not supported yet: use Reboot or ForceStop` })
  if (isForAnother(object, facts)) return outcomeOf({ phase: 'Superseded', message: 'the instance that it was for is gone' })
  if (status?.phase === 'InProgress') return ready
  if (facts.instance === undefined) return notFound('Instance', spec.instanceRef.name, metadata.namespace)
  if (facts.violations.length > 0) return outcomeOf({ phase: 'Failed', message: facts.violations.join('; ') })
  if (facts.after !== undefined) return outcomeOf({ phase: 'Superseded', message: `InstanceAction "${facts.after}" asks for the same` })
  if (facts.before !== undefined) return outcomeOf({ phase: 'Pending', message: `waiting for InstanceAction "${facts.before}" of the same instance` })
  return outcomeOf({ phase: 'InProgress', message: `${spec.type} begins`, after: 1 })
}

/** It was once looked at beside an instance that is there no longer; another of the same name is nobody it was meant for. */
const isForAnother = ({ status }: InstanceAction, { instance }: InstanceActionFacts): boolean =>
  status?.instanceID !== undefined && (instance === undefined || status.instanceID !== idOf(idPrefixes.instance, instance.metadata.uid))

/** @param asked - what this process has done for actions that are not over. */
const perform = (asked: Asked) => async (context: Context): Promise<Outcome> => {
  const { object, event } = context
  if (isOver(object)) {
    asked.delete(object.metadata.uid)
    return ready
  }
  await checkLive(context)
  const progress = await (object.spec.type === 'Reboot' ? reboot(context, asked) : forceStop(context))
  if (progress.phase === 'Completed') event('Normal', 'Completed', progress.message)
  return outcomeOf(progress satisfies Progress)
}

/** A process that has just started may list what was a while ago: an act that is over by now would befall the guest that runs since. */
const checkLive = async ({ object, read }: Context): Promise<void> => {
  const { name, namespace = '', uid } = object.metadata
  const live = await read(instanceAction, { name, namespace }) as InstanceAction | undefined
  if (live?.metadata.uid !== uid || isOver(live)) throw new Error('the cache is behind: this act is over already')
}

export const instanceActionSteps = (asked: Asked = new Map()): Readonly<Record<string, Step<InstanceAction, InstanceActionFacts>>> =>
  ({ begin, perform: perform(asked) })
