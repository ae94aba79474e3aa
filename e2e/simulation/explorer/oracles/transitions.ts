import type { Stored } from '../scenario.ts'
import type { Oracle } from './oracle.ts'

/** Which state may follow which, by the API's contract. '' stands for none yet. */
const transitions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'kumulus.dev/instances': {
    // One that was deleted before anybody looked at it is seen at its end alone.
    '': ['pending', 'stopped', 'shutting-down', 'terminated'],
    pending: ['running', 'shutting-down'],
    running: ['stopping', 'shutting-down'],
    stopping: ['stopped'],
    stopped: ['pending', 'shutting-down'],
    'shutting-down': ['terminated'],
    terminated: [],
  },
  'kumulus.dev/instanceactions': {
    '': ['Pending', 'InProgress', 'Completed', 'Failed', 'Superseded'],
    Pending: ['InProgress', 'Completed', 'Failed', 'Superseded'],
    InProgress: ['Completed', 'Failed', 'Superseded'],
    Completed: [],
    Failed: [],
    Superseded: [],
  },
  'kumulus.dev/volumes': {
    // What nobody watched may have gone on meanwhile.
    '': ['creating', 'available', 'in-use', 'error', 'deleting'],
    creating: ['available', 'in-use', 'error', 'deleting'],
    available: ['in-use', 'error', 'deleting'],
    'in-use': ['available', 'error', 'deleting'],
    error: ['creating', 'available', 'in-use', 'deleting'],
    deleting: [],
  },
  'kumulus.dev/images': {
    '': ['pending', 'failed', 'deregistered'],
    pending: ['available', 'failed', 'deregistered'],
    failed: ['pending', 'available', 'deregistered'],
    // Whose bytes somebody has deleted says so.
    available: ['deregistered', 'failed because of SnapshotLost'],
    'failed because of SnapshotLost': ['available', 'deregistered'],
    deregistered: [],
  },
  // Without its network nothing may come into it: so it is while that is torn down.
  'kumulus.dev/vpcs': { '': ['pending', 'available'], pending: ['available'], available: ['pending'] },
  'kumulus.dev/subnets': { '': ['pending', 'available'], pending: ['available'], available: ['pending'] },
}

/** Whoever watches sees every state on the way and none that may not follow. */
export const allowedTransitions: Oracle = ({ events }) => events.flatMap(({ bucket, key, type, object, previous }) => {
  const allowed = transitions[bucket]
  if (allowed === undefined || type === 'DELETED') return []
  const from = previous?.metadata.uid === object.metadata.uid ? stateOf(previous) : ''
  const to = stateOf(object)
  return from === to || allowed[from]?.includes(to) === true ? [] : [`${bucket} ${key} went from ${from || 'no state'} to ${to || 'no state'}`]
})

const stateOf = (object: Stored | undefined): string => {
  const state = String(object?.status?.['state'] ?? object?.status?.['phase'] ?? '')
  const { reason } = (object?.status?.['conditions'] as { type: string; reason: string }[] | undefined)?.find(({ type }) => type === 'Ready') ?? {}
  return state === 'failed' && reason === 'SnapshotLost' ? 'failed because of SnapshotLost' : state
}
