import { createHash } from 'node:crypto'
import type { KubeObject } from '../../crds/kubernetes.ts'
import { isConflict, isNotFound } from '../../operator/runtime/client.ts'
import type { Client } from '../../operator/runtime/client.ts'
import { resources } from './resources.ts'

export type EventFacts = { object: KubeObject; component: string; type: 'Normal' | 'Warning'; reason: string; message: string }

type StoredEvent = KubeObject & { count?: number }

/** Records a core/v1 Event. The same event on the same object only raises its count. Never fails the caller: an event is a courtesy. */
export const recordEvent = async (client: Client, now: string, facts: EventFacts): Promise<void> => {
  const event = buildEvent(now, facts)
  try {
    await client.create(resources.events, event)
  } catch (error) {
    if (isConflict(error)) await raiseCount(client, now, event.metadata)
    else if (!isNotFound(error)) throw error
  }
}

/** Cluster-scoped objects' events live in the namespace `default`. */
const buildEvent = (now: string, { object, component, type, reason, message }: EventFacts) => {
  const { name, uid, resourceVersion } = object.metadata
  const namespace = object.metadata.namespace ?? 'default'
  const hash = createHash('sha256').update(JSON.stringify([uid, component, type, reason, message])).digest('hex').slice(0, 16)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, 230)}.${hash}`, namespace },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name,
      uid,
      resourceVersion,
      ...(object.metadata.namespace === undefined ? {} : { namespace }),
    },
    type,
    reason,
    message: message.slice(0, 1024),
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
  }
}

const raiseCount = async (client: Client, now: string, target: { name: string; namespace: string }): Promise<void> => {
  try {
    const live = await client.get<StoredEvent>(resources.events, target)
    await client.mergePatch(resources.events, target, { count: (live.count ?? 1) + 1, lastTimestamp: now })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
