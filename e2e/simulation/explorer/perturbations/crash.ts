import type { Interposer } from '../interposer.ts'
import type { PerturbationOf } from './perturbation-of.ts'
import { atWrite, never } from './at-write.ts'

/** The process ends at a write: before it leaves, or after it was done and before the answer arrived. */
export const crash = ({ write, when }: PerturbationOf<'crash'>): Interposer => (control) =>
  atWrite(write, async (request, transport) => {
    if (when === 'after') await transport.request(request)
    control.crash()
    return never()
  })
