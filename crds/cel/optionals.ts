import type { Message } from '@bufbuild/protobuf'
import { CelScalar, celFunc, celMethod, isCelList, isCelMap, isCelUint, type CelFunc, type CelValue } from '@bufbuild/cel'
import { Optional } from './opaque.ts'

const { DYN, BOOL } = CelScalar

/** Optional values, without the `.?` and `[?]` syntax, which the parser doesn't know. A message can't hold any value, so it is kept beside. */
const held = new WeakMap<object, CelValue>()

const none = (): Message => Optional.of('')

/** An optional that has a value. */
export const someOf = (value: CelValue): Message => {
  const optional = Optional.of(`some ${describe(value)}`)
  held.set(optional, value)
  return optional
}

/** An optional without a value. */
export const noneOf = none

export const optionals: CelFunc[] = [
  celFunc('optional.of', [DYN], Optional.type, value => someOf(value)),
  celFunc('optional.none', [], Optional.type, none),
  celMethod('hasValue', Optional.type, [], BOOL, function () { return heldIn(this) !== undefined }),
  celMethod('value', Optional.type, [], DYN, function () {
    const value = heldIn(this)
    if (value === undefined) throw new Error('optional.none() dereference')
    return value
  }),
  celMethod('orValue', Optional.type, [DYN], DYN, function (other) { return heldIn(this) ?? other }),
  celMethod('or', Optional.type, [Optional.type], Optional.type, function (other) { return heldIn(this) === undefined ? other : this }),
]

const heldIn = (optional: CelValue): CelValue | undefined => held.get((optional as unknown as { message: object }).message)

/** Two optionals are equal when their values are; the text stands in for the value in the evaluator's comparison. */
const describe = (value: CelValue): string => {
  if (isCelList(value)) return `[${[...value].map(describe).join(',')}]`
  if (isCelMap(value)) return `{${[...value].map(([key, part]) => `${describe(key)}:${describe(part)}`).sort().join(',')}}`
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (isCelUint(value)) return `${value.value}`
  return typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? JSON.stringify(value) : `${value}`
}
