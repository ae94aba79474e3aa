import { CelScalar, celFunc, celMethod, celType, isCelList, listType, type CelFunc, type CelList, type CelValue } from '@bufbuild/cel'
import { equal, less } from './comparison.ts'

const { BOOL, INT, DYN } = CelScalar
const LIST = listType(CelScalar.DYN)

/** Kubernetes' list library and the sets extension. Source: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library */
export const lists: CelFunc[] = [
  celMethod('isSorted', LIST, [], BOOL, function () {
    const values = [...this]
    return values.every((value, index) => index === 0 || !less(value, values[index - 1] as CelValue))
  }),
  celMethod('sum', LIST, [], DYN, function () { return sum(this) }),
  celMethod('min', LIST, [], DYN, function () { return extreme(this, 'min', less) }),
  celMethod('max', LIST, [], DYN, function () { return extreme(this, 'max', (a, b) => less(b, a)) }),
  celMethod('indexOf', LIST, [DYN], INT, function (wanted) { return BigInt([...this].findIndex(value => equal(value, wanted))) }),
  celMethod('lastIndexOf', LIST, [DYN], INT, function (wanted) { return BigInt([...this].findLastIndex(value => equal(value, wanted))) }),
  celFunc('sets.contains', [LIST, LIST], BOOL, (list, wanted) => containsAll(list, wanted)),
  celFunc('sets.equivalent', [LIST, LIST], BOOL, (a, b) => containsAll(a, b) && containsAll(b, a)),
  celFunc('sets.intersects', [LIST, LIST], BOOL, (a, b) => [...a].some(value => [...b].some(other => equal(value, other)))),
]

const containsAll = (list: CelList, wanted: CelList): boolean => [...wanted].every(value => [...list].some(other => equal(value, other)))

const sum = (list: CelList): CelValue => {
  const values = [...list]
  if (values.every(value => typeof value === 'bigint')) return values.reduce<bigint>((total, value) => total + (value), 0n)
  if (values.every(value => typeof value === 'number')) return values.reduce<number>((total, value) => total + (value), 0)
  throw new Error(`sum is supported here for lists of int or of double, not of ${values.map(value => celType(value).name).join(', ')}`)
}

const extreme = (list: CelList, name: string, before: (a: CelValue, b: CelValue) => boolean): CelValue => {
  const values = isCelList(list) ? [...list] : []
  if (values.length === 0) throw new Error(`${name} called on empty list`)
  return values.reduce((best, value) => before(value, best) ? value : best)
}
