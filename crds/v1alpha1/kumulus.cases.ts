import type { RuleCases } from '../rule-cases.ts'
import { kumulus } from './kumulus.ts'
import { tagCases } from './tags.cases.ts'

export const kumulusCases: RuleCases = {
  definition: kumulus,
  base: {},
  cases: [{ title: 'that asks for nothing', name: 'cluster' }, ...tagCases],
}
