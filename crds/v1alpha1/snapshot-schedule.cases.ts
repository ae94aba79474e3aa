import type { RuleCases } from '../rule-cases.ts'
import { snapshotSchedule } from './snapshot-schedule.ts'
import { tagCases } from './tags.cases.ts'

const expression = (more: object) => ({ selector: { matchExpressions: [{ key: 'app', ...more }] } })

export const snapshotScheduleCases: RuleCases = {
  definition: snapshotSchedule,
  base: { selector: {}, schedule: '0 3 * * *', retain: { count: 7 } },
  cases: [
    { title: 'of all volumes, each night' },
    ...tagCases,
    { title: 'of some', spec: { selector: { matchLabels: { 'example.com/tier': 'gold' }, matchTags: { Backup: 'yes' } } } },
    { title: 'by a label of the operator\'s', spec: { selector: { matchLabels: { 'kumulus.dev/owner-name': 'web' } } }, refused: 'spec.selector.matchLabels: matchLabels: every key must have' },
    { title: 'by a tag without a name', spec: { selector: { matchTags: { '': 'x' } } }, refused: 'spec.selector.matchTags: matchTags: every key must have 1 to 128 characters' },
    { title: 'by a label with one of two values', spec: expression({ operator: 'In', values: ['web', 'db'] }) },
    { title: 'by having a label', spec: expression({ operator: 'Exists' }) },
    { title: 'by having a label of the operator\'s', spec: expression({ key: 'kumulus.dev/x', operator: 'Exists' }), refused: 'labels of kumulus.dev/ are the operator\'s' },
    { title: 'by a value that is not named', spec: expression({ operator: 'In' }), refused: 'matchExpressions: In and NotIn need values' },
    { title: 'by the absence of a label with a value', spec: expression({ operator: 'DoesNotExist', values: ['web'] }), refused: 'matchExpressions: In and NotIn need values' },
    { title: 'of each weekday', spec: { schedule: '30 22 * * mon-fri' } },
    { title: 'of every five minutes', spec: { schedule: '*/5 * * * *' }, refused: 'spec.schedule: schedule must be five fields, the first one number' },
    { title: 'in a word', spec: { schedule: '@daily' }, refused: 'spec.schedule: schedule must be five fields' },
    { title: 'in words', spec: { schedule: '@daily now' }, refused: 'spec.schedule: schedule must be five fields' },
    { title: 'in a time zone', spec: { timeZone: 'America/Argentina/Buenos_Aires' } },
    { title: 'in an offset', spec: { timeZone: '+02:00' }, refused: 'spec.timeZone: timeZone must be a name of the time zone database' },
    { title: 'that keeps for a while', spec: { retain: { age: '30d' } } },
    { title: 'that keeps for a time in words', spec: { retain: { age: '7 days' } }, refused: 'spec.retain.age: age must be a number of hours, days or weeks' },
    { title: 'that keeps for a time without a unit', spec: { retain: { age: '30' } }, refused: 'spec.retain.age: age must be a number of hours, days or weeks' },
    { title: 'that says not how long', spec: { retain: {} }, refused: 'spec.retain: retain needs a count, an age, or both' },
    { title: 'that adds a tag', spec: { tagsToAdd: { Backup: 'nightly' } } },
    { title: 'that adds a tag without a name', spec: { tagsToAdd: { '': 'x' } }, refused: 'spec.tagsToAdd: tagsToAdd: every key must have 1 to 128 characters' },
    { title: 'that changes', spec: { schedule: '0 4 * * *', suspend: true }, was: {} },
  ],
}
