import { CelScalar, celFunc, celMethod, type CelFunc, type CelValue } from '@bufbuild/cel'
import { parseNanos } from '../quantity.ts'
import { Quantity } from './opaque.ts'

const { STRING, BOOL, INT, DOUBLE } = CelScalar
const nano = 1_000_000_000n
const [maxInt, minInt] = [2n ** 63n - 1n, -(2n ** 63n)]

/**
 * Kubernetes' quantity library. Source: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library.
 * The text of a value is its count of billionths, so that 1Gi equals 1024Mi.
 */
export const quantities: CelFunc[] = [
  celFunc('isQuantity', [STRING], BOOL, text => parseNanos(text) !== undefined),
  celFunc('quantity', [STRING], Quantity.type, text => Quantity.of(`${requireNanos(text)}`)),
  celMethod('isInteger', Quantity.type, [], BOOL, function () { return isInteger(nanosIn(this)) }),
  celMethod('asInteger', Quantity.type, [], INT, function () {
    if (!isInteger(nanosIn(this))) throw new Error('cannot convert value to integer')
    return nanosIn(this) / nano
  }),
  celMethod('asApproximateFloat', Quantity.type, [], DOUBLE, function () { return Number(nanosIn(this)) / 1e9 }),
  celMethod('add', Quantity.type, [Quantity.type], Quantity.type, function (other) { return Quantity.of(`${nanosIn(this) + nanosIn(other)}`) }),
  celMethod('add', Quantity.type, [INT], Quantity.type, function (other) { return Quantity.of(`${nanosIn(this) + other * nano}`) }),
  celMethod('sub', Quantity.type, [Quantity.type], Quantity.type, function (other) { return Quantity.of(`${nanosIn(this) - nanosIn(other)}`) }),
  celMethod('sub', Quantity.type, [INT], Quantity.type, function (other) { return Quantity.of(`${nanosIn(this) - other * nano}`) }),
  celMethod('compareTo', Quantity.type, [Quantity.type], INT, function (other) { return compare(nanosIn(this), nanosIn(other)) }),
  celMethod('isGreaterThan', Quantity.type, [Quantity.type], BOOL, function (other) { return nanosIn(this) > nanosIn(other) }),
  celMethod('isLessThan', Quantity.type, [Quantity.type], BOOL, function (other) { return nanosIn(this) < nanosIn(other) }),
]

const nanosIn = (value: CelValue): bigint => BigInt(Quantity.textOf(value))

const requireNanos = (text: string): bigint => {
  const nanos = parseNanos(text)
  if (nanos === undefined) throw new Error(`${JSON.stringify(text)} is not a quantity`)
  return nanos
}

const isInteger = (nanos: bigint): boolean => nanos % nano === 0n && nanos / nano <= maxInt && nanos / nano >= minInt

const compare = (a: bigint, b: bigint): bigint => a < b ? -1n : a > b ? 1n : 0n
