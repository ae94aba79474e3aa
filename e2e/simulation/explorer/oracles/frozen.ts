import { freezeTimeoutMs } from '../../../../operator/resources/snapshot/freeze.ts'
import type { StoredEvent } from '../history.ts'
import { machineRuns } from '../observer.ts'
import type { Stored } from '../scenario.ts'
import type { Oracle } from './oracle.ts'

const snapshots = 'kumulus.dev/snapshots'
const volumeSnapshots = 'snapshot.storage.k8s.io/volumesnapshots'

/** How much later than it happens a guest's thaw may be told, in milliseconds. */
const told = 2000

/** A guest stands still no longer than is promised, and did so while was taken what is said to be consistent. */
export const stillInTime: Oracle = ({ events, final }) => {
  const since = new Map<string, number>()
  const found: string[] = []
  const still = new Map<string, boolean>()
  for (const { bucket, key, type, object, previous, time } of events) {
    if (bucket === machineRuns) {
      const start = since.get(key)
      const frozen = type !== 'DELETED' && isFrozen(object)
      if (start !== undefined && !frozen && time > start + freezeTimeoutMs + told) found.push(`the guest ${key} stood still for ${time - start} ms`)
      if (!frozen) since.delete(key)
      else if (start === undefined) since.set(key, time)
    }
    const isTaken = bucket === volumeSnapshots && wasTaken(object) && (previous === undefined || !wasTaken(previous))
    if (isTaken) still.set(object.metadata.uid, since.size > 0)
  }
  const ended = [...final.get(machineRuns) ?? []].filter(([, object]) => isFrozen(object)).map(([key]) => `the guest ${key} stands still at the end`)
  return [...found, ...ended, ...consistent(events).flatMap(({ metadata }) => takenWhileRunning(metadata, events, still))]
}

const isFrozen = ({ status }: Stored): boolean => status?.['fsFreezeStatus'] === 'frozen'

const wasTaken = ({ status }: Stored): boolean => status?.['creationTime'] !== undefined

/** As they were last. */
const consistent = (events: readonly StoredEvent[]): Stored[] => {
  const last = new Map(events.filter(({ bucket }) => bucket === snapshots).map(({ object }) => [object.metadata.uid, object]))
  return [...last.values()].filter(({ status }) => status?.['state'] === 'completed' && status['consistency'] === 'Filesystem')
}

const takenWhileRunning = ({ name, uid }: Stored['metadata'], events: readonly StoredEvent[], still: ReadonlyMap<string, boolean>): string[] => events
  .filter(({ bucket, type, object }) => bucket === volumeSnapshots && type === 'ADDED' && object.metadata.labels?.['kumulus.dev/owner-uid'] === uid)
  .filter(({ object }) => still.get(object.metadata.uid) === false)
  .map(({ key }) => `Snapshot ${name} says Filesystem, and ${key} was taken while the guest wrote`)
