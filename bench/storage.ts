import { ensureDebianPackages, ensureGuestImage, UnavailableError } from '../sandbox/guest/image.ts'
import { startCluster } from './cluster.ts'
import { progress, type Report } from './figures.ts'
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
  if (await canRunGuests()) await measureImages(report)
}

const canRunGuests = async (): Promise<boolean> => {
  try {
    await ensureDebianPackages(progress)
    await ensureGuestImage(progress)
    return true
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    progress(`storage: images are left out, real disks are not possible here: ${error.message}`)
    return false
  }
}
