/** Sorted string arrays: a list of one namespace and a page of it are slices, without sorting 100,000 keys each time. */

export const insertSorted = (keys: string[], key: string): void => {
  const at = lowerBound(keys, key)
  if (keys[at] !== key) keys.splice(at, 0, key)
}

export const removeSorted = (keys: string[], key: string): void => {
  const at = lowerBound(keys, key)
  if (keys[at] === key) keys.splice(at, 1)
}

/** Indexes of the keys that begin with `prefix` and come after `after`. */
export const rangeOf = (keys: readonly string[], prefix: string, after?: string): [from: number, to: number] => {
  const start = prefix === '' ? 0 : lowerBound(keys, prefix)
  const end = prefix === '' ? keys.length : lowerBound(keys, prefix + '\uffff')
  return after === undefined ? [start, end] : [Math.max(start, upperBound(keys, after)), end]
}

const lowerBound = (keys: readonly string[], key: string): number => bound(keys, (other) => other < key)
const upperBound = (keys: readonly string[], key: string): number => bound(keys, (other) => other <= key)

const bound = (keys: readonly string[], isBefore: (key: string) => boolean): number => {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(keys[middle] as string)) low = middle + 1
    else high = middle
  }
  return low
}
