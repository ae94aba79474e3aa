import type { KubeObject, ResourceType } from '../../../../crds/kubernetes.ts'
import { volume } from '../../../../crds/v1alpha1/volume.ts'
import { virtualMachineResource } from '../../../../operator/providers/kubevirt/resources.ts'
import { instanceInformer } from '../../../../operator/resources/instance/store.ts'
import type { Apply, Step, StepContext } from '../../../../operator/runtime/kind.ts'
import { NameConflictError } from '../../../../operator/runtime/name-conflict.ts'
import { ready, waiting, type Outcome } from '../../../../operator/runtime/outcome.ts'
import { createClient } from '../../../../operator/runtime/client.ts'
import type { Mutation } from '../operators.ts'
import { rewriteWatches } from '../watched.ts'
import { type Mutant, withKind, writeTo } from './mutant.ts'

type AnyStep = Step<KubeObject, Record<string, unknown>>
type AnyContext = StepContext<KubeObject, Record<string, unknown>>
type Steps = Readonly<Record<string, AnyStep>>

const eachStep = (steps: Steps, change: (step: AnyStep) => AnyStep): Steps =>
  Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, change(step)]))

const withApply = (steps: Steps, change: (apply: Apply, context: AnyContext) => Apply): Steps =>
  eachStep(steps, (step) => (context) => step({ ...context, apply: change(context.apply, context) }))

/** Whatever is in the way is deleted, without a look at whose it is. */
const ruthless: Mutation = (() => {
  const machines: ResourceType = virtualMachineResource
  let client: ReturnType<typeof createClient> | undefined
  const { kinds } = withKind('Instance', (kind) => ({
    ...kind,
    steps: withApply(kind.steps, (apply) => async (desired, options) => {
      try {
        return await apply(desired, options)
      } catch (error) {
        const { name = '', namespace } = desired.metadata
        if (error instanceof NameConflictError && desired.kind === machines.kind) await client?.delete(machines, { name, namespace })
        throw error
      }
    }),
  }))
  return {
    ...kinds === undefined ? {} : { kinds },
    wrap: (transport) => {
      client = createClient(transport)
      return transport
    },
  }
})()

/** A volume whose instance is in no cache is taken for an orphan. */
const orphans = withKind('Volume', (kind) => ({
  ...kind,
  observe: (object, cache, now) => {
    const owner = object.metadata.labels?.['kumulus.dev/owner-uid']
    const isOrphan = owner !== undefined && [...cache.of(instanceInformer).list()].every(({ metadata }) => metadata.uid !== owner)
    return { ...kind.observe(object, cache, now), isOrphan }
  },
  steps: {
    tidy: async ({ object, facts, remove }: AnyContext): Promise<Outcome> => {
      if (facts['isOrphan'] === true) await remove(volume, object)
      return ready
    },
    ...kind.steps,
  },
}))

const ownedVolumes = withKind('Instance', (kind) => ({
  ...kind,
  steps: withApply(kind.steps, (apply) => (desired, options) => apply(desired, desired.kind === 'Volume' ? { ...options, owned: true } : options)),
}))

type Disk = { deleteOnTermination: boolean }

const everyDisk = withKind('Instance', (kind) => ({
  ...kind,
  observe: (object, cache, now) => {
    const facts = kind.observe(object, cache, now)
    return { ...facts, disks: (facts['disks'] as Disk[]).map((disk) => ({ ...disk, deleteOnTermination: true })) }
  },
}))

/** The status says when it was last looked at, and it is looked at again and again. */
const restless = withKind('Subnet', (kind) => ({
  ...kind,
  steps: { ...kind.steps, again: () => waiting('LookingAgain', '', 60_000) },
  status: (input) => {
    const status = kind.status({ ...input, outcome: input.outcome.kind === 'waiting' && input.outcome.reason === 'LookingAgain' ? ready : input.outcome })
    const { conditions = [] } = status as { conditions?: object[] }
    return { ...status, conditions: conditions.map((each) => ({ ...each, message: `looked at ${input.now}` })) }
  },
}))

/** It waits for an event, although none may come: nothing of ours may watch Secrets. */
const forgetful = withKind('Instance', (kind) => ({
  ...kind,
  steps: eachStep(kind.steps, (step) => async (context) => {
    const outcome = await step(context)
    return outcome.kind === 'waiting' ? waiting(outcome.reason, outcome.message) : outcome
  }),
}))

/** Whatever ended a guest, it is taken for its own wish. */
const credulous = withKind('Instance', (kind) => ({
  ...kind,
  observe: (object, cache, now) => ({ ...kind.observe(object, cache, now), endedBy: 'guest' }),
}))

/** A watch that is too far behind is left at that. */
const contented: Mutation = {
  wrap: (transport) => rewriteWatches(transport, () => true, async function* (lines, { signal }) {
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      if (line.value.startsWith('{"type":"ERROR"')) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
      yield line.value
    }
  }),
}

/** Bugs in what the operator makes of what it sees. */
export const decisionMutants: readonly Mutant[] = [
  {
    bug: 'what is in the way is deleted without a look at its owner', mutation: ruthless,
    scenario: 'name-conflict-with-a-stranger', caughtBy: 'notStuck',
  },
  {
    bug: 'a stale cache decides what is an orphan', mutation: orphans,
    scenario: 'launch', caughtBy: 'bytesKept',
    perturbations: (run) => [{ kind: 'rewind', write: writeTo(run, /virtualmachines\/web$/), resource: 'kumulus.dev/instances', back: 9 }],
  },
  {
    bug: 'volumes have an ownerReference', mutation: ownedVolumes,
    scenario: 'block-devices', caughtBy: 'bytesKept',
  },
  {
    bug: 'every disk goes with its instance', mutation: everyDisk,
    scenario: 'block-devices', caughtBy: 'bytesKept',
  },
  {
    bug: 'a status tells the time', mutation: restless,
    scenario: 'launch', caughtBy: 'atRest',
  },
  {
    bug: 'what is waited for without an event is not looked at again', mutation: forgetful,
    scenario: 'user-data-of-a-secret', caughtBy: 'notStuck',
  },
  {
    bug: 'a guest that ends because its pod is deleted is taken for one that has shut itself down', mutation: credulous,
    scenario: 'kubevirt-9823-launcher-deleted', caughtBy: 'notStuck',
  },
  {
    bug: 'a watch that is told 410 does not list again', mutation: contented,
    scenario: 'launch', caughtBy: 'notStuck',
    perturbations: (run) => [{ kind: 'compact', write: writeTo(run, /datavolumes\/web-sda1$/) }],
  },
]
