import { adoptableBy, destroyAfter, type RawPersistentVolume } from '../providers/csi/adoption.ts'
import { persistentVolumeInformer } from '../providers/csi/informers.ts'
import { persistentVolumeResource } from '../providers/csi/resources.ts'
import { isNotFound } from '../runtime/client.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Again, source } from '../runtime/controller.ts'
import type { Runtime } from '../runtime/runtime.ts'

const FIELD_MANAGER = 'kumulus-recycle-bin'

/** Milliseconds after which a far end is looked at again at the latest: clocks are set, and timers have bounds. */
const LOOK = 3_600_000

/**
 * Lets go of the bytes of deleted volumes when their time has come: their PersistentVolume is given to its provisioner, by the reclaim policy
 * `Delete`. Until then whoever takes the annotation off, or offers the bytes to another Volume, keeps them. Before the runtime's start only.
 */
export const emptyRecycleBin = (runtime: Runtime, clock: Clock): void => {
  const { store } = runtime.informer(persistentVolumeInformer)
  runtime.controller({
    name: 'recycle-bin',
    workers: 1,
    sources: [source(persistentVolumeInformer, ({ metadata, spec }) => (spec.destroyAfter === undefined ? [] : [metadata.name]))],
    reconcile: async ({ key, log }): Promise<Again> => {
      const end = store.get(key)?.spec.destroyAfter
      if (end === undefined) return undefined
      const rest = Date.parse(end) - clock.now()
      if (rest > 0) return { after: Math.min(rest, LOOK) }
      const live = await runtime.client.get<RawPersistentVolume>(persistentVolumeResource, { name: key }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
      // Whatever is not so yet, or not so any more, has an event of its own. What is no time never comes.
      if (live === undefined || live.metadata.annotations?.[destroyAfter] !== end || !(rest <= 0) || !isReleased(live)) return undefined
      const { uid, resourceVersion } = live.metadata
      const patch = { metadata: { uid, resourceVersion, annotations: { [destroyAfter]: null } }, spec: { persistentVolumeReclaimPolicy: 'Delete' } }
      await runtime.client.mergePatch(persistentVolumeResource, { name: key }, patch, { fieldManager: FIELD_MANAGER })
      log.info({ persistentVolume: key }, 'let go of the bytes of a deleted volume')
      return undefined
    },
  })
}

/** Nobody has it, and it is offered to nobody. */
const isReleased = ({ metadata, status }: RawPersistentVolume): boolean =>
  status?.phase === 'Released' && metadata.deletionTimestamp === undefined && metadata.annotations?.[adoptableBy] === undefined
