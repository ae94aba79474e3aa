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

/** The time comes once, whatever happens to the clock: each day at this one. */
const bySchedule: Scenario = {
  name: 'scheduled-snapshots',
  base: 'launched',
  play: async (user) => {
    await user.apply({ kind: 'SnapshotSchedule', name: 'daily', spec: { selector: {}, schedule: '20 0 * * *', retain: { count: 3 } } })
    const status = () => user.find('SnapshotSchedule', 'daily')?.status
    await user.inState('SnapshotSchedule', 'daily', 'enabled')
    await user.until('its time', () => status()?.['lastScheduleTime'] !== undefined)
    await user.until('the snapshots', () => (status()?.['history'] as { state: string }[] | undefined)?.[0]?.state === 'completed')
  },
}

/** What is kept of volumes. */
export const snapshotScenarios: readonly Scenario[] = [ofInstance, bySchedule]
