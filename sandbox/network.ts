import { systemClock } from '../operator/runtime/clock.ts'
import { ensureNetworkPackages, UnavailableError } from './guest/image.ts'
import type { Plug } from './hypervisor/qemu-cable.ts'
import { carrierOf, type Carrier } from './network/kube-ovn/carry.ts'
import { labProblem } from './network/ovn/available.ts'
import { startLab } from './network/ovn/lab.ts'

/** What carries packets between guests. */
export type GuestNetwork = Carrier & {
  plug: Plug
  /** How somebody at a terminal sends some, from real guests or from simulated ones, which the network plays. */
  howTo: (guests: 'qemu' | 'simulated') => string
  stop: () => Promise<void>
}

/** Starts an OVN of the sandbox's own. @throws UnavailableError where it can't be had, saying why. */
export const prepareNetwork = async (say: (line: string) => void): Promise<GuestNetwork> => {
  await ensureNetworkPackages(say)
  const problem = labProblem()
  if (problem !== undefined) throw new UnavailableError(`OVN can't run here: ${problem}`)
  const lab = await startLab({ clock: systemClock, onWords: say })
  const carrier = carrierOf(lab, systemClock)
  // In a user namespace where the lab had to make one: only from within is it root there.
  const user = process.getuid?.() === 0 ? '' : ' -U --preserve-credentials'
  return {
    ...carrier,
    plug: ({ uid }) => carrier.portOf(uid),
    howTo: (guests) => guests === 'qemu' ? 'kubectl get virtualmachineinstance -A -o yaml | grep ssh-endpoint   # log in there, past every rule, and ping another'
      : `nsenter -t ${lab.pid}${user} -m -n ip netns exec NAMESPACE.INSTANCE ping -c 1 ADDRESS`,
    stop: lab.stop,
  }
}
