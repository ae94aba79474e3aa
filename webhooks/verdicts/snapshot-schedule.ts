import { parseCron } from '../../crds/cron.ts'
import { isTimeZone } from '../../crds/fire-times.ts'
import type { SnapshotSchedule } from '../../crds/v1alpha1/index.ts'
import type { Verdict } from './view.ts'

/** It is due sometimes, and somewhere. */
export const snapshotScheduleVerdict: Verdict<SnapshotSchedule> = ({ spec: { schedule, timeZone } }) => {
  const cron = parseCron(schedule)
  return [
    ...typeof cron === 'string' ? [{ field: 'spec.schedule', message: `"${schedule}" ${cron}; for example 0 3 * * * is each day at three` }] : [],
    ...isTimeZone(timeZone) ? [] : [{ field: 'spec.timeZone', message: `there is no time zone ${timeZone}: name one of the time zone database, for example Europe/Berlin, or UTC` }],
  ]
}
