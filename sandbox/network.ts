import { systemClock } from '../operator/runtime/clock.ts'
import { ensureNetworkPackages, UnavailableError } from './guest/image.ts'
import { carrierOf } from './network/kube-ovn/carry.ts'
import type { NetworkObjects } from './network/kube-ovn/objects.ts'
import { labProblem } from './network/ovn/available.ts'
import { startLab } from './network/ovn/lab.ts'

/** What carries packets between guests, and how somebody at a terminal sends some. */
export type GuestNetwork = { show: (objects: NetworkObjects) => Promise<void>; howTo: string; stop: () => Promise<void> }

/** Starts an OVN of the sandbox's own. @throws UnavailableError where it can't be had, saying why. */
export const prepareNetwork = async (say: (line: string) => void): Promise<GuestNetwork> => {
  await ensureNetworkPackages(say)
  const problem = labProblem()
  if (problem !== undefined) throw new UnavailableError(`OVN can't run here: ${problem}`)
  const lab = await startLab({ clock: systemClock, onWords: say })
  // In a user namespace where the lab had to make one: only from within is it root there.
  const user = process.getuid?.() === 0 ? '' : ' -U --preserve-credentials'
  return {
    show: carrierOf(lab),
    howTo: `nsenter -t ${lab.pid}${user} -m -n ip netns exec NAMESPACE.INSTANCE ping -c 1 ADDRESS`,
    stop: lab.stop,
  }
}
