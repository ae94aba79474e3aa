import type { StoredEvent } from '../history.ts'
import type { Stored } from '../scenario.ts'
import type { Oracle } from './oracle.ts'

/** Two guests on one disk destroy it: an Instance never has two machines, nor two runs, nor a guest that was started twice. */
export const oneMachine: Oracle = ({ events, starts, twins }) => [
  ...['kubevirt.io/virtualmachines', 'kubevirt.io/virtualmachineinstances'].flatMap((bucket) => overlapping(bucket, events)),
  ...[...starts].flatMap(([uid, count]) => (count > 1 ? [`the guest of VirtualMachineInstance ${uid} was started ${count} times`] : [])),
  ...twins,
]

const overlapping = (bucket: string, events: readonly StoredEvent[]): string[] => {
  const living = new Map<string, Map<string, string>>()
  const found: string[] = []
  for (const { object, key, type } of events.filter((each) => each.bucket === bucket)) {
    const owner = object.metadata.labels?.['kumulus.dev/owner-uid']
    if (owner === undefined) continue
    const own = living.get(owner) ?? new Map<string, string>()
    living.set(owner, own)
    if (type === 'DELETED' || isOver(object)) own.delete(object.metadata.uid)
    else own.set(object.metadata.uid, key)
    if (own.size > 1) found.push(`an Instance has two of ${bucket} at once: ${[...own.values()].join(', ')}`)
  }
  return found
}

const isOver = ({ status }: Stored): boolean => status?.['phase'] === 'Succeeded' || status?.['phase'] === 'Failed'
