import type { RuleCases } from '../rule-cases.ts'
import { instanceAction } from './instance-action.ts'
import { fixed, named, tagCases } from './tags.cases.ts'

export const instanceActionCases: RuleCases = {
  definition: instanceAction,
  base: { instanceRef: { name: 'web' }, type: 'Reboot' },
  cases: [
    { title: 'that reboots an instance' },
    ...tagCases,
    ...named('instanceRef', name => ({ instanceRef: { name } })),
    ...fixed('instanceRef', { name: 'web' }, { name: 'db' }),
    ...fixed('type', 'Reboot', 'ForceStop'),
  ],
}
