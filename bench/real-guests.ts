import { ensureDebianPackages, ensureGuestImage, UnavailableError } from '../sandbox/guest/image.ts'
import { progress } from './figures.ts'

/** Gets QEMU and the guest's image here. Where that can't be done it says what is left out, and why. */
export const canRunGuests = async (leftOut: string): Promise<boolean> => {
  try {
    await ensureDebianPackages(progress)
    await ensureGuestImage(progress)
    return true
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    progress(`${leftOut}: real guests and disks are not possible here: ${error.message}`)
    return false
  }
}
