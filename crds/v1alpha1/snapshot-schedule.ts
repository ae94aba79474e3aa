import { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, dateTime, flag, integer, list, meta, reportedID, rule, statusFields, struct, tagMap, tags, text } from '../fields.ts'

const labelKey = (description: string) => text({
  description, min: 1, max: 317,
  rules: [rule("!self.startsWith('kumulus.dev/')", 'labels of kumulus.dev/ are the operator\'s: select by labels or tags of your own')],
})

/** Which objects are meant: all that the selector says of one must hold. */
export const fleetSelector = struct(
  'Which of this namespace\'s. All that is said must hold; {} is all of them. What matches later is taken from then on, what matches no more is left alone.', {
    matchLabels: z.record(z.string(), z.string().max(63).meta({ description: 'Value of the label.' })).meta(meta({
      description: 'Labels that it has, with these values.',
      rules: [rule("self.all(key, size(key) >= 1 && size(key) <= 317 && !key.startsWith('kumulus.dev/'))",
        'matchLabels: every key must have 1 to 317 characters and none of kumulus.dev/, which are the operator\'s: select by labels or tags of your own')],
    }, { maxProperties: 50, 'x-kubernetes-map-type': 'granular' })).exactOptional(),
    matchExpressions: list(struct({
      description: 'What holds of one label.',
      rules: [rule("(self.operator == 'In' || self.operator == 'NotIn') == (has(self.values) && size(self.values) > 0)",
        'matchExpressions: In and NotIn need values, Exists and DoesNotExist take none')],
    }, {
      key: labelKey('Key of the label.'),
      operator: choice(['In', 'NotIn', 'Exists', 'DoesNotExist'], 'In and NotIn: its value is one of values, or not; Exists and DoesNotExist: it has the label, or not.'),
      values: list(text({ description: 'A value.', max: 63 }), { description: 'Values, at most 64.', max: 64 }).exactOptional(),
    }), { description: 'What holds of its labels.', max: 16 }).exactOptional(),
    matchTags: tagMap('matchTags', 'Tags that it has, with these values.'),
  })

/** `spec` of a SnapshotSchedule. */
export const snapshotScheduleSpec = struct('What is kept when, and for how long.', {
  resourceType: choice(['Volume', 'Instance'], 'Volume: a Snapshot of each selected Volume; Instance: one of each selected Instance, of all its volumes.').default('Volume'),
  selector: fleetSelector,
  schedule: text({
    description: 'When, as cron has it: minute, hour, day of the month, month, day of the week; for example 0 3 * * * for each day at three. The minute is one number: ' +
      'once an hour at most, as in EC2.',
    min: 1,
    max: 128,
    shape: {
      pattern: '^[0-5]?[0-9]( +[0-9A-Za-z*,/-]+){4}$',
      message: 'schedule must be five fields, the first one number, since it is due once an hour at most: minute, hour, day of the month, month, day of the week, ' +
        'for example schedule: 0 3 * * *',
    },
  }),
  timeZone: text({
    description: 'Whose clocks the schedule means: a name of the time zone database, for example Europe/Berlin. What clocks skip is due as much later, what they show twice ' +
      'the first time alone.',
    min: 1,
    max: 64,
    shape: { pattern: '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$', message: 'timeZone must be a name of the time zone database, for example Europe/Berlin, or UTC' },
  }).default('UTC'),
  startingDeadlineSeconds: integer({
    description: 'How late it may be, in seconds: what could not begin by then is missed. Left out, the last time that was missed is made up for, however late; earlier ones never are.',
    min: 60,
    max: 31_536_000,
  }).exactOptional(),
  retain: struct({
    description: 'How long snapshots are kept. One goes only when everything that is said here lets it go, and the newest of each volume or instance never.',
    rules: [rule('has(self.count) || has(self.age)', 'retain needs a count, an age, or both: for example count: 7')],
  }, {
    count: integer({ description: 'So many are kept of each volume or instance.', min: 1, max: 1000 }).exactOptional(),
    age: text({
      description: 'So long is each kept, from the time that it was due: hours, days or weeks, for example 36h, 30d or 52w.',
      min: 1,
      max: 32,
      shape: { pattern: '^[1-9][0-9]{0,3}[hdw]$', message: 'age must be a number of hours, days or weeks, for example age: 30d' },
    }).exactOptional(),
  }),
  copyTags: flag('Whether the snapshots get the tags of what they are of.').default(true),
  tagsToAdd: tagMap('tagsToAdd', 'Tags that the snapshots get beside; these come first where there would be more than 50, and win where both have a key.'),
  suspend: flag('While true none is taken and none goes. What was due meanwhile is not made up for.').default(false),
  tags: tags(),
})

const count = (description: string) => integer({ description, min: 0, max: 1_000_000 })

