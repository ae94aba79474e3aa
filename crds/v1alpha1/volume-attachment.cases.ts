import type { RuleCases } from '../rule-cases.ts'
import { deviced, fixed, named, tagCases } from './tags.cases.ts'
import { volumeAttachment } from './volume-attachment.ts'

export const volumeAttachmentCases: RuleCases = {
  definition: volumeAttachment,
  base: { volumeRef: { name: 'data' }, instanceRef: { name: 'web' }, device: '/dev/sdf' },
  cases: [
    { title: 'of a volume to an instance' },
    ...tagCases,
    ...named('volumeRef', name => ({ volumeRef: { name } })),
    ...deviced(device => ({ device })),
    ...fixed('volumeRef', { name: 'data' }, { name: 'logs' }),
    ...fixed('instanceRef', { name: 'web' }, { name: 'db' }),
    ...fixed('device', '/dev/sdf', '/dev/sdg'),
    ...fixed('deleteOnTermination', false, true),
    ...fixed('readOnly', false, true),
  ],
}
