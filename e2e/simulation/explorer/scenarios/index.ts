import type { Scenario } from '../scenario.ts'
import { instanceScenarios } from './instances.ts'

/** Every scenario that is explored. */
export const scenarios: readonly Scenario[] = [...instanceScenarios]
