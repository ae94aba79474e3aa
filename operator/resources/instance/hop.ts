import { comesOrGoes } from '../change.ts'
import type { StoredInstance } from './store.ts'

/** Of all that happens to an instance, the routes that lead to it care whether it is there, runs, passes traffic on, and at which address. */
export const hopChanged = (instance: StoredInstance, previous: StoredInstance | undefined): boolean =>
  previous === undefined || comesOrGoes(instance, previous) || hopOf(previous) !== hopOf(instance)

const hopOf = ({ metadata, spec, status }: StoredInstance): string =>
  [metadata.deletionTimestamp, spec.sourceDestCheck, status?.state, status?.privateIPAddress].join(' ')
