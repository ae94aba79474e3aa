import type { Perturbation, Plan } from './plan.ts'

/** What a fault itself makes unavoidable, and why. Whatever is not listed here is a finding. */
type Allowance = {
  of: (perturbation: Perturbation) => boolean
  reason: string
  /** How often beyond the reference a thing may be created or deleted; `bucket key was created`. */
  creations?: (what: string) => number
  /** Oracles that are not asked. */
  waives?: readonly string[]
}

const allowances: readonly Allowance[] = [
  {
    of: ({ kind }) => kind === 'recreate',
    reason: 'somebody else deletes an object once and makes it again: what was made for the first goes with it and is made for the second',
    creations: () => 1,
  },
  {
    of: (each) => each.kind === 'recreate' && each.resource === 'cdi.kubevirt.io/datavolumes',
    reason: 'the bytes went with the claim of the DataVolume that somebody deleted, or a guest holds them: no operator may put others in their place',
    waives: ['notStuck', 'everythingReady', 'sameFinalState'],
  },
  {
    of: (each) => each.kind === 'foreign' && each.failure === 'crash-loop',
    reason: 'KubeVirt itself starts a machine whose guest has crashed again, as often as that happens',
    creations: (what) => (/^(kubevirt\.io\/virtualmachineinstances|\/pods|kubeovn\.io\/ips|apps\/controllerrevisions) /.test(what) ? Infinity : 0),
  },
]

const allowedFor = ({ perturbations }: Plan): Allowance[] => allowances.filter(({ of }) => perturbations.some(of))

/** How often more than in the reference this may have happened. */
export const extraCreations = (plan: Plan, what: string): number =>
  allowedFor(plan).reduce((sum, { creations }) => sum + (creations?.(what) ?? 0), 0)

export const isWaived = (plan: Plan, oracle: string): boolean => allowedFor(plan).some(({ waives }) => waives?.includes(oracle) === true)
