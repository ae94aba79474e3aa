import type { Cloud } from '../cloud.ts'
import type { Stored } from './scenario.ts'
import type { View } from './view.ts'

const runs = 'kubevirt.io/virtualmachineinstances'

/** Every VirtualMachineInstance that is stored. */
export const runsOf = (view: View): Stored[] => [...view.bucket(runs).values()]

/** Guests that run at once and are one machine to themselves: looked for whenever one of theirs is written of. */
export const twinsOf = ({ server, hypervisor }: Pick<Cloud, 'server' | 'hypervisor'>, known: readonly string[]): ReadonlySet<string> => {
  const twins = new Set<string>(known)
  server.subscribe(({ bucket }) => {
    if (bucket !== runs) return
    const machines = hypervisor.machines()
    for (const { uid, name, firmware } of machines) {
      if (machines.some((other) => other.uid !== uid && other.firmware.uuid === firmware.uuid)) twins.add(`two guests of ${name} run at once`)
    }
  })
  return twins
}
