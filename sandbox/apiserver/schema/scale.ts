import type { AnyObject, Cause, ServedResource } from '../resource.ts'
import { invalidCause } from './causes.ts'

const maxInt32 = 2 ** 31 - 1

/** The value at a simple JSON path such as `.spec.replicas`, or undefined. */
export const atPath = (object: unknown, path: string): unknown =>
  path.split('.').filter((name) => name !== '').reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined),
    object,
  )

/** The replica counts behind the scale subresource must be counts. A write to status leaves the wanted count alone. */
export const checkScale = ({ scale }: ServedResource, object: AnyObject, subresource: string): Cause[] => {
  if (scale === undefined) return []
  return [...(subresource === 'status' ? [] : checkCount(object, scale.specReplicasPath)), ...checkCount(object, scale.statusReplicasPath)]
}

const checkCount = (object: AnyObject, path: string): Cause[] => {
  const value = atPath(object, path)
  if (typeof value !== 'number') return []
  if (value < 0) return [invalidCause(path, value, 'should be a non-negative integer')]
  return value > maxInt32 ? [invalidCause(path, value, `should be less than or equal to ${maxInt32}`)] : []
}
