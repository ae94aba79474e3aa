import type { Core } from '../core.ts'
import { startCustomResourceController } from './custom-resources.ts'
import { expireEvents } from './events.ts'
import { startGarbageCollector } from './garbage-collector.ts'
import { startNamespaceController } from './namespaces.ts'
import { startQuotaController } from './quotas.ts'
import { startRoleAggregation } from './role-aggregation.ts'

/** The controllers that a server can't do without. They run off its own writes and never poll. */
export const startBackground = (core: Core): { idle: () => Promise<void>; close: () => void } => {
  const workers = [
    startCustomResourceController(core),
    startNamespaceController(core),
    startGarbageCollector(core),
    startRoleAggregation(core),
    startQuotaController(core),
  ]
  const stopExpiry = expireEvents(core)
  return {
    idle: async () => {
      let before
      // One controller's work may be the next one's: quiet is when a round changed nothing.
      do {
        before = core.storage.revision
        for (const worker of workers) await worker.idle()
      } while (core.storage.revision !== before)
    },
    close: () => {
      stopExpiry()
      for (const worker of workers) worker.close()
    },
  }
}
