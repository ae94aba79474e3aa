import type { InstanceFacts } from './observe.ts'
import type { InstanceState } from './state.ts'
import type { StoredInstance } from './store.ts'

type Facts = Pick<InstanceFacts, 'machine' | 'run' | 'power' | 'disks'>

/** Where the machine is, in EC2's terms. What is reported may be on the way there still: see `nextState`. */
export const actualState = (object: StoredInstance, facts: Facts): InstanceState => {
  if (isTerminating(object)) return isTornDown(facts) ? 'terminated' : 'shutting-down'
  switch (facts.power) {
    // What waits for its launch is pending, whatever is wanted of it by now: the way to stopped leads through running, which it never was.
    case 'gone': return object.spec.state === 'Running' || object.status?.state === 'pending' ? 'pending' : 'stopped'
    case 'running': return 'running'
    // A guest that crashed is started again by KubeVirt: for EC2 it never stopped running, its status checks fail.
    case 'starting': return object.status?.state === 'running' ? 'running' : 'pending'
    case 'ended':
    case 'stopping': return 'stopping'
    case 'stopped': return 'stopped'
    case 'deleting': return facts.run === undefined ? 'stopped' : 'stopping'
  }
}

/** A protected instance that is deleted all the same, past admission, goes on as if it weren't until the protection is lifted. */
export const isTerminating = ({ metadata, spec }: StoredInstance): boolean =>
  metadata.deletionTimestamp !== undefined && !spec.disableAPITermination

/** Nothing that goes with the instance is left. */
export const isTornDown = ({ machine, run, disks }: Pick<InstanceFacts, 'machine' | 'run' | 'disks'>): boolean =>
  machine === undefined && run === undefined && disks.every(({ volume, deleteOnTermination }) => volume === undefined || !deleteOnTermination)
