import type { Scenario } from '../scenario.ts'
import { imageScenarios } from './images.ts'
import { incidentScenarios } from './incidents.ts'
import { instanceScenarios } from './instances.ts'
import { interfaceScenarios } from './interfaces.ts'
import { networkScenarios } from './networks.ts'
import { powerScenarios } from './power.ts'
import { publicAddressScenarios } from './public-addresses.ts'
import { routingScenarios } from './routing.ts'
import { ruleScenarios } from './rules.ts'
import { snapshotScenarios } from './snapshots.ts'
import { volumeScenarios } from './volumes.ts'

/** Every scenario that is explored. */
export const scenarios: readonly Scenario[] = [
  ...instanceScenarios, ...powerScenarios, ...volumeScenarios, ...imageScenarios,
  ...networkScenarios, ...interfaceScenarios, ...routingScenarios, ...ruleScenarios, ...publicAddressScenarios, ...incidentScenarios,
  ...snapshotScenarios,
]
