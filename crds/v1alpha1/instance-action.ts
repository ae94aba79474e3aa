import type { z } from 'zod'
import { define, type Definition, type Resource } from '../definition.ts'
import { choice, dateTime, refTo, reportedID, statusFields, struct, tags, text } from '../fields.ts'
import { immutable } from '../immutable.ts'

const anew = 'an action is done once, create a new InstanceAction'

/** `spec` of an InstanceAction. */
export const instanceActionSpec = struct({
  description: 'What is to be done. Immutable but for the tags.',
  rules: [immutable('instanceRef', anew), immutable('type', anew)],
}, {
  instanceRef: refTo('Instance', 'Instance to act on.'),
  type: choice(['Reboot', 'ForceStop', 'Recover', 'Migrate', 'SendDiagnosticInterrupt'],
    'Reboot: restart the guest; ForceStop: cut the power; Recover: start on another host; Migrate: move live to another host; ' +
    'SendDiagnosticInterrupt: non-maskable interrupt to the guest kernel.'),
  tags: tags(),
})

/** `status` of an InstanceAction. */
export const instanceActionStatus = struct('What came of it. Written by the operator alone.', {
  ...statusFields(),
  phase: choice(['Pending', 'InProgress', 'Completed', 'Failed', 'Superseded'],
    'Superseded: a later action or a change of the spec made this one moot.').exactOptional(),
  instanceID: reportedID('ID of the Instance that it was for when it was first looked at; a namesake that comes later is left alone.').exactOptional(),
  startTime: dateTime('When work began, RFC 3339 in UTC.').exactOptional(),
  guestAgentSince: dateTime('Reboot: since when the guest agent had been connected as work began, RFC 3339 in UTC; a later connection of it proves the reboot. ' +
    'Absent where there was none: then the reboot is done with the request.').exactOptional(),
  completionTime: dateTime('When it ended, RFC 3339 in UTC.').exactOptional(),
  message: text({ description: 'What happened, for people.', max: 1024 }).exactOptional(),
})

export type InstanceActionSpec = z.output<typeof instanceActionSpec>
export type InstanceActionStatus = z.output<typeof instanceActionStatus>
/** One auditable imperative act on an Instance. */
export type InstanceAction = Resource<InstanceActionSpec, InstanceActionStatus>

export const instanceAction: Definition = define({
  kind: 'InstanceAction',
  plural: 'instanceactions',
  shortNames: ['ia'],
  description: 'One act on an Instance, done once and kept as a record: reboot, force stop, recover, migrate.',
  spec: instanceActionSpec,
  status: instanceActionStatus,
  columns: [
    { name: 'Instance', type: 'string', description: 'Instance acted on.', jsonPath: '.spec.instanceRef.name' },
    { name: 'Action', type: 'string', description: 'What is to be done.', jsonPath: '.spec.type' },
    { name: 'Phase', type: 'string', description: 'How far it is.', jsonPath: '.status.phase' },
    { name: 'Message', type: 'string', description: 'What happened.', jsonPath: '.status.message', priority: 1 },
  ],
  reasons: {
    Pending: 'Waiting: another act on the same instance comes first; the message names it.',
    InProgress: 'Reconciling: the act has begun; the message says how far it is.',
    Completed: 'Ready: the act is done.',
    Superseded: 'Ready: a later act or a change of the spec made this one moot.',
    ActionFailed: 'Stalled: the act failed; the message says why. Create a new InstanceAction to try again.',
  },
})
