import type { Perturbation } from '../plan.ts'

export type PerturbationOf<K extends Perturbation['kind']> = Extract<Perturbation, { kind: K }>
