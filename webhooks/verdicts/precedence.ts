import type { ObjectMeta } from '../../crds/kubernetes.ts'

type Aged = Partial<Pick<ObjectMeta, 'name' | 'uid' | 'creationTimestamp'>>

/**
 * Whether `other` came first, when both want what only one can have. Both may have been admitted at once, by views that did not show the
 * other yet: then exactly one of them must lose, whoever asks, and whenever. An object that is only being created always comes last.
 */
export const cameFirst = (other: Aged, object: Aged): boolean => {
  if (object.creationTimestamp === undefined || object.uid === undefined) return true
  const [theirs, ours] = [other.creationTimestamp ?? '', object.creationTimestamp]
  return theirs === ours ? (other.uid ?? '') < object.uid : theirs < ours
}
