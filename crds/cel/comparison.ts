import { celEnv, celType, parse, plan, CelScalar, isCelError, type CelValue } from '@bufbuild/cel'
import { opaqueRegistry } from './opaque.ts'

/** The evaluator exports neither its equality nor its order, so both are asked of it in its own language. */
const env = celEnv({ registry: opaqueRegistry, variables: { a: CelScalar.DYN, b: CelScalar.DYN } })
const equality = plan(env, parse('a == b'))
const order = plan(env, parse('a < b'))

export const equal = (a: CelValue, b: CelValue): boolean => equality({ a, b }) === true

/** Throws on values that have no order. */
export const less = (a: CelValue, b: CelValue): boolean => {
  const result = order({ a, b })
  if (isCelError(result)) throw new Error(`${celType(a).name} and ${celType(b).name} can't be ordered`)
  return result === true
}
