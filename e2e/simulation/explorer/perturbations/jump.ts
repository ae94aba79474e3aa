import type { Interposer } from '../interposer.ts'
import { atWrite } from './at-write.ts'
import type { PerturbationOf } from './perturbation-of.ts'

/** Time leaps forward at a write, as where a machine was suspended. What fell due meanwhile falls due at once. */
export const jump = ({ write, ms }: PerturbationOf<'jump'>): Interposer => ({ clock, lastsUntil }) =>
  atWrite(write, (request, transport) => {
    clock.leap(ms)
    lastsUntil(clock.now())
    return transport.request(request)
  })
