import type { Scenario } from '../scenario.ts'

/** The guest stands still while both disks are taken, and goes on. */
const ofInstance: Scenario = {
  name: 'snapshot-with-freeze',
  base: 'attended',
  play: async (user) => {
    await user.apply({ kind: 'Snapshot', name: 'moment', spec: { instanceRef: { name: 'web' } } })
    await user.inState('Snapshot', 'moment', 'completed')
  },
}

/** What is kept of volumes. */
export const snapshotScenarios: readonly Scenario[] = [ofInstance]
