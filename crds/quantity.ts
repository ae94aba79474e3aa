import { memoized } from './memo.ts'

/**
 * Kubernetes quantities: a decimal number with a binary (Ki, Mi, …) or decimal (n, u, m, k, M, …) suffix or an exponent.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const binary: Record<string, bigint> = { Ki: 1n << 10n, Mi: 1n << 20n, Gi: 1n << 30n, Ti: 1n << 40n, Pi: 1n << 50n, Ei: 1n << 60n }
const decimal: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const shape = /^(?=.)([+-]?)([0-9]*\.?[0-9]*)(?:(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?)|[eE]([+-]?[0-9]+))$/

const nano = 1_000_000_000n

/**
 * The value in billionths, the finest that a quantity can hold. Finer digits are rounded away from zero, as Kubernetes does.
 * Undefined when `text` is no quantity. Missing digits count as 0, as in Kubernetes, to which `Gi` is a quantity.
 */
export const parseNanos = (text: string): bigint | undefined => {
  const match = shape.exec(text)
  if (match === null) return undefined
  const [, sign = '', digits = '', suffix = '', exponent] = match
  const [whole = '', fraction = ''] = digits.split('.')
  const scale = (exponent === undefined ? decimal[suffix] ?? 0 : clamp(Number(exponent))) + 9 - fraction.length
  const mantissa = BigInt(whole + fraction) * (binary[suffix] ?? 1n)
  const magnitude = scale >= 0 ? mantissa * 10n ** BigInt(scale) : ceilDivide(mantissa, 10n ** BigInt(-scale))
  return sign === '-' ? -magnitude : magnitude
}

/** Whole units, for example bytes, rounded up. Throws RangeError when `text` is no quantity. */
export const parseQuantity = (text: string): bigint => {
  const nanos = requireNanos(text)
  return nanos >= 0n ? ceilDivide(nanos, nano) : nanos / nano
}

/** Negative, 0 or positive as `a` is less than, equal to or more than `b`. Throws RangeError when either is no quantity. */
export const compareQuantities = (a: string, b: string): number => {
  const [x, y] = [requireNanos(a), requireNanos(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Bytes as the shortest exact quantity with a binary suffix, for example 21474836480 → 20Gi. */
export const formatBytes = (bytes: bigint): string => {
  const suffix = ['Pi', 'Ti', 'Gi', 'Mi', 'Ki'].find(each => bytes !== 0n && bytes % (binary[each] ?? 1n) === 0n)
  return suffix === undefined ? `${bytes}` : `${bytes / (binary[suffix] ?? 1n)}${suffix}`
}

/** Whole GiB, rounded up: the unit that EC2 counts volumes in. */
export const gibibytes = (bytes: bigint): number => Number(ceilDivide(bytes, 1n << 30n))

/** Far beyond what Kubernetes keeps, and small enough to compute with whatever a user writes. */
const clamp = (exponent: number): number => Math.max(-40, Math.min(40, exponent))

const ceilDivide = (value: bigint, by: bigint): bigint => (value + by - 1n) / by

/** There are few sizes, and every pass compares some. */
const requireNanos = memoized((text: string): bigint => {
  const nanos = parseNanos(text)
  if (nanos === undefined) throw new RangeError(`${JSON.stringify(text)} is not a quantity: write for example 20Gi or 500M`)
  return nanos
}, 256)
