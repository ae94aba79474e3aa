import { ensureNetworkPackages, UnavailableError } from '../sandbox/guest/image.ts'
import { labProblem } from '../sandbox/network/ovn/available.ts'
import { progress, type Report } from './figures.ts'
import { measureAddresses } from './network/addresses.ts'
import { measureEnforced } from './network/enforced.ts'
import { measureFlip, measureFlipWrites } from './network/flip.ts'
import { measureObjects } from './network/objects.ts'
import { measureProbes } from './network/probes.ts'

/** What the network costs the operator, and how fast a real OVN follows. The latter is left out where no OVN can be had. */
export const measureNetwork = async (report: Report): Promise<void> => {
  measureAddresses(report)
  await measureObjects(report)
  await measureFlipWrites(report)
  if (!(await canRunOVN())) return
  await measureProbes(report)
  for (const driver of ['networkPolicy', 'kubeOVN'] as const) {
    await measureFlip(driver, report)
    await measureEnforced(driver, report)
  }
}

const canRunOVN = async (): Promise<boolean> => {
  try {
    await ensureNetworkPackages(progress)
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    progress(`network: packets are left out: ${error.message}`)
    return false
  }
  const problem = labProblem()
  if (problem !== undefined) progress(`network: packets are left out: ${problem}`)
  return problem === undefined
}
