import { RE2JS } from '@bufbuild/re2'
import { CelScalar, celMethod, listType, type CelFunc } from '@bufbuild/cel'

const { STRING, INT } = CelScalar

/** Kubernetes' regex library. Source: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-regex-library */
export const regex: CelFunc[] = [
  celMethod('find', STRING, [STRING], STRING, function (pattern) { return compiled(pattern, 'u').exec(this)?.[0] ?? '' }),
  celMethod('findAll', STRING, [STRING], listType(STRING), function (pattern) { return findAll(this, pattern) }),
  celMethod('findAll', STRING, [STRING, INT], listType(STRING), function (pattern, limit) {
    const found = findAll(this, pattern)
    return limit < 0n ? found : found.slice(0, Number(limit))
  }),
]

const findAll = (text: string, pattern: string): string[] => Array.from(text.matchAll(compiled(pattern, 'gu')), match => match[0])

const compiled = (pattern: string, flags: string): RegExp => {
  try {
    return new RegExp(pattern, flags)
  } catch (error) {
    throw new Error(`find and findAll can't use the pattern ${pattern}: ${(error as Error).message}`)
  }
}

const kept = 1000
const matchers = new Map<string, RE2JS>()

/** The evaluator's own engine for `matches`, which compiles a pattern once: patterns are constants of rules, compiling costs more than matching. */
export const re2 = {
  compile: (pattern: string): RE2JS => {
    const known = matchers.get(pattern)
    if (known !== undefined) return known
    const matcher = RE2JS.compile(pattern)
    if (matchers.size >= kept) matchers.clear()
    matchers.set(pattern, matcher)
    return matcher
  },
}
