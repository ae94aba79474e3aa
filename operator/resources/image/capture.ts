import { apiVersionOf } from '../../../crds/kubernetes.ts'
import type { Image, ImageStatus } from '../../../crds/v1alpha1/image.ts'
import { snapshot as snapshotKind } from '../../../crds/v1alpha1/snapshot.ts'
import { idOf, idPrefixes } from '../../../crds/ids.ts'
import { timestamp } from '../../runtime/conditions.ts'
import type { StatusInput, StepContext } from '../../runtime/kind.ts'
import { blocked, type Outcome, ready, waiting } from '../../runtime/outcome.ts'
import { notSupported } from '../snapshot/plan.ts'
import { notFound, notReady, titleOf } from '../waiting-for.ts'
import type { ImageFacts } from './observe.ts'
import { captureDeadline, isCapturing } from './store.ts'

type Context = StepContext<Image, ImageFacts>

/** Whether it consists of a Snapshot, and nothing is fetched for it. */
export const isOfSnapshot = ({ spec: { source } }: Image): boolean => source.instanceRef !== undefined || source.snapshotRef !== undefined

/**
 * The Snapshot that the image consists of: waited for where it is somebody's, made where it is of an instance. For that the instance is held stopped
 * as long as the record in our status is open; nothing is written on the instance, so that there is nothing to be put back, whatever happens.
 */
export const ensureCaptured = async (context: Context): Promise<Outcome> => {
  const { object, facts: { kept } } = context
  if (!isOfSnapshot(object)) return ready
  if (object.status?.state === 'available') {
    return kept?.volumeSnapshot?.status.readyToUse === true ? ready : blocked('SnapshotLost', 'the Snapshot that this image consists of is gone: delete this Image')
  }
  if (kept === undefined || kept.object.metadata.deletionTimestamp !== undefined) {
    return object.spec.source.instanceRef === undefined ? awaitSnapshot(context) : captureInstance(context)
  }
  const { object: snapshot, volumeSnapshot } = kept
  if (snapshot.status?.state === 'error') {
    return blocked('CaptureFailed', `${titleOf('Snapshot', snapshot.metadata.name)} failed${whyOf(snapshot)}; create a new Image`)
  }
  if (volumeSnapshot?.status.readyToUse === true && snapshot.status?.state === 'completed') return ready
  return isCapturing(object) && !isTaken(kept) ? awaitTaken(context, snapshot)
    : waiting('Importing', `waiting for ${titleOf('Snapshot', snapshot.metadata.name)} to be completed${whyOf(snapshot)}`)
}

const awaitSnapshot = ({ object, facts: { kept } }: Context): Outcome => {
  const name = object.spec.source.snapshotRef?.name ?? ''
  return kept === undefined ? notFound('Snapshot', name, object.metadata.namespace) : notReady(kept.object, 'Snapshot')
}

const captureInstance = async ({ object, facts, apply, now }: Context): Promise<Outcome> => {
  const { id, instance, power, kept } = facts
  const { name = '', noReboot = false } = object.spec.source.instanceRef ?? {}
  const title = titleOf('Instance', name)
  if (object.status?.capture?.endTime !== undefined) {
    return blocked('CaptureFailed', `${title} was held stopped for as long as it may be, and its volumes were not taken: ${anew}`)
  }
  if (kept !== undefined) return notReady(kept.object, 'Snapshot')
  if (instance === undefined) return notFound('Instance', name, object.metadata.namespace)
  if (instance.metadata.deletionTimestamp !== undefined || power === 'gone') return notReady(instance, 'Instance')
  if (instance.status?.blockDevices?.some(({ attachTime }) => attachTime !== undefined) !== true) {
    return waiting('DependencyNotReady', `waiting for ${title}, which has never run: its volumes hold no bytes until it is started for the first time`)
  }
  const unkeepable = facts.unkeepable()
  // Known before it is stopped for nothing.
  if (unkeepable.length > 0) return notSupported(unkeepable)
  if (!noReboot && power !== 'stopped') {
    if (instance.spec.disableAPIStop) {
      return blocked('StopProtected', `${title} is protected from being stopped: create a new Image with noReboot: true, or set its disableAPIStop to false first`)
    }
    if (isCapturing(object) && now >= captureDeadline(object)) return blocked('CaptureFailed', `${title} did not stop in time: ${anew}`)
    return waiting('Capturing', `${title} is being stopped`, isCapturing(object) ? captureDeadline(object) - now : 1)
  }
  // On record before the Snapshot is there: from here on it must not be started under it.
  if (!noReboot && !isCapturing(object)) return waiting('Capturing', `${title} is stopped`, 1)
  await apply(buildCapture(object, id, name))
  return waiting('Capturing', `the volumes of ${title} are being taken`)
}

const anew = 'create a new Image, with noReboot: true if it can\'t be stopped'

/** The instance goes on in time, and what is taken of it later is thrown away: it would be of a disk in use. */
const awaitTaken = async ({ object, now, remove }: Context, snapshot: NonNullable<ImageFacts['kept']>['object']): Promise<Outcome> => {
  const rest = captureDeadline(object) - now
  if (rest > 0) return waiting('Capturing', `the volumes are being taken${whyOf(snapshot)}`, rest)
  await remove(snapshotKind, snapshot)
  return blocked('CaptureFailed', `the volumes could not be taken in time${whyOf(snapshot)}: ${anew}`)
}

/** The storage has all volumes of this moment: from then on they may change. */
const isTaken = ({ object: { status } }: NonNullable<ImageFacts['kept']>): boolean =>
  status?.volumes !== undefined && status.volumes.length > 0 && status.volumes.every(({ startTime }) => startTime !== undefined)

const whyOf = ({ status }: { status?: ImageStatus | { conditions?: ImageStatus['conditions'] } }): string => {
  const message = status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? ''
  return message === '' ? '' : ` (${message.slice(0, 500)})`
}

/** In EC2's words, by which people find whose snapshot it is. */
export const buildCapture = ({ metadata, spec }: Image, id: string, instanceName: string) => ({
  apiVersion: apiVersionOf(snapshotKind),
  kind: snapshotKind.kind,
  metadata: { name: id, namespace: metadata.namespace ?? '' },
  spec: { instanceRef: { name: instanceName }, description: `Created by CreateImage for ${id}${spec.source.instanceRef?.noReboot === true ? ' (no reboot)' : ''}` },
})

/** Begins with the record, before the instance is stopped; ends when its volumes are taken, or when that has failed. */
export const captureOf = ({ object, facts, outcome, now }: StatusInput<Image, ImageFacts>): ImageStatus['capture'] => {
  const before = object.status?.capture
  if (before === undefined) {
    const { instance } = facts
    const begins = outcome.kind === 'waiting' && outcome.reason === 'Capturing' && object.spec.source.instanceRef?.noReboot === false
    return !begins || instance === undefined ? undefined : { instanceID: idOf(idPrefixes.instance, instance.metadata.uid), startTime: timestamp(now) }
  }
  const isOver = before.endTime === undefined && (outcome.kind !== 'waiting' || (facts.kept !== undefined && isTaken(facts.kept)))
  return isOver ? { ...before, endTime: timestamp(now) } : before
}
