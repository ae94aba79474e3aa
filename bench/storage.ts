import { startCluster } from './cluster.ts'
import type { Report } from './figures.ts'
import { canRunGuests } from './real-guests.ts'
import { INSTANCES, measureAttached } from './storage/attached.ts'
import { measureImages } from './storage/images.ts'
import { measureProvisioned } from './storage/provisioned.ts'

/** What volumes cost the operator and how long they take; with real bytes, where QEMU can be had, images too. */
export const measureStorage = async (profiles: string | undefined, report: Report): Promise<void> => {
  const cluster = await startCluster({ instances: INSTANCES, profiles })
  try {
    const operator = await cluster.startOperator()
    await measureProvisioned(cluster, operator, report)
    await measureAttached(cluster, report)
  } finally {
    await cluster.stop()
  }
  if (await canRunGuests('storage: images are left out')) await measureImages(report)
}