/** One time at which the schedule was due. */
export const scheduledRun = struct('What came of one time.', {
  scheduledTime: dateTime('When it was due, RFC 3339 in UTC.'),
  startTime: dateTime('When it was begun, RFC 3339 in UTC.').exactOptional(),
  completionTime: dateTime('When it was over, RFC 3339 in UTC.').exactOptional(),
  state: choice(['starting', 'running', 'completed', 'partial', 'failed', 'missed'],
    'starting: snapshots are being asked for; running: they are being taken; partial: some could not be; failed: none could be; missed: it was too late to begin.'),
  selected: count('How many were selected.').exactOptional(),
  taken: count('How many snapshots were asked for.').exactOptional(),
  completed: count('How many of those can be used.').exactOptional(),
  failed: list(text({ description: 'Name of a Snapshot.', max: 253 }), { description: 'Snapshots of it that failed, 20 of them at most.', max: 20 }).exactOptional(),
  missed: count('How many times before it were missed, for which nothing was taken; 100 are 100 or more.').exactOptional(),
  message: text({ description: 'Why not all was taken, for people.', max: 1024 }).exactOptional(),
})

/** `status` of a SnapshotSchedule. */
export const snapshotScheduleStatus = struct('What is due and what was done. Written by the operator alone.', {
  ...statusFields(),
  policyID: reportedID('ID of the schedule, policy- and 17 hexadecimal digits; the names of its snapshots begin with it.').exactOptional(),
  state: choice(['enabled', 'disabled', 'error'], 'disabled: it is suspended; error: you must act, the conditions say how.').exactOptional(),
  selected: count('How many are selected now.').exactOptional(),
  snapshots: count('How many snapshots of it there are.').exactOptional(),
  lastScheduleTime: dateTime('When it was last due, RFC 3339 in UTC.').exactOptional(),
  lastSuccessfulTime: dateTime('When it was last due with everything taken, RFC 3339 in UTC.').exactOptional(),
  nextScheduleTime: dateTime('When it is due next, RFC 3339 in UTC.').exactOptional(),
  inForce: struct('Since when it is as it is: what would have been due before is not made up for.', {
    schedule: text({ description: 'The schedule.', max: 128 }),
    timeZone: text({ description: 'The time zone.', max: 64 }),
    since: dateTime('Since when, RFC 3339 in UTC.'),
  }).exactOptional(),
  history: list(scheduledRun, { description: 'The last 20 times, the newest first.', max: 20, keys: ['scheduledTime'] }).exactOptional(),
})

export type FleetSelector = z.output<typeof fleetSelector>
export type ScheduledRun = z.output<typeof scheduledRun>
export type SnapshotScheduleSpec = z.output<typeof snapshotScheduleSpec>
export type SnapshotScheduleStatus = z.output<typeof snapshotScheduleStatus>
/** Snapshots of a fleet, taken by the clock and kept for a while. */
export type SnapshotSchedule = Resource<SnapshotScheduleSpec, SnapshotScheduleStatus>

export const snapshotSchedule: Definition = define({
  kind: 'SnapshotSchedule',
  plural: 'snapshotschedules',
  shortNames: ['snapsched'],
  description: 'Snapshots of all volumes or instances that match a selector, taken by the clock and kept for a while. Its snapshots stay when it is deleted.',
  spec: snapshotScheduleSpec,
  status: snapshotScheduleStatus,
  columns: [
    { name: 'State', type: 'string', description: 'Whether it is enabled.', jsonPath: '.status.state' },
    { name: 'Schedule', type: 'string', description: 'When it is due.', jsonPath: '.spec.schedule' },
    { name: 'Zone', type: 'string', description: 'Whose clocks are meant.', jsonPath: '.spec.timeZone' },
    { name: 'Selected', type: 'integer', description: 'How many are selected.', jsonPath: '.status.selected' },
    { name: 'Snapshots', type: 'integer', description: 'How many snapshots of it there are.', jsonPath: '.status.snapshots' },
    { name: 'Last', type: 'string', description: 'What came of the last time.', jsonPath: '.status.history[0].state' },
    { name: 'Next', type: 'string', description: 'When it is due next.', jsonPath: '.status.nextScheduleTime' },
    { name: 'ID', type: 'string', description: 'ID of the schedule.', jsonPath: '.status.policyID', priority: 1 },
  ],
  reasons: {
    Enabled: 'Ready: it is on.',
    Suspended: 'Ready: none is taken and none goes until suspend is false again.',
    Starting: 'Reconciling: snapshots are being asked for.',
    TooManySelected: 'Stalled: it selects more than it takes at a time; the oldest 1,000 are taken. Make several schedules of it, with narrower selectors.',
    AllTaken: 'On the condition LastRunSucceeded: everything that was selected was taken.',
    NotAllTaken: 'On the condition LastRunSucceeded: not everything was taken; the message says what and why, status.history has more.',
    Missed: 'On the condition LastRunSucceeded: it was too late to begin when it could be.',
    SnapshotInUse: 'On the condition RetentionMet: a snapshot is kept beyond its time for what needs it; the message names both.',
    RetentionFailed: 'On the condition RetentionMet: a snapshot could not be deleted and is tried again; the message says why.',
  },
})
