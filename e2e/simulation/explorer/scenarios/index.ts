import type { Scenario } from '../scenario.ts'
import { launch } from './launch.ts'

/** Every scenario that is explored. */
export const scenarios: readonly Scenario[] = [launch]
