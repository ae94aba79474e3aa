import type { Clock } from '../operator/runtime/clock.ts'

/**
 * What happens between an Instance's creation and the last of its children, in this order: it is stored; its Volume is (the operator has acted);
 * the DataVolume is; CDI's part has said that a machine may mount the claim; the machine, which is the last child, is stored.
 */
export const steps = ['created', 'volume', 'dataVolume', 'answered', 'applied'] as const
export type Step = (typeof steps)[number]

/** Step → Instance → when it was passed, in milliseconds since the epoch. Of one namespace, since the server started. */
export type Milestones = Record<Step, Record<string, number>>

export type MilestoneLog = {
  note: (step: Step, namespace: string, instance: string) => void
  of: (namespace: string) => Milestones
  /** How many machines there are of instances that came since the start. */
  readonly applied: number
}

export const createMilestones = (clock: Clock): MilestoneLog => {
  const byNamespace = new Map<string, Milestones>()
  let applied = 0
  return {
    note: (step, namespace, instance) => {
      let passed = byNamespace.get(namespace)
      if (passed === undefined) byNamespace.set(namespace, passed = none())
      // Whoever watches may be told twice.
      if (passed[step][instance] !== undefined) return
      passed[step][instance] = clock.now()
      if (step === 'applied') applied++
    },
    of: (namespace) => byNamespace.get(namespace) ?? none(),
    get applied() {
      return applied
    },
  }
}

/** A volume is named after its instance and, after the last hyphen, the device. */
export const instanceOfVolume = (name: string): string => name.slice(0, name.lastIndexOf('-'))

const none = (): Milestones => ({ created: {}, volume: {}, dataVolume: {}, answered: {}, applied: {} })
