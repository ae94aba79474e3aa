import { disksChangedAt, hotDisksOf, type RawMachine } from '../../../operator/providers/kubevirt/hot-disks.ts'
import type { Run } from './history.ts'
import type { Perturbation, Plan } from './plan.ts'

/** What a fault itself makes unavoidable, and why. Whatever is not listed here is a finding. */
type Allowance = {
  of: (perturbation: Perturbation) => boolean
  /** The only scenario that it is of; any where left out. */
  scenario?: string
  reason: string
  /** How often beyond the reference a thing may happen, `bucket key was created` or `path was asked for`, with so many of the fault in the plan. */
  creations?: (what: string, times: number) => number
  /** Oracles that are not asked, of the runs that it came to. */
  waives?: readonly string[]
  cameTo?: (run: Run) => boolean
}

const allowances: readonly Allowance[] = [
  {
    of: (each) => ['crash', 'rewind', 'pause'].includes(each.kind) || (each.kind === 'answer' && each.when === 'after'),
    reason: 'whether an act that got no answer was done can be seen of no guest without an agent; asked again it may reboot twice, not asked again never',
    creations: (what, times) => (/\/(softreboot|reset|stop) was asked for$/.test(what) ? times : 0),
  },
  {
    of: (each) => each.kind === 'answer' && each.status === 409,
    reason: 'KubeVirt answers so for a guest that has no ear for a reboot, and that is what a reset is for',
    creations: (what, times) => (/\/reset was asked for$/.test(what) ? times : 0),
  },
  {
    of: ({ kind }) => ['crash', 'rewind', 'pause', 'answer'].includes(kind),
    scenario: 'snapshot-with-freeze',
    reason: 'who does not know whether a guest stands still, or for how long, lets it go on, which is harmless, and begins anew',
    creations: (what) => (/\/(freeze|unfreeze) was asked for$/.test(what) ? 1 : 0),
  },
  {
    of: ({ kind }) => ['answer', 'jump'].includes(kind),
    scenario: 'snapshot-with-freeze',
    reason: 'a guest that could not be asked, or went on by itself after its minute, is kept as after a power cut, and the snapshot says so',
    waives: ['sameFinalState'],
    cameTo: ({ final }) => final.get('kumulus.dev/snapshots')?.get('a/moment')?.status?.['consistency'] === 'Crash',
  },
  {
    of: (each) => each.kind === 'recreate' && each.resource === 'snapshot.storage.k8s.io/volumesnapshots',
    reason: 'what somebody else makes anew under the name and with the labels of what was taken is of the moment at which they do',
    waives: ['stillInTime'],
  },
  {
    of: ({ kind }) => ['crash', 'pause'].includes(kind),
    scenario: 'guest-terminates',
    reason: 'who ended a guest is not known where nobody was there to see it: it is started again, and not terminated on a guess',
    creations: (what) => (/^(kubevirt\.io\/virtualmachineinstances|\/pods|kubeovn\.io\/ips) /.test(what) ? 1 : 0),
  },
  {
    of: ({ kind }) => kind === 'pause',
    reason: 'the request that a sleeping process was about to send arrives when another has torn down what it was for: made late, and taken away again',
    creations: (what) => (/^(\/secrets|kumulus\.dev\/volumes) /.test(what) ? 1 : 0),
  },
  {
    of: ({ kind }) => kind === 'recreate',
    reason: 'somebody else deletes an object once and makes it again: what was made for the first goes with it and is made for the second',
    // A machine's first start, or a volume's first machine, has a second pod, which only gets volumes bound. Such a pod has an address of its own.
    creations: (what) => (/^(\/pods |kubeovn\.io\/ips \/hp-volume-)/.test(what) ? 2 : 1),
  },
  {
    of: (each) => each.kind === 'recreate' && each.resource === 'kubevirt.io/virtualmachines',
    reason: 'a machine that somebody makes anew has the first one\'s note of when its disks changed, which says how long others wait: that is over',
    waives: ['sameFinalState'],
    cameTo: ({ final }) => [...final.get('kubevirt.io/virtualmachines')?.values() ?? []].some(({ metadata, spec }) =>
      metadata.annotations?.[disksChangedAt] !== undefined && hotDisksOf((spec as RawMachine['spec']).template).length === 0),
  },
  {
    of: (each) => each.kind === 'recreate' && ['cdi.kubevirt.io/datavolumes', '/persistentvolumeclaims'].includes(each.resource),
    reason: 'the bytes went with the claim that somebody deleted, or with its DataVolume, or a guest holds them: no operator may put others in their place',
    waives: ['notStuck', 'everythingReady', 'sameFinalState'],
  },
  {
    of: (each) => each.kind === 'recreate' && each.resource === 'kumulus.dev/snapshotschedules',
    reason: 'a schedule that somebody makes anew counts from then: what was due before it is not its business, and what the first one had taken stays as it is',
    waives: ['notStuck', 'sameFinalState', 'noOrphans'],
  },
  {
    of: (each) => each.kind === 'recreate' && each.resource === 'kumulus.dev/images',
    reason: 'an instance goes on saying which image it was made of, and that one is gone',
    waives: ['sameFinalState'],
  },
  {
    of: (each) => each.kind === 'recreate' && /^kumulus\.dev\/(instances|volumes)$/.test(each.resource),
    reason: 'what its user did to the first does not befall the second: a stop, a deletion; nor may it find the image or the address that the first had',
    waives: ['notStuck', 'everythingReady', 'sameFinalState'],
  },
  {
    of: ({ kind }) => kind === 'recreate',
    reason: 'what is in use is not deleted, whoever asks: it waits, so that there was nothing to be made again',
    waives: ['notStuck', 'everythingReady', 'sameFinalState'],
    // Ours, and Kube-OVN's routers, which it lets nobody delete while they have subnets.
    cameTo: ({ final }) => [...final].some(([bucket, objects]) =>
      /^(kumulus\.dev\/|kubeovn\.io\/vpcs$)/.test(bucket) && [...objects.values()].some(({ metadata }) => metadata.deletionTimestamp !== undefined)),
  },
  {
    of: (each) => each.kind === 'recreate' && each.resource === 'storage.k8s.io/volumeattributesclasses',
    reason: 'Kubernetes keeps a class that a claim names until none does: it serves on, on its way out',
    waives: ['sameFinalState'],
    cameTo: ({ final }) => [...final.get('storage.k8s.io/volumeattributesclasses')?.values() ?? []]
      .some(({ metadata }) => metadata.deletionTimestamp !== undefined),
  },
  {
    of: (each) => each.kind === 'foreign' && each.failure === 'crash-loop',
    reason: 'KubeVirt itself starts a machine whose guest has crashed again, as often as that happens',
    creations: (what) => (/^(kubevirt\.io\/virtualmachineinstances|\/pods|kubeovn\.io\/ips) /.test(what) ? Infinity : 0),
  },
]

const allowedFor = ({ perturbations, scenario: played }: Plan): Allowance[] =>
  allowances.filter(({ of, scenario = played }) => scenario === played && perturbations.some(of))

/** How often more than in the reference this may have happened. */
export const extraCreations = (plan: Plan, what: string): number =>
  allowedFor(plan).reduce((sum, { creations, of }) => sum + (creations?.(what, plan.perturbations.filter(of).length) ?? 0), 0)

export const isWaived = (run: Run, oracle: string): boolean =>
  allowedFor(run.plan).some(({ waives, cameTo }) => waives?.includes(oracle) === true && cameTo?.(run) !== false)
