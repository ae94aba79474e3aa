import type { AnyObject } from '../resource.ts'

/** `v1` and `events.k8s.io/v1` Events are one storage, kept as `v1`: these are their two ways of saying the same. */
export const fromCoreEvent = (event: AnyObject): AnyObject => {
  const { involvedObject, message, source, firstTimestamp, lastTimestamp, count, reportingComponent, apiVersion: _, ...rest } = event
  return withoutUndefined({
    ...rest,
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    regarding: involvedObject,
    note: message,
    reportingController: reportingComponent,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  })
}

export const toCoreEvent = (event: AnyObject): AnyObject => {
  if (event.apiVersion !== 'events.k8s.io/v1') return event
  const { regarding, note, reportingController, ...others } = event
  const { deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedCount, ...rest } = others
  return withoutUndefined({
    ...rest,
    apiVersion: 'v1',
    kind: 'Event',
    involvedObject: regarding ?? {},
    message: note,
    reportingComponent: reportingController,
    source: deprecatedSource,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
  })
}

const withoutUndefined = (object: Record<string, unknown>): AnyObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as AnyObject
